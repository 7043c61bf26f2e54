"""Pages that anybody may see, and error pages."""
