"""The veteran's lists of conversations: inbox, sent, trash, own folders; sorted, filtered, page by page."""
