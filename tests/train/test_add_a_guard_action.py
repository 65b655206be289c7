"""docs/how-to/add-a-guard-action.md: its reaction and its action work when they are added as it says."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_updates import LEAVES, seasoned, update

from rewarm.corpus.tables.blocks import Update
from rewarm.recipe import Forgetting
from rewarm.recipe import Guard as Settings
from rewarm.train.guard import forgetting_actions, reactions
from rewarm.train.guard.decisions import Decisions
from rewarm.train.guard.evidence import Evidence
from rewarm.train.guard.forgetting_guard import Change
from rewarm.train.guard.incidents import Incidents, read
from rewarm.train.guard.recovery import Recovery

PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/add-a-guard-action.md"


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    """What the page's code defines, put where it says."""
    names = dict(vars(reactions))
    for code in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
        exec(code, names)
    return names


class OtherWords:
    """Updates with a part in the words of another leaf, and nothing else that is odd."""

    def of(self, _blocks: Any, numbers: list[int], _weights: np.ndarray) -> Evidence:
        evidence = update(len(numbers), seed=1, numbers=numbers)
        tokens = list(evidence.segments.tokens)
        if 2 in numbers:
            tokens[2] = tokens[1]
        return replace(evidence, segments=replace(evidence.segments, tokens=tuple(tokens)))


@pytest.mark.parametrize("added", [True, False])
def test_the_reaction_settles_its_cases(tmp_path: Path, page: dict[str, Any], added: bool) -> None:
    incidents = Incidents(tmp_path / "incidents.jsonl", writes=True)
    decisions = Decisions(tmp_path / "decisions.json", writes=True)
    recovery = Recovery(
        OtherWords(), seasoned(), decisions, incidents, {"adapt": None},  # type: ignore[arg-type, dict-item]
        Settings().model_dump(), lambda _: (1e-3, 1e-3), page["REACTIONS"] if added else reactions.REACTIONS,
    )  # fmt: skip
    evidence = recovery.gradient(Update(0, "adapt", 0, range(8)), np.ones(LEAVES))
    assert evidence is not None and len(evidence.segments) == (8 if added else 7)
    (row,) = read(tmp_path / "incidents.jsonl")
    assert row["action"] == ("accepted" if added else "quarantined")


def test_the_action_lowers_the_rate_and_raises_replay(tmp_path: Path, page: dict[str, Any]) -> None:
    decisions = Decisions(tmp_path / "decisions.json", writes=True)
    reports: list[str] = []
    breach = forgetting_actions.Breach(
        8, Change("web", 1, 4, 1.0, 1.25, False), Forgetting().model_dump(), decisions, reports.append,
        lambda: None, tmp_path,
    )  # fmt: skip
    page["lower_rate_and_raise_replay"](breach)
    assert decisions.rate_factor(8) == 0.5 and decisions.retained_factor(8) == 1.5
    assert reports == ["lower_rate_and_raise_replay"]
