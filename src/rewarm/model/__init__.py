"""The model: the bases we read, their forward pass and the loss head."""
