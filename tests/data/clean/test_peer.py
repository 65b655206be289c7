"""Verdicts by each rule alone are datatrove's, recorded by `benchmarks/clean.py --record`."""

import json
from pathlib import Path

import numpy as np
import pytest

from rewarm.data.clean.measures import MEASURES
from rewarm.data.clean.plain import measure
from rewarm.data.select.decide import broken
from rewarm.recipe import Select

RECORDED = json.loads((Path(__file__).parent / "datatrove.json").read_text(encoding="utf-8"))
VALUES = [measure(text) for text in RECORDED["texts"]]
MEASURED = {name: np.array([row[name] for row in VALUES]) for name in MEASURES}
OFF = {field: None for field in Select.model_fields if field[:4] in ("min_", "max_")}


@pytest.mark.parametrize(
    "row", RECORDED["verdicts"], ids=lambda row: f"{row['family']}.{row['fields']}-{row['bound']:.4g}"
)
def test_verdicts_are_the_peers(row: dict) -> None:
    part = dict.fromkeys(Select().model_dump()[row["family"]]) | {"enabled": True}
    part |= dict.fromkeys(row["fields"].split("+"), row["bound"])
    config = Select(**OFF).model_dump() | {row["family"]: part}
    which, _ = broken({**MEASURED, "removed_ratio": np.zeros(len(VALUES))}, "en", config, "all")
    assert (which < 0).tolist() == row["kept"]


def test_the_recorded_verdicts_divide_the_texts() -> None:
    """Rules on which all texts fall to one side would prove nothing."""
    divided = {row["fields"] for row in RECORDED["verdicts"] if len(set(row["kept"])) == 2}
    assert {row["fields"] for row in RECORDED["verdicts"]} - divided <= {"max_words"}
