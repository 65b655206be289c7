"""Blocks and channel loss for other trainers: Megatron, LLaMA-Factory, HF Trainer, TRL."""
