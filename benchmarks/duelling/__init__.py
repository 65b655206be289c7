"""Parts of the benchmark of pairwise comparisons."""
