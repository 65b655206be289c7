"""Act three: a model to scores."""
