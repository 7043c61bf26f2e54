"""Everything that stands in for a data centre on one machine: database, broker, mail, browser."""
