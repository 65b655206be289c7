"""Benchmarks that a recipe names: their files, and the items in them."""
