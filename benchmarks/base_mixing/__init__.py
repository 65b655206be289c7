"""Parts of `benchmarks/base_mix.py`: the known mixes, tokenizers and models trained on them."""
