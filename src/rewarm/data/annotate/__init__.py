"""The step `annotate`: labels that a classifier gives to documents without one."""
