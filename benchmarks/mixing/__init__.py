"""Parts of benchmarks/laws.py."""
