"""Act two: blocks to checkpoints. Knows blocks, not corpora."""
