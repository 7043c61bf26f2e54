"""Templates, shared drafts, presence and signatures."""
