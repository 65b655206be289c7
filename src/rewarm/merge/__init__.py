"""Linear combinations of models: interpolation with the base, averages, chat vectors, and their front."""
