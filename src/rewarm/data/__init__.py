"""Act one: files to blocks. Steps here never import each other; they hand over tables."""
