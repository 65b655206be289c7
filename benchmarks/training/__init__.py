"""Parts of `benchmarks/train.py`, one row of its table each."""
