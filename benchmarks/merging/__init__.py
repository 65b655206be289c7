"""Parts of the benchmark `merge.py`."""
