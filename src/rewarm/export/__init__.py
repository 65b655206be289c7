"""The result, ready to load: weights, tokenizer and a model card."""
