"""Packed documents beside the same documents one per row, without padding: forward and backward.

A turn is one sequence of one length mix. Both sides see the same tokens: `packed` and `dense masks` as
one packed sequence, `one a row` as batches of rows of equal length. The real mix is the token counts of 200
documents of six corpora (medical answers, prose, encyclopedia passages, dialogues, manuals, source
code; `document_lengths.json`, by SmolLM2's tokenizer) in a random order. Two models: 4 layers
of 256, and the shape of SmolLM2-135M with 4 of its 30 layers: layers are alike, and the head dilutes
the ratio by more than it would with 30. bf16 where the CPU has instructions for it, else fp32.
"""

import json
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import torch
from support.smoke import SMOKE
from torch import Tensor

from training.turns import Clock

MODELS = {
    "4 x 256": {"hidden_size": 256, "intermediate_size": 704, "num_hidden_layers": 4,
                "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 8192},
    "135M": {"hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 4,
             "num_attention_heads": 9, "num_key_value_heads": 3, "vocab_size": 49_152},
}  # fmt: skip
LENGTHS = {"4 x 256": (512, 2048, 8192), "135M": (512, 2048)}
if SMOKE:
    LENGTHS = {"4 x 256": (512,)}
DENSE_UP_TO = 2048  # a dense mask of 8,192 tokens takes a minute a turn
MIXES = ("128", "512", "real")
LONG = 16_384  # tokens at which masks are weighed


def cells(model: str) -> list[tuple[int, str]]:
    return [(length, mix) for length in LENGTHS[model] for mix in MIXES]


def side(path: str, packed: bool, name: str) -> Any:
    """A side that does one cell a turn, in the order of `cells`, over and over."""

    def run(_world: Path, clock: Clock) -> None:
        from rewarm.model import attention, causal_lm
        from rewarm.model.precision import autocast, native_bf16

        model = _model(name)
        attention.use(model, path)  # type: ignore[arg-type]
        precision = "bf16" if native_bf16() else "fp32"
        most = DENSE_UP_TO if packed and path == "dense" else LONG
        work = [list(_batches(name, *cell, packed)) for cell in cells(name) if cell[0] <= most]
        clock.begin()
        while True:
            for batches in work:
                for tokens, positions in batches:
                    weights = torch.full((len(tokens), tokens.shape[1] - 1), 1 / tokens.numel())
                    with autocast(torch.device("cpu"), precision):
                        loss, _ = causal_lm.token_losses(model, tokens, positions, weights, chunk=256)
                    loss.backward()  # type: ignore[no-untyped-call]
                model.zero_grad(set_to_none=True)
                clock.turn()

    return run


def lengths(total: int, mix: str) -> list[int]:
    """Lengths of documents that fill a sequence of `total` tokens."""
    if mix != "real":
        return [int(mix)] * (total // int(mix))
    found: list[int] = []
    for drawn in cycle(json.loads((Path(__file__).with_name("document_lengths.json")).read_text())):
        room = total - sum(found)
        found.append(room if room - drawn < 8 else drawn)
        if found[-1] == room:
            break
    return found


def mask_bytes(_world: Path, clock: Clock) -> None:
    """The largest boolean tensor, and what layers get as a mask, at 16k tokens of the real mix."""
    from torch.utils._python_dispatch import TorchDispatchMode

    from rewarm.model import attention, causal_lm

    sizes = [0]

    class Booleans(TorchDispatchMode):
        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            out = function(*args, **(kwargs or {}))
            if isinstance(out, Tensor) and out.dtype == torch.bool:
                sizes.append(out.nbytes)
            return out

    model = _model("4 x 256")
    attention.use(model, "documents")
    clock.begin()
    while True:
        for tokens, positions in _batches("4 x 256", LONG, "real", packed=True):
            with Booleans(), torch.no_grad():
                causal_lm.token_losses(model, tokens, positions, torch.ones(1, LONG - 1), chunk=256)
        clock.turn(bytes=max(sizes))


def _batches(name: str, length: int, mix: str, packed: bool) -> Iterator[tuple[Tensor, Tensor | None]]:
    generator = torch.Generator().manual_seed(length)
    tokens = torch.randint(int(MODELS[name]["vocab_size"]), (length,), generator=generator)
    sizes = lengths(length, mix)
    if packed:
        yield tokens[None], torch.cat([torch.arange(size) for size in sizes])[None]
        return
    rows: dict[int, list[Tensor]] = {}
    for part in tokens.split(sizes):
        rows.setdefault(len(part), []).append(part)
    for parts in rows.values():
        yield torch.stack(parts), None


def _model(name: str) -> Any:
    from transformers import AutoModelForCausalLM, LlamaConfig

    torch.manual_seed(0)
    config = LlamaConfig(
        **MODELS[name], max_position_embeddings=LONG, tie_word_embeddings=True, bos_token_id=None,
        eos_token_id=None,
    )  # fmt: skip
    return AutoModelForCausalLM.from_config(config, dtype=torch.float32).train()


SIDES = {
    **{f"packed, {name}": side("documents", True, name) for name in MODELS},
    **{f"one a row, {name}": side("dense", False, name) for name in MODELS},
    **{f"dense masks, {name}": side("dense", True, name) for name in MODELS},
    "masks": mask_bytes,
}
