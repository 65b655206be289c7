"""Unicode repair, removal of lines that are not text, and measures of every document."""
