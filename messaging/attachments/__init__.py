"""Files of messages: judged by their content, kept encrypted, scanned, and handed out as downloads only."""
