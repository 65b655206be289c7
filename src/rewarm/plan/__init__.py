"""Before a run: sizes that follow from the budget, the model and the machine."""
