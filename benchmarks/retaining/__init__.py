"""Parts of the benchmark `forgetting.py`."""
