"""People beside the judge: how far they agree, and what people alone would say.

The judge's outcome of both orders is compared with each judgement, so an answer that the judge cannot tell
apart counts as its tie. Ratings of one prompt are drawn together by the bootstrap. Agreement between people,
where two judged the same, is the most that a judge can be expected to reach.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from rewarm.engine.publish import writing
from rewarm.errors import RewarmError
from rewarm.evaluate.duels import judgements, report, verdicts
from rewarm.evaluate.duels.judgements import Judgement
from rewarm.evaluate.duels.outcomes import states
from rewarm.evaluate.duels.run import PEOPLE, SUMMARY, VERDICTS
from rewarm.evaluate.duels.verdicts import TIE
from rewarm.recipe.duels import OVERALL
from rewarm.statistics import agreement

_DRAWS, _SEED = 2000, 0
_About = tuple[str, tuple[str, str], str]


def compare(duels: Path, files: Iterable[Path], keys: Iterable[Path]) -> dict[str, Any]:
    """Compare judgements with the verdicts in the folder `duels`, and write `people.json` there.

    Raises RewarmError as `judgements.read`, and where the folder has no comparison.
    """
    summary = summary_of(duels)
    found = judgements.read(files, keys, summary["models"])
    if not found.given:
        raise RewarmError("duel import: the files have no judgement")
    judged = _judged(duels)
    rng = np.random.default_rng(_SEED)
    dimensions = sorted({one.dimension for one in found.given}, key=lambda name: (name != OVERALL, name))
    plain = report.without_nan(
        {
            "judgements": len(found.given),
            "replaced": found.replaced,
            "raters": len({one.rater for one in found.given}),
            "without_outcome": sum(one.about not in judged for one in found.given),
            "judge": {name: _with_judge(found.given, judged, name, rng) for name in dimensions},
            "people": {name: _between(found.given, name, rng) for name in dimensions},
            "preferences": list(_preferences(found.given, summary)),
        }
    )
    with writing(duels / PEOPLE) as aside:
        aside.write_text(json.dumps(plain, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return dict(plain)


def summary_of(duels: Path) -> dict[str, Any]:
    """`duels.json` of a comparison. Raises RewarmError where there is none."""
    path = duels / SUMMARY
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RewarmError(f"{path}: not there; `rewarm duel run` writes it") from None
    except ValueError as error:
        raise RewarmError(f"{path}: is not JSON: {error}; run `rewarm duel run` again") from None
    if found.get("format") != report.FORMAT:
        raise RewarmError(
            f"{path}: format {found.get('format')!r}, and this version reads {report.FORMAT}; run "
            "`rewarm duel run` again, which asks the judge nothing twice"
        )
    return found


def _judged(duels: Path) -> dict[_About, str]:
    """Winners by what was judged."""
    found = {}
    for (key, result, base, dimension), (state, _) in states(verdicts.read(duels / VERDICTS)).items():
        winner = {"win": result, "lose": base}.get(state, TIE)
        found[key, (min(result, base), max(result, base)), dimension] = winner
    return found


def _with_judge(
    given: list[Judgement], judged: dict[_About, str], dimension: str, rng: np.random.Generator
) -> dict[str, Any]:
    both = [one for one in given if one.dimension == dimension and one.about in judged]
    found = agreement.agreement(
        [one.winner for one in both], [judged[one.about] for one in both], [one.id for one in both], TIE,
        _DRAWS, rng,
    )  # fmt: skip
    return asdict(found)


def _between(given: list[Judgement], dimension: str, rng: np.random.Generator) -> dict[str, Any] | None:
    by_question: dict[_About, list[Judgement]] = {}
    for one in given:
        if one.dimension == dimension:
            by_question.setdefault(one.about, []).append(one)
    both = [
        pair
        for same in by_question.values()
        for pair in combinations(sorted(same, key=lambda one: one.rater), 2)
    ]
    if not both:
        return None
    first, second = ([pair[side].winner for pair in both] for side in (0, 1))
    return asdict(agreement.agreement(first, second, [pair[0].id for pair in both], TIE, _DRAWS, rng))


def _preferences(given: list[Judgement], summary: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Wins, ties and losses by people, each judgement counted."""
    order = {model: place for place, model in enumerate(summary["models"])}
    counts: dict[tuple[str, str, str], dict[str, int]] = {}
    for one in given:
        base, result = sorted(one.models, key=lambda model: order[model])
        row = counts.setdefault((result, base, one.dimension), {"win": 0, "tie": 0, "lose": 0})
        row["tie" if one.winner == TIE else "win" if one.winner == result else "lose"] += 1
    for (result, base, dimension), row in counts.items():
        yield {"result": result, "base": base, "dimension": dimension, **row}


def lines(found: dict[str, Any]) -> Iterator[str]:
    """For a terminal. found: of `compare`."""
    replaced = f" · {found['replaced']:,} replaced by a later one" if found["replaced"] else ""
    lost = (
        f" · {found['without_outcome']:,} without an outcome of the judge" if found["without_outcome"] else ""
    )
    yield f"people    {found['judgements']:,} judgements of {found['raters']:,} raters{replaced}{lost}"
    for row in found["preferences"]:
        total = row["win"] + row["tie"] + row["lose"]
        shares = " · ".join(f"{word} {row[word] / total:.1%}" for word in ("win", "tie", "lose"))
        yield f"  {row['dimension']:<16} {row['result']} against {row['base']}: {shares} of {total:,}"
    yield "judge     agreement with people"
    for name, one in found["judge"].items():
        if one["count"]:
            yield f"  {name:<16} {report.agreed(one)}"
        else:
            yield f"  {name:<16} unknown: no question has both a judgement and an outcome of the judge"
    if any(found["people"].values()):
        yield "people    agreement with each other"
        yield from (f"  {name:<16} {report.agreed(one)}" for name, one in found["people"].items() if one)
