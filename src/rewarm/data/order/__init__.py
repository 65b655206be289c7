"""The order in which documents are trained on."""
