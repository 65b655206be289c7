"""Log-likelihoods of continuations under a model: by a forest of tokens, or row by row where that fails.

The forest (`token_tree.py`) needs a model that takes positions and a mask as they are given. Whether this
one does is measured on made-up requests before the rest. Otherwise, as for state-space models, each request
has a row of its own in a padded batch, which costs more and gives the same numbers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from rewarm.evaluate.score import token_tree
from rewarm.evaluate.score.encoding import Encoded
from rewarm.evaluate.score.token_tree import Forest
from rewarm.model.causal_lm import logits_of
from rewarm.model.linear_cross_entropy import Logits

if TYPE_CHECKING:
    from transformers import DynamicCache, PreTrainedModel

# Nats that a token's loss may differ by between the forest and a row of its own, in fp32.
_TOLERANCE = 1e-2
_LONGEST_WINDOW = 1024
_HEAD_POSITIONS = 256
_PLAIN_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class Likelihoods:
    """nats: float64 [requests], negative log-likelihood of the continuation; tokens: int64 [requests], its
    length; greedy: bool [requests], whether every token is the most likely one; forwarded: tokens computed;
    method: `forest` or `rows`."""

    nats: np.ndarray
    tokens: np.ndarray
    greedy: np.ndarray
    forwarded: int
    method: str


def likelihoods(
    model: "PreTrainedModel",
    encoded: Sequence[Encoded],
    row_tokens: int = 512,
    progress: Callable[[int], None] = lambda _: None,
    method: str = "auto",
) -> Likelihoods:
    """Score all requests. row_tokens: nodes of a row; memory grows with its square.

    progress: called with the number of requests done. method: `auto`, `forest` or `rows`.
    """
    sums = _Sums(len(encoded))
    if not encoded:
        return sums.result(0, "forest")
    if method == "auto":
        method = "forest" if forest_agrees(model) else "rows"
    with torch.inference_mode():
        if method == "forest":
            forest = token_tree.pack(
                [request.tokens for request in encoded], [request.start for request in encoded], row_tokens
            )
            _forest(model, forest, sums, progress)
            return sums.result(forest.forwarded, method)
        return sums.result(_rows(model, encoded, sums, progress), method)


def forest_agrees(model: "PreTrainedModel") -> bool:
    """Whether the forest gives the losses of single rows, on made-up requests that share a prefix and branch.

    They reach beyond a sliding window if the model has one.
    """
    config = model.config.get_text_config()
    generator = np.random.default_rng(0)
    window = int(getattr(config, "sliding_window", None) or 0)
    sizes = [min(window, _LONGEST_WINDOW) + 20, 6, 4]
    prefix, middle, end = (generator.integers(min(config.vocab_size, 1000), size=size) for size in sizes)
    sequences = [[prefix, end], [prefix, middle, end], [prefix, middle, end[::-1]], [prefix, middle[::-1]]]
    some = [Encoded(np.concatenate(parts), len(prefix)) for parts in sequences]
    single = likelihoods(model, some, method="rows")
    try:
        packed = likelihoods(model, some, row_tokens=16, method="forest")
    except (TypeError, ValueError, RuntimeError, NotImplementedError):
        return False
    return bool(np.abs((packed.nats - single.nats) / single.tokens).max() < _TOLERANCE)


class _Sums:
    """Sums by request."""

    def __init__(self, requests: int) -> None:
        self.nats = np.zeros(requests)
        self.tokens = np.zeros(requests, dtype=np.int64)
        self.greedy = np.ones(requests, dtype=bool)

    def add(self, request: np.ndarray, nats: Tensor, likeliest: Tensor) -> None:
        """request: int64 [targets]; nats: float [targets]; likeliest: bool [targets]."""
        np.add.at(self.nats, request, nats.double().cpu().numpy())
        np.add.at(self.tokens, request, 1)
        np.logical_and.at(self.greedy, request, likeliest.cpu().numpy())

    def result(self, forwarded: int, method: str) -> Likelihoods:
        return Likelihoods(self.nats, self.tokens, self.greedy, forwarded, method)


def _forest(model: "PreTrainedModel", forest: Forest, sums: _Sums, progress: Callable[[int], None]) -> None:
    from transformers import DynamicCache

    device = model.device
    cache, behind = None, torch.zeros(1, 0, model.config.get_text_config().hidden_size, device=device)
    if len(forest.prefix):
        # Without the configuration, so that layers with a sliding window keep all keys: the mask limits them.
        cache = DynamicCache()
        prefix = torch.from_numpy(forest.prefix)[None].to(device)
        behind = _hidden(model, prefix, _causal(len(forest.prefix)), None, cache)[:, -1:]
    for row in forest.rows:
        hidden = behind
        if len(row.tokens):
            seen = torch.from_numpy(token_tree.mask(row))
            before = torch.ones(len(row.tokens), len(forest.prefix), dtype=torch.bool)
            positions = torch.from_numpy(row.positions)
            inside = _hidden(
                model,
                torch.from_numpy(row.tokens)[None].to(device),
                torch.cat([before, seen], dim=1),
                positions,
                cache,
            )
            hidden = torch.cat([inside, behind], dim=1)
            if cache is not None:
                cache.crop(-len(row.tokens))
        # -1, the prefix's last token, is the last row of `hidden`.
        sums.add(row.request, *_losses(model, hidden[0], row.predicting, row.targets))
        progress(len(np.unique(row.request)))


def _causal(size: int) -> Tensor:
    return torch.ones(size, size, dtype=torch.bool).tril()


def _hidden(
    model: "PreTrainedModel",
    tokens: Tensor,
    seen: Tensor,
    positions: Tensor | None,
    cache: "DynamicCache | None",
) -> Tensor:
    """Last hidden states, float [1, tokens, width]. seen: bool [tokens, cached + tokens]."""
    if positions is None:
        positions = torch.arange(tokens.shape[1])
    key_positions = torch.cat([torch.arange(seen.shape[1] - seen.shape[0]), positions])
    config = model.config.get_text_config()
    full = _additive(seen, model)
    masks: Any = full
    window = getattr(config, "sliding_window", None)
    kinds = set(getattr(config, "layer_types", None) or ())
    if window and kinds != {"full_attention"}:
        near = _additive(seen & (positions[:, None] - key_positions[None, :] < window), model)
        # Models without kinds of layers limit all of them.
        masks = {"full_attention": full, "sliding_attention": near} if kinds else near
    states: Tensor = model.base_model(
        input_ids=tokens,
        attention_mask=masks,
        position_ids=positions[None].to(tokens.device),
        past_key_values=cache,
        use_cache=cache is not None,
    ).last_hidden_state
    return states


def _additive(seen: Tensor, model: "PreTrainedModel") -> Tensor:
    """float [1, 1, queries, keys]: 0 where attended, the dtype's least value elsewhere."""
    mask = torch.full(seen.shape, torch.finfo(model.dtype).min, dtype=model.dtype)
    return mask.masked_fill_(seen, 0.0)[None, None].to(model.device)


