"""Passages that stand in another document too, cut or masked."""
