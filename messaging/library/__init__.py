"""The health library: pages of trusted publishers for veterans to browse, and as cards in a care team's messages."""
