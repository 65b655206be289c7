"""Bits per byte of texts under a model, each read alone.

A text begins after the token that starts or ends documents, so that all of its bytes are scored under every
tokenizer and two models compare. Longer texts are read in windows that share one token; none is left out.
"""

from pathlib import Path
from typing import Any

import numpy as np

from rewarm.model import attention, causal_lm, pretrained, scoring
from rewarm.model.packed_lm import PackedLM


class Losses:
    """path: the model's folder; config: seq_len, device, precision, attention, loss_chunk."""

    def __init__(self, path: Path, config: dict[str, Any]) -> None:
        self._config = config
        self._tokenizer = pretrained.tokenizer_of(path)
        model = causal_lm.load(path, causal_lm.device_of(config["device"])).eval()
        attention.choose(model, config["attention"], model.device, config["precision"])
        self._device = model.device
        self._lm = PackedLM(model, config["loss_chunk"]).eval()
        first = self._tokenizer.bos_token_id
        self._first = self._tokenizer.eos_token_id if first is None else first
        self._sizes = np.zeros(model.config.get_text_config().vocab_size)

    def __call__(self, texts: list[str]) -> np.ndarray:
        """float64 [texts], NaN for a text of less than a token."""
        nats, length = np.zeros(len(texts)), self._config["seq_len"]
        windows: list[scoring.Window] = []
        for row, text in enumerate(texts):
            ids = self._tokenizer.encode(text, add_special_tokens=False)
            whole = np.array(([] if self._first is None else [self._first]) + ids, np.uint32)
            for start in range(0, len(whole) - 1, length - 1):
                part = whole[start : start + length]
                windows.append((row, part, np.ones(len(part), np.float32)))
        for batch in scoring.in_batches(windows):
            for row, sums in scoring.score(self._lm, batch, self._sizes, self._device, self._config):
                nats[row] += sums[0]
        size = np.array([len(text.encode("utf-8", "replace")) for text in texts], float)
        scored = np.isin(np.arange(len(texts)), [row for row, _, _ in windows])
        found: np.ndarray = np.where(scored & (size > 0), nats / np.log(2) / np.maximum(size, 1), np.nan)
        return found
