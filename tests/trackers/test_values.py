"""The values that trackers are told are sums over leaves and updates, as the training loss is."""

import random

import pytest
import torch
from course import LEAVES, evaluation, row
from hypothesis import given
from hypothesis import strategies as st

from rewarm.model.channel_loss import channel_loss
from rewarm.trackers.values import channels, of_retained, of_updates


def test_every_value_of_every_axis_is_a_channel() -> None:
    assert channels(LEAVES) == {
        "source=law": [0],
        "language=zh": [0],
        "task=domain": [0],
        "source=api": [1],
        "language=en": [1, 2],
        "task=general": [1],
        "source=manuals": [2],
    }


def test_names_and_values_of_an_update() -> None:
    values = of_updates([row(4)], channels(LEAVES))
    assert {name for name in values if not name.startswith("channel/")} == {
        "loss", "rate", "grad_norm", "tokens_per_second",
    }  # fmt: skip
    assert values["tokens_per_second"] == 50
    assert values["channel/language=en/nats_per_token"] == (24 + 7.5) / (12 + 3)
    assert values["channel/task=domain/bits_per_byte"] == pytest.approx(34 / 40 / 0.6931471805599453)
    assert of_retained([evaluation(6)]) == {"retained/api/bits_per_byte": 1.25}


@given(st.integers(1, 64), st.integers(1, 5), st.integers())
def test_channels_are_those_of_the_leaf_sums_over_all_updates(leaves: int, updates: int, seed: int) -> None:
    rng = random.Random(seed)
    axes = [{"leaf": n, "source": f"s{n}", "labels": {"task": rng.choice("ab")}} for n in range(leaves)]
    rows, tables = [], []
    for update in range(updates):
        sums = [[rng.uniform(0, 1e5), rng.randrange(3000), rng.randrange(9000)] for _ in range(leaves)]
        sums = [one if one[1] else [0.0, 0, 0] for one in sums]
        tokens = sum(leaf[1] for leaf in sums)
        loss = sum(leaf[0] for leaf in sums) / max(tokens, 1)
        present = [[leaf, *sums[leaf]] for leaf in range(leaves) if sums[leaf][1]]
        tables.append(sums)
        rows.append({**row(update), "leaves": present, "tokens": tokens, "loss": loss})
    values = of_updates(rows, channels(axes))
    table = torch.tensor(tables, dtype=torch.float64).sum(0)
    for name, members in channels(axes).items():
        nats, bits = channel_loss(table, members)
        assert values.get(f"channel/{name}/nats_per_token", nats) == pytest.approx(nats, nan_ok=True)
        assert (f"channel/{name}/bits_per_byte" in values) == (bits == bits)
    if table[:, 1].sum():
        assert values["loss"] == pytest.approx(float(table[:, 0].sum() / table[:, 1].sum()))


def test_an_update_that_was_not_used_has_a_rate_alone() -> None:
    skipped = {**row(3), "loss": None, "grad_norm": None, "tokens": 0, "leaves": []}
    assert of_updates([skipped], channels(LEAVES)) == {"rate": 1e-4}
    both = of_updates([row(2), skipped], channels(LEAVES))
    assert both["loss"] == row(2)["loss"]
    assert both["tokens_per_second"] == 25, "the time of the skipped update counts"


def test_a_channel_without_tokens_has_no_value() -> None:
    silent = row(0)
    del silent["leaves"][2]
    values = of_updates([silent], channels(LEAVES))
    assert not [name for name in values if "manuals" in name]
    assert values["channel/language=en/nats_per_token"] == 2
