"""Parts of the benchmark `pack`."""
