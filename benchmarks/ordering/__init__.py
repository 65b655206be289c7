"""Parts of the benchmark `order`."""
