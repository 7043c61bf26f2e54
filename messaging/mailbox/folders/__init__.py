"""The veteran's own folders: made, renamed, removed, counted."""
