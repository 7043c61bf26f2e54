"""One text to many veterans (domain rules, section 5): docs/starting.md."""
