"""The held-out split, made before anything else."""
