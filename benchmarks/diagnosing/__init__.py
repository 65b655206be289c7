"""Parts of the benchmark `diagnose.py`."""
