"""Unicode repair and rules: which documents pass, and as what."""