def _rows(
    model: "PreTrainedModel", encoded: Sequence[Encoded], sums: _Sums, progress: Callable[[int], None]
) -> int:
    """Every request in a row of its own, padded on the right. Returns the tokens computed."""
    order = sorted(range(len(encoded)), key=lambda number: len(encoded[number].tokens))
    batch: list[int] = []
    forwarded = 0
    for place, number in enumerate(order):
        batch.append(number)
        following = order[place + 1] if place + 1 < len(order) else None
        if following is None or len(encoded[following].tokens) * (len(batch) + 1) > _PLAIN_TOKENS:
            forwarded += _batch(model, [(row, encoded[row]) for row in batch], sums)
            progress(len(batch))
            batch = []
    return forwarded


def _batch(model: "PreTrainedModel", batch: list[tuple[int, Encoded]], sums: _Sums) -> int:
    longest = max(len(request.tokens) for _, request in batch) - 1
    tokens = torch.zeros(len(batch), longest, dtype=torch.int64)
    attended = torch.zeros(len(batch), longest, dtype=torch.int64)
    places, targets, owners = [], [], []
    for row, (number, request) in enumerate(batch):
        size = len(request.tokens) - 1
        tokens[row, :size] = torch.from_numpy(request.tokens[:-1])
        attended[row, :size] = 1
        span = range(request.start, size + 1)
        places += [row * longest + depth - 1 for depth in span]
        targets += [int(request.tokens[depth]) for depth in span]
        owners += [number for _ in span]
    hidden = model.base_model(
        input_ids=tokens.to(model.device), attention_mask=attended.to(model.device), use_cache=False
    ).last_hidden_state
    flat = hidden.reshape(-1, hidden.shape[-1])
    sums.add(np.array(owners), *_losses(model, flat, np.array(places), np.array(targets)))
    return len(batch) * longest


def _losses(
    model: "PreTrainedModel", hidden: Tensor, predicting: np.ndarray, targets: np.ndarray
) -> tuple[Tensor, Tensor]:
    """(float32 [targets] nats, bool [targets] whether the target is the most likely token).

    hidden: float [positions, width]. Logits are computed once per position, a chunk at a time.
    """
    places, inverse = np.unique(predicting, return_inverse=True)
    head = model.get_output_embeddings()
    how = logits_of(model)
    nats = torch.empty(len(targets), device=hidden.device)
    likeliest = torch.empty(len(targets), dtype=torch.bool, device=hidden.device)
    for begin in range(0, len(places), _HEAD_POSITIONS):
        chosen = np.flatnonzero((inverse >= begin) & (inverse < begin + _HEAD_POSITIONS))
        rows = torch.from_numpy(places[begin : begin + _HEAD_POSITIONS]).to(hidden.device)
        logits = _shaped(head(hidden[rows]).float(), how)
        wanted = torch.from_numpy(targets[chosen]).to(hidden.device)
        at = torch.from_numpy(inverse[chosen] - begin).to(hidden.device)
        norm = torch.logsumexp(logits, dim=-1)
        nats[chosen] = norm[at] - logits[at, wanted]
        likeliest[chosen] = logits.argmax(dim=-1)[at] == wanted
    return nats, likeliest


def _shaped(logits: Tensor, how: Logits) -> Tensor:
    logits = logits * how.scale if how.scale != 1.0 else logits
    return how.softcap * torch.tanh(logits / how.softcap) if how.softcap else logits
