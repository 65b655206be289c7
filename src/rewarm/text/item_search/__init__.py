"""Finds benchmark items and held-out documents in texts, for decontamination and for leak detection."""
