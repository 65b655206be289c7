"""Classify texts by their words: hashed n-grams and logistic regression, with calibrated probabilities."""
