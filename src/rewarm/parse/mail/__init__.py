"""Mail: single messages, mailboxes, Outlook messages."""
