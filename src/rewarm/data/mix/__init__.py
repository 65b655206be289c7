"""Shares to a token budget for each source and stage."""
