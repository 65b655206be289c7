"""Phrases that a source repeats beyond measure: found, listed, and capped if the recipe says so."""
