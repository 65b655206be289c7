"""Blocks and channel loss for those who train elsewhere: Megatron, LLaMA-Factory, HF Trainer, TRL."""
