"""`rewarm duel run`: read answers, ask the judge, write verdicts and summary.

Nothing is written before all verdicts are there; a run that stops early has its answers in the client's cache
and its spending in the journal, so the same command goes on where it stopped.
"""

import json
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewarm.engine.publish import writing
from rewarm.errors import RewarmError
from rewarm.evaluate.duels import answers, judging, report, verdicts
from rewarm.evaluate.duels.answers import Matched
from rewarm.evaluate.duels.judging import Question
from rewarm.evaluate.duels.pairs import Pair, opponents, pairs
from rewarm.evaluate.duels.summary import Summary, summarise
from rewarm.llm.client import Client
from rewarm.recipe.duels import Duels

VERDICTS, SUMMARY, PEOPLE = "verdicts.parquet", "duels.json", "people.json"


@dataclass(frozen=True)
class Plan:
    """What will be asked. base: the model that others are compared with."""

    matched: Matched
    base: str
    pairs: list[Pair]
    questions: list[Question]
    settings: Duels


def plan(files: Iterable[tuple[str, Path]], base: str | None, settings: Duels) -> Plan:
    """Read answers and decide what is judged. files: as `answers.read`; base: None for the first model.

    Raises RewarmError as `answers.read`, and for a base that is none of the models.
    """
    matched = answers.read(files)
    if base is not None and base not in matched.models:
        raise RewarmError(f"--base: {base!r} is none of the models: {', '.join(matched.models)}")
    chosen = base or matched.models[0]
    found = list(pairs(matched, opponents(matched.models, chosen, settings.compare), settings.near_identical))
    return Plan(matched, chosen, found, judging.questions(found, settings), settings)


def run(planned: Plan, out: Path) -> Summary:
    """Judge, and write `verdicts.parquet` and `duels.json` in the folder `out`. Raises as `judging.judge`."""
    out.mkdir(parents=True, exist_ok=True)
    found: list[verdicts.Verdict] = []
    if planned.questions:
        with closing(Client(planned.settings.judge, out / "llm" / "spent.jsonl")) as client:
            found = judging.judge(planned.questions, planned.settings, client)
    summary = summarise(planned.matched, planned.base, planned.pairs, found, planned.settings)
    # Compared with verdicts that are replaced here.
    (out / PEOPLE).unlink(missing_ok=True)
    verdicts.write(found, out / VERDICTS)
    with writing(out / SUMMARY) as aside:
        aside.write_text(json.dumps(report.plain(summary), ensure_ascii=False, indent=1) + "\n", "utf-8")
    return summary


def plan_lines(planned: Plan) -> list[str]:
    """What a run would ask, for a terminal."""
    judged = sum(not pair.decided for pair in planned.pairs)
    characters = sum(len(one.request.system) + len(one.request.user) for one in planned.questions)
    return [
        f"prompts   {len(planned.matched.items):,} of {planned.matched.given:,} with two answers or more",
        f"pairs     {judged:,} of {len(planned.pairs):,} to judge; the others are near-identical or empty",
        f"requests  {len(planned.questions):,}, of {characters:,} characters together",
    ]


def plan_values(planned: Plan) -> dict[str, Any]:
    """The same for programs."""
    return {
        "prompts": len(planned.matched.items),
        "missing": {model: len(ids) for model, ids in planned.matched.missing.items()},
        "pairs": len(planned.pairs),
        "judged": sum(not pair.decided for pair in planned.pairs),
        "requests": len(planned.questions),
    }
