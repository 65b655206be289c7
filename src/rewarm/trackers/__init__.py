"""Trackers: the training log as TensorBoard, Weights & Biases, SwanLab, MLflow and Trackio show it; and
notifications of incidents, findings, failure and the end by a command or a webhook (`notifier.py`).

They follow the log and change nothing. Each has its own thread; failures are reported once and counted while
training goes on. The log on disk is what counts.
"""
