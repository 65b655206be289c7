"""`rewarm plan --probe`: a few real updates on this machine, and what they say about others."""
