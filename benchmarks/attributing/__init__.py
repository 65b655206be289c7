"""Parts of the benchmark `attribute.py`."""
