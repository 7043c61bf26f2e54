"""Settings of a care team that messaging adds to those of eligibility: escalation, and the admin's page of all."""
