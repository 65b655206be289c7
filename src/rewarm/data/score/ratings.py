"""Ratings of texts by a prompted model, from the probabilities of the tokens that stand for a rating.

The expected rating over these tokens is finer than the most likely one: of two texts that both get a 3, one
may have been nearly a 4. It is scaled to 0..1, from the first choice to the last.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from rewarm.errors import RewarmError
from rewarm.model import causal_lm, pretrained

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_BATCH_TOKENS = 4096
# Where a prompt's own words and the answer take place beside the text.
_LEAST_TEXT = 32


class Ratings:
    """path: the judge's folder; score: prompt and choices; config: seq_len, device."""

    def __init__(self, path: Path, score: dict[str, Any], config: dict[str, Any]) -> None:
        self._tokenizer = pretrained.tokenizer_of(path)
        self._model = causal_lm.load(path, causal_lm.device_of(config["device"])).eval()
        before, _, after = _written(self._tokenizer, score["prompt"]).partition("{text}")
        after, self._choices = _answer(self._tokenizer, after, score["choices"])
        self._before = self._tokenizer.encode(before, add_special_tokens=False)
        self._after = self._tokenizer.encode(after, add_special_tokens=False)
        first = self._tokenizer.bos_token_id
        if first is not None and self._before[:1] != [first]:
            self._before = [first, *self._before]
        positions = getattr(self._model.config.get_text_config(), "max_position_embeddings", None)
        room = min(config["seq_len"], positions or config["seq_len"])
        self._room = max(room - len(self._before) - len(self._after), _LEAST_TEXT)

    @torch.no_grad()
    def __call__(self, texts: list[str]) -> np.ndarray:
        """float64 [texts], 0 for the first choice, 1 for the last."""
        rows = [
            (place, [*self._before, *self._tokenizer.encode(text, add_special_tokens=False)[: self._room],
                     *self._after])
            for place, text in enumerate(texts)
        ]  # fmt: skip
        rows.sort(key=lambda row: len(row[1]))
        steps = np.linspace(0, 1, len(self._choices))
        found = np.full(len(texts), np.nan)
        while rows:
            # The longest first: what does not fit fails at once.
            most = max(1, _BATCH_TOKENS // len(rows[-1][1]))
            batch, rows = rows[-most:], rows[:-most]
            for (place, _), own in zip(batch, self._chances([ids for _, ids in batch]), strict=True):
                found[place] = float(own @ steps)
        return found

    def _chances(self, batch: list[list[int]]) -> np.ndarray:
        """float64 [rows, choices], summing to 1. Padding stands behind, where causal attention is blind."""
        length = max(map(len, batch))
        tokens = torch.zeros(len(batch), length, dtype=torch.int64)
        for row, ids in enumerate(batch):
            tokens[row, : len(ids)] = torch.tensor(ids)
        device = self._model.device
        hidden = self._model.base_model(input_ids=tokens.to(device), use_cache=False).last_hidden_state
        last = torch.tensor([len(ids) - 1 for ids in batch], device=device)
        at_end = hidden[torch.arange(len(batch), device=device), last].float()
        head = self._model.get_output_embeddings()
        how = causal_lm.logits_of(self._model)
        logits = at_end @ head.weight[self._choices].float().T * how.scale
        if getattr(head, "bias", None) is not None:
            logits = logits + head.bias[self._choices].float()
        if how.softcap:
            logits = how.softcap * torch.tanh(logits / how.softcap)
        chances: np.ndarray = torch.softmax(logits.double(), -1).cpu().numpy()
        return chances


def _written(tokenizer: "PreTrainedTokenizerBase", prompt: str) -> str:
    """The prompt as a user's turn where the model has a chat template."""
    if not getattr(tokenizer, "chat_template", None):
        return prompt
    said = [{"role": "user", "content": prompt}]
    return str(tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=True))


def _answer(tokenizer: "PreTrainedTokenizerBase", after: str, choices: list[str]) -> tuple[str, list[int]]:
    """The end of the prompt, and the token of each choice behind it.

    Raises RewarmError where choices are not one token each.
    """
    for end, lead in ((after, " "), (after, ""), (f"{after} ", "")):
        if end[-1:].isspace() and lead:
            continue
        before = tokenizer.encode(end, add_special_tokens=False)
        whole = [tokenizer.encode(f"{end}{lead}{choice}", add_special_tokens=False) for choice in choices]
        if all(ids[:-1] == before for ids in whole) and len({ids[-1] for ids in whole}) == len(choices):
            return end, [ids[-1] for ids in whole]
    raise RewarmError(
        f"annotate.scores: the model's tokenizer has no single token for each of the choices "
        f"{', '.join(choices)}; give others, as digits or letters"
    )
