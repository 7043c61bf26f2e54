"""Messages withdrawn from a veteran's view (domain rules, section 5): docs/sent-in-error.md."""
