"""Which kinds of text a base was trained on, estimated from its tokenizer."""

from rewarm.diagnose.base_mix.estimate import BaseMix, estimate

__all__ = ["BaseMix", "estimate"]
