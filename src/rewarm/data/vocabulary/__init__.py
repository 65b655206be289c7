"""Tokens for a language or domain, added to the base's tokenizer."""
