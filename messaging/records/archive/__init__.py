"""Everything of a veteran as one zip file: asked for, made in the background, fetched, deleted after a day."""
