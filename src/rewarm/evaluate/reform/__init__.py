"""Benchmark reform: the same items asked in other ways, to tell ability from memory of a benchmark's form."""
