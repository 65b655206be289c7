"""What all benchmarks share: their texts (`corpora`) and how results are reported (`result_table`)."""
