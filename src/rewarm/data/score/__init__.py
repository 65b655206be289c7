"""The step `score`: what models say of each document."""
