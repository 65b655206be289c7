"""Documents to sequences and blocks."""
