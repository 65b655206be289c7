"""What transformers' mask functions say becomes document boundaries, or is refused."""

from typing import Any

import pytest
import torch
from all_pairs import CPU
from transformers import LlamaConfig, masking_utils

from rewarm.model.attention import interface
from rewarm.model.attention.documents import Documents, Unsupported, of_boundaries


def mask(positions: list[list[int]] | None = None, kind: str = "causal", length: int = 9, **how: Any) -> Any:
    """What a model of transformers would be given for these position IDs."""
    interface.register("documents", lambda *_: torch.zeros(0))
    config = LlamaConfig(sliding_window=3, attention_chunk_size=4)
    config._attn_implementation = "rewarm_documents"
    ids = None if positions is None else torch.tensor(positions)
    rows, length = (2, length) if ids is None else ids.shape
    make = getattr(masking_utils, f"create_{kind}_mask")
    given = {"attention_mask": None, "past_key_values": None, "position_ids": ids, **how}
    return make(config, torch.zeros(rows, length, 4), **given)


PACKED = [[0, 1, 2, 3, 0, 1, 0, 1, 2], [0, 1, 2, 3, 4, 5, 6, 7, 8]]


def test_documents_end_where_positions_restart_and_where_rows_end() -> None:
    found = mask(PACKED)
    assert (found.lengths, found.window) == ((4, 2, 3, 9), None)
    assert found.starts.tolist() == [0, 4, 6, 9, 18] and found.longest == 9
    assert mask().lengths == (9, 9)
    assert mask([[0], [0]]).lengths == (1, 1)


def test_a_window_is_carried_and_does_not_split_documents() -> None:
    found = mask(PACKED, "sliding_window_causal")
    assert (found.lengths, found.window, found.narrow) == ((4, 2, 3, 9), 3, 3)
    assert mask([[0, 1, 2, 0, 1, 2]], "sliding_window_causal").narrow is None


def test_chunks_are_documents() -> None:
    assert mask(PACKED, "chunked_causal").lengths == (4, 2, 3, 4, 4, 1)


def test_neighbours_of_equal_length_are_one_run() -> None:
    assert Documents((3, 3, 5, 3), CPU).runs == ((2, 3), (1, 5), (1, 3))
    assert of_boundaries(torch.ones(2, 4, dtype=torch.bool).numpy(), CPU, None).runs == ((2, 5),)


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("a padding mask", {"attention_mask": torch.tensor([[1] * 8 + [0]] * 2)}),
    ("adds to the causal one", {"or_mask_function": lambda row, head, query, key: query >= 0}),
    ("that see later ones", {"block_sequence_ids": torch.zeros(2, 9, dtype=torch.long)}),
]


@pytest.mark.parametrize(("said", "how"), REFUSED)
def test_a_mask_that_is_not_causal_inside_documents_is_refused(said: str, how: dict[str, Any]) -> None:
    with pytest.raises(Unsupported, match=said):
        mask(**how)


@pytest.mark.parametrize(
    ("said", "how"),
    [
        ("a mask that the architecture makes", {"attention_mask": torch.zeros(1, 1, 4, 4)}),
        ("dropout", {"dropout": 0.1}),
        ("position bias", {"position_bias": torch.zeros(1, 2, 4, 4)}),
        ("not causal", {"is_causal": False}),
    ],
)
def test_what_no_kernel_computes_is_refused(said: str, how: dict[str, Any]) -> None:
    states = [torch.zeros(1, 2, 4, 8)] * 3
    given = {"attention_mask": Documents((4,), CPU), **how}
    with pytest.raises(Unsupported, match=said):
        interface._attend(lambda *_: torch.zeros(0), torch.nn.Module(), *states, **given)
