"""Documents to blocks of packed sequences."""
