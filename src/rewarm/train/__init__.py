"""Training: from blocks to checkpoints. It reads blocks, never a corpus."""
