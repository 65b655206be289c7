"""Tokens of a text as hashes, their n-grams, MinHash signatures: what duplicates and leaks are found by."""
