"""What a veteran may keep: a conversation on paper, as PDF and as text, and everything in one archive."""
