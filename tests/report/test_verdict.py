"""The sentences of the verdict, and the difference between two variants."""

from math import log, nan
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rewarm.corpus.tables import leaves
from rewarm.corpus.tables.channels import Channel, Estimate
from rewarm.corpus.tables.leaves import Leaf
from rewarm.report.verdict import Verdict, change_words, differences


def channel(change: float, low: float, high: float, value: str = "domain", documents: int = 20) -> Channel:
    return Channel(
        axis="task", value=value, documents=documents, tokens=100, bytes=400, before_nats=2.0, after_nats=1.5,
        before_bits=1.1, after_bits=1.1 + change, change_nats=-0.5, change_bits=change, low=low, high=high,
    )  # fmt: skip


def verdict(*channels: Channel, domain: float = 0.3, beyond: Estimate | None = None) -> Verdict:
    return Verdict(
        domain=next((one for one in channels if one.value == "domain"), None),
        kept=[one for one in channels if one.value != "domain"],
        domain_gain=Estimate(domain, domain, domain),
        general_gain=Estimate(-0.1, -0.12, -0.08),
        beyond=beyond or Estimate(),
    )


@pytest.mark.parametrize(("one", "sentence"), [
    (channel(nan, nan, nan), "The domain has no held-out tokens: what was learnt is not known."),
    (channel(-0.31, nan, nan, documents=1),
     "What was learnt is not measurable, with 1 held-out document: 1.100 → 0.790 bits per byte, −0.310."),
    (channel(-0.31, -0.33, -0.29),
     "The model learnt the domain: 1.100 → 0.790 bits per byte, −0.310 (95 % interval −0.330 to −0.290)."),
    (channel(0.1, 0.05, 0.15),
     "The model got worse on the domain: 1.100 → 1.200 bits per byte, +0.100 "
     "(95 % interval +0.050 to +0.150)."),
    (channel(-0.1, -0.2, 0.1),
     "Whether the model learnt the domain is open, the interval includes zero: 1.100 → 1.000 bits per byte, "
     "−0.100 (95 % interval −0.200 to +0.100)."),
    (channel(nan, nan, nan, "code"),
     "The channel code has no held-out tokens: whether it was kept is not known."),
    (channel(0.1, nan, nan, "code", 3),
     "The channel code is not measurable, with 3 held-out documents: 1.100 → 1.200 bits per byte, +0.100."),
    (channel(0.1, 0.05, 0.15, "code"),
     "The channel code got worse: 1.100 → 1.200 bits per byte, +0.100 (95 % interval +0.050 to +0.150)."),
    (channel(-0.1, -0.15, -0.05, "code"),
     "The channel code was kept and improved: 1.100 → 1.000 bits per byte, −0.100 "
     "(95 % interval −0.150 to −0.050)."),
    (channel(0.0, -0.1, 0.1, "code"),
     "The channel code shows no sure change, the interval includes zero: 1.100 → 1.100 bits per byte, 0.000 "
     "(95 % interval −0.100 to +0.100)."),
])  # fmt: skip
def test_a_channel_in_words(one: Channel, sentence: str) -> None:
    assert sentence in verdict(one).sentences


def test_without_an_interval_a_change_has_none_in_words() -> None:
    assert change_words(channel(-0.1, nan, nan)) == "1.100 → 1.000 bits per byte, −0.100"


@pytest.mark.parametrize(("beyond", "sentence"), [
    (Estimate(0.2, 0.1, 0.3),
     "The domain's gain beyond the general gain is +0.200 bits per byte (95 % interval +0.100 to +0.300)."),
    (Estimate(0.2, -0.1, 0.3),
     "But the domain's gain beyond the general gain is +0.200 bits per byte (95 % interval −0.100 to +0.300)"
     ", and the interval includes zero: it may be no more than other text gained."),
    (Estimate(-0.2, -0.3, -0.1),
     "But the domain's gain beyond the general gain is −0.200 bits per byte (95 % interval −0.300 to −0.100)"
     ": other text gained more than the domain."),
])  # fmt: skip
def test_the_gain_beyond_the_general_gain_in_words(beyond: Estimate, sentence: str) -> None:
    assert verdict(channel(-0.3, -0.4, -0.2), beyond=beyond).sentences[-1] == sentence


def test_the_part_that_other_text_lost_is_named() -> None:
    said = verdict(
        channel(-0.3, -0.4, -0.2), channel(0.1, 0.05, 0.15, "code"), beyond=Estimate(0.4, 0.3, 0.5)
    )
    assert said.sentences[-1].endswith(
        "(95 % interval +0.300 to +0.500), of which 0.100 is what other text lost."
    )


@pytest.mark.parametrize(("gain", "shown"), [(0.0, False), (-0.1, False), (0.01, True)])
def test_no_gain_beyond_the_general_gain_is_shown_when_the_domain_gained_nothing(
    gain: float, shown: bool
) -> None:
    said = verdict(channel(0.0, -0.1, 0.1), domain=gain, beyond=Estimate(0.4, 0.3, 0.5)).sentences
    assert said[-1].startswith("The domain's gain") == shown


def test_nothing_measured() -> None:
    assert verdict().sentences == [
        "Nothing was measured: the evaluation has not run, or no source has a task label."
    ]
    assert verdict(channel(0.1, 0.05, 0.15, "code")).sentences[0] == "No channel task=domain was measured."


def test_the_difference_of_two_variants_is_that_of_the_channels_common_documents(tmp_path: Path) -> None:
    def scores(name: str, ids: list[str], nats: list[float]) -> Path:
        path = tmp_path / name
        pq.write_table(pa.table({"id": ids, "nats": nats, "bytes": [100] * len(ids)}), path)
        return path

    names = [f"{number:020x}" for number in range(8)]
    leaves.write_shard(tmp_path / "leaf_of" / "00000.parquet", pa.array(names), np.array([0, 1] * 4))
    known = [Leaf(0, "law", {"task": "domain"}), Leaf(1, "web", {})]

    def run(path: Path) -> SimpleNamespace:
        files = {"evaluate": path, "mix": tmp_path / "leaf_of"}
        return SimpleNamespace(leaves=known, file=lambda step, _: files[step])

    ours = run(scores("a.parquet", names, [10.0, 90.0] * 4))
    theirs = run(scores("b.parquet", names[1:], [70.0, 20.0] * 3 + [70.0]))
    found = differences(ours, theirs, "task", "domain")  # type: ignore[arg-type]
    assert found.value == pytest.approx(-10 / 100 / log(2))
    unlabelled = differences(ours, theirs, "task", "not labelled")  # type: ignore[arg-type]
    assert unlabelled.value == pytest.approx(20 / 100 / log(2))
    again = differences(ours, theirs, "task", "domain")  # type: ignore[arg-type]
    assert (again.low, again.high) == (found.low, found.high)
