"""Export of the trained model: weights, tokenizer and a model card."""
