"""Trackers: the training log as TensorBoard, Weights & Biases, SwanLab and MLflow show it.

They follow the log and change nothing: each works in a thread of its own, and one that fails is told
of and counted while training goes on. The log on disk stays the truth.
"""
