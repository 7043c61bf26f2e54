"""Break glass: how an administrator sees a conversation at all (domain rules, section 9)."""
