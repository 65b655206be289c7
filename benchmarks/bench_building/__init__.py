"""Parts of the benchmark of `rewarm bench build`."""
