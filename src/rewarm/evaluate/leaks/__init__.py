"""Leak detection: whether training contained benchmark items, by provenance first, then by losses."""
