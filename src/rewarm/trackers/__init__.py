"""Trackers: the training log as TensorBoard, Weights & Biases, SwanLab and MLflow show it.

They follow the log and change nothing. Each has its own thread; failures are reported once and counted while
training goes on. The log on disk is what counts.
"""
