"""Reads what people preferred: files of the blind page, or of any other tool.

A line of the page is `{"page", "pair", "dimension", "choice": left | right | tie, "rater"}`; the page's key
says which model was on which side. A line of another tool is `{"id", "winner": MODEL | "tie", "dimension"?,
"rater"?, "models"?}`, with `models` naming both where the comparison has more than two.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewarm.errors import RewarmError
from rewarm.evaluate.duels.blind_page import FORMAT
from rewarm.evaluate.duels.json_lines import identity, require_texts, rows, short
from rewarm.evaluate.duels.verdicts import TIE
from rewarm.recipe.duels import OVERALL

_FIELDS = ("id", "winner", "dimension", "rater", "models", "page", "pair", "choice")


@dataclass(frozen=True)
class Judgement:
    """models: the two compared, sorted; winner: one of them or `tie`."""

    id: str
    models: tuple[str, str]
    dimension: str
    winner: str
    rater: str

    @property
    def about(self) -> tuple[str, tuple[str, str], str]:
        """What was judged."""
        return self.id, self.models, self.dimension


@dataclass(frozen=True)
class Judgements:
    """given: the last judgement of each rater on each question; replaced: earlier ones of the same rater."""

    given: list[Judgement]
    replaced: int


def read(paths: Iterable[Path], keys: Iterable[Path], models: list[str]) -> Judgements:
    """All judgements of all files. keys: of the pages; models: those of the comparison.

    Raises RewarmError for a line that is not as above, of a page without its key, or about models that were
    not compared.
    """
    known = dict(_key(path) for path in keys)
    found: dict[tuple[object, ...], Judgement] = {}
    total = 0
    for path in paths:
        for number, row in rows(path):
            where = f"{path}:{number}"
            one = _of_page(row, known, path, where) if "pair" in row else _external(row, models, path, where)
            unknown = {*one.models, one.winner} - {*models, TIE}
            if unknown:
                raise RewarmError(
                    f"{where}  winner: {min(unknown)!r} is none of the models compared: {', '.join(models)}"
                )
            found[(*one.about, one.rater)] = one
            total += 1
    return Judgements(list(found.values()), total - len(found))


def _key(path: Path) -> tuple[str, dict[str, dict[str, str]]]:
    try:
        key = json.loads(path.read_text(encoding="utf-8"))
        if key["format"] != FORMAT:
            raise ValueError(f"format {key['format']}")
        return key["page"], key["pairs"]
    except FileNotFoundError:
        raise RewarmError(f"{path}: no such file; `rewarm duel page` writes it beside the page") from None
    except (ValueError, KeyError, TypeError) as error:
        raise RewarmError(f"{path}: is no key of `rewarm duel page` ({error!r})") from None


def _of_page(
    row: dict[str, Any], keys: dict[str, dict[str, dict[str, str]]], path: Path, where: str
) -> Judgement:
    require_texts({name: row.get(name) for name in ("page", "pair", "dimension", "choice")}, where)
    if row["page"] not in keys:
        raise RewarmError(f"{where}  page: no key of page {row['page']!r} is given; name it with --key")
    pair = keys[row["page"]].get(row["pair"])
    if pair is None:
        raise RewarmError(
            f"{where}  pair: {row['pair']!r} is not in the page's key; the file is not of this page"
        )
    if row["choice"] not in ("left", "right", TIE):
        raise RewarmError(f"{where}  choice: {row['choice']!r} is none of left, right, tie")
    winner = pair.get(row["choice"], TIE)
    return Judgement(
        pair["id"], _pair(pair["result"], pair["base"]), row["dimension"], winner, _rater(row, path)
    )


def _external(row: dict[str, Any], models: list[str], path: Path, where: str) -> Judgement:
    key = identity(row, _FIELDS, where)
    dimension, named = row.get("dimension", OVERALL), row.get("models")
    require_texts({"winner": row.get("winner"), "dimension": dimension}, where)
    if named is None and len(models) == 2:
        named = models
    if not isinstance(named, list) or len(named) != 2 or not all(isinstance(one, str) for one in named):
        raise RewarmError(
            f"{where}  models: {short(named)}; name the two models that were compared, as a list"
        )
    if row["winner"] not in (*named, TIE):
        raise RewarmError(f"{where}  winner: {row['winner']!r} is none of {', '.join(named)}, tie")
    return Judgement(key, _pair(*named), dimension, row["winner"], _rater(row, path))


def _rater(row: dict[str, Any], path: Path) -> str:
    """The file's name stands for a rater who gave none, so that two files are two raters."""
    rater = row.get("rater")
    return rater if isinstance(rater, str) and rater else path.stem


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)
