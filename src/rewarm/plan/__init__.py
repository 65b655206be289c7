"""Before a run: what a model, a machine and a budget allow."""
