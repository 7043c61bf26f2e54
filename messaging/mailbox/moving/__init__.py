"""Where the veteran keeps a conversation, and whether it is read: one by one or many at once, with undo."""
