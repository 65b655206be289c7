"""Sides of the benchmark of parsing."""
