"""Exact duplicates, and near copies of what is held out."""
