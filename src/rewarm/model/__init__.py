"""The model: reading bases, forward pass and loss head."""
