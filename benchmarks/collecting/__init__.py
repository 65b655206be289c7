"""Parts of the benchmark `collect`."""
