"""Examples of verdicts: prompts by outcome, with what the judge said in each order."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rewarm.errors import RewarmError
from rewarm.evaluate.duels import verdicts
from rewarm.evaluate.duels.outcomes import states
from rewarm.evaluate.duels.run import VERDICTS
from rewarm.evaluate.duels.verdicts import Verdict


def of(duels: Path, dimension: str, kind: str, most: int) -> list[dict[str, Any]]:
    """Up to `most` pairs by id, each with `id`, `result`, `base` and `verdicts` of both orders.

    kind: win, tie or lose in both orders; half: a tie in one of them; flipped: another winner in each;
    rejected: no outcome. Raises RewarmError for a dimension that was not asked.
    """
    rows = [one for one in verdicts.read(duels / VERDICTS) if one.repeat == 0]
    asked = dict.fromkeys(one.dimension for one in rows)
    if dimension not in asked:
        raise RewarmError(f"--dimension: {dimension!r} was not asked; there are {', '.join(asked) or 'none'}")
    known = states(rows)
    groups: dict[tuple[str, str, str, str], list[Verdict]] = {}
    for one in rows:
        if one.dimension == dimension:
            groups.setdefault((one.id, one.result, one.base, one.dimension), []).append(one)
    found: list[dict[str, Any]] = []
    for key in sorted(groups):
        state, agreement = known.get(key, ("rejected", "same"))
        if kind == (state if agreement == "same" else agreement) and len(found) < most:
            said = [
                {"order": one.order, "winner": one.winner, "reason": one.reason, "rejected": one.rejected}
                for one in groups[key]
            ]
            found.append({"id": key[0], "result": key[1], "base": key[2], "verdicts": said})
    return found


def lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    """For a terminal."""
    for row in rows:
        yield ""
        yield f"{row['id']}   {row['result']} against {row['base']}"
        for one in row["verdicts"]:
            said = f"{one['winner']}: {one['reason']}" if one["winner"] else f"no verdict: {one['rejected']}"
            yield f"  {one['order'].replace('_', ' '):<14} {said}"
