"""Judgements of people: read from the page and other tools, and compared with the judge's."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scripted_server import ScriptedServer

from rewarm.errors import RewarmError
from rewarm.evaluate.duels import blind_page, human, run
from rewarm.recipe.duels import Duels

COUNT = 12


@pytest.fixture
def compared(
    tmp_path: Path,
    answers: Callable[..., list[tuple[str, Path]]],
    serve: Callable[..., ScriptedServer],
    settings: Callable[..., Duels],
) -> tuple[Path, dict[str, Any]]:
    """The folder of a comparison of which the result wins the first half, and the key of its page."""
    files = answers(
        base=[f"base words {number} quality 2" for number in range(COUNT)],
        result=[f"other text {number} quality {3 if number < COUNT / 2 else 1}" for number in range(COUNT)],
    )
    made = settings(serve().url, dimensions=[], judged_twice=0.0)
    planned = run.plan(files, None, made)
    run.run(planned, tmp_path / "duels")
    written = blind_page.write(planned.pairs, made, tmp_path / "page.html")
    return tmp_path / "duels", json.loads(written.key.read_text())


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def of_page(key: dict[str, Any], preferred: Callable[[str], str], rater: str = "r") -> list[dict[str, Any]]:
    """Lines as the page writes them. preferred: the winner for an id."""
    rows = []
    for name, pair in key["pairs"].items():
        wanted = preferred(pair["id"])
        choice = next((side for side in ("left", "right") if pair[side] == wanted), "tie")
        rows.append(
            {"page": key["page"], "pair": name, "dimension": "overall", "choice": choice, "rater": rater}
        )
    return rows


def winner(key: str) -> str:
    return "result" if int(key[1:]) < COUNT / 2 else "base"


def test_judgements_of_the_page_reach_the_right_model(
    tmp_path: Path, compared: tuple[Path, dict[str, Any]]
) -> None:
    duels, key = compared
    rows = of_page(key, lambda id_: "tie" if id_ == "p000" else winner(id_))
    path = lines(tmp_path / "j.jsonl", [rows[0], *rows])
    found = human.compare(duels, [path], [tmp_path / "page.key.json"])
    assert (found["judgements"], found["replaced"], found["raters"]) == (COUNT, 1, 1)
    (row,) = found["preferences"]
    assert row == {
        "result": "result", "base": "base", "dimension": "overall", "win": COUNT // 2 - 1, "tie": 1,
        "lose": COUNT // 2,
    }  # fmt: skip
    judge = found["judge"]["overall"]
    assert (judge["count"], judge["decided"]) == (COUNT, COUNT - 1)
    assert judge["with_ties"]["value"] == pytest.approx((COUNT - 1) / COUNT)
    assert judge["without_ties"]["value"] == 1 and 0.8 < judge["kappa"]["value"] < 0.9
    assert judge["kappa"]["low"] < judge["kappa"]["value"]
    assert json.loads((duels / "people.json").read_text()) == found
    told = "\n".join(human.lines(found))
    assert "1 replaced by a later one" in told and "without ties 100.0%" in told


def test_other_tools_name_the_winner(tmp_path: Path, compared: tuple[Path, dict[str, Any]]) -> None:
    duels, _ = compared
    one = [{"id": f"p{number:03}", "winner": winner(f"p{number:03}")} for number in range(COUNT)]
    other = [
        {"id": "p000", "winner": "base", "models": ["result", "base"]},
        {"id": "p001", "winner": "tie"},
        {"id": "p900", "winner": "base"},
        {"id": "p000", "winner": "base", "dimension": "taste"},
    ]
    found = human.compare(duels, [lines(tmp_path / "a.jsonl", one), lines(tmp_path / "b.jsonl", other)], [])
    assert (found["raters"], found["without_outcome"]) == (2, 2)
    assert found["people"]["overall"]["count"] == 2 and found["people"]["overall"]["with_ties"]["value"] == 0
    assert found["people"]["taste"] is None and found["judge"]["taste"]["count"] == 0
    told = "\n".join(human.lines(found))
    assert "agreement with each other" in told and "2 without an outcome of the judge" in told
    assert "taste            unknown" in told


def test_a_judgement_of_swapped_models_is_the_same(
    tmp_path: Path, compared: tuple[Path, dict[str, Any]]
) -> None:
    row = {"id": "p000", "winner": "result", "models": ["base", "result"]}
    swapped = {**row, "id": "p001", "models": ["result", "base"]}
    found = human.compare(compared[0], [lines(tmp_path / "a.jsonl", [row, swapped])], [])
    assert found["preferences"][0]["win"] == 2 and found["judge"]["overall"]["with_ties"]["value"] == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"id": "1"}, "winner: None is no text"),
        ({"id": "1", "winner": "gpt"}, "winner: 'gpt' is none of base, result, tie"),
        ({"id": "1", "winner": "x", "models": ["x", "y"]}, "is none of the models compared: base, result"),
        ({"id": "1", "winner": "tie", "models": ["base"]}, "name the two models"),
        ({"id": "1", "winer": "tie"}, "winer: no such field. Did you mean winner?"),
        ({"winner": "tie"}, "id: None is no text"),
        ({"pair": "x", "page": "q", "dimension": "overall", "choice": "left"}, "no key of page 'q' is given"),
        (
            {"pair": "x", "page": "PAGE", "dimension": "overall", "choice": "left"},
            "'x' is not in the page's key",
        ),
        ({"pair": "PAIR", "page": "PAGE", "dimension": "overall", "choice": "up"}, "'up' is none of left"),
        ({"pair": "PAIR", "page": "PAGE", "choice": "left"}, "dimension: None is no text"),
    ],
)
def test_a_fault_is_told_with_its_line_and_field(
    tmp_path: Path, compared: tuple[Path, dict[str, Any]], row: dict[str, Any], said: str
) -> None:
    duels, key = compared
    filled = {"PAGE": key["page"], "PAIR": next(iter(key["pairs"]))}
    given = {
        name: filled.get(value, value) if isinstance(value, str) else value for name, value in row.items()
    }
    path = lines(tmp_path / "j.jsonl", [given])
    with pytest.raises(RewarmError) as error:
        human.compare(duels, [path], [tmp_path / "page.key.json"])
    assert said in str(error.value) and f"{path}:1" in str(error.value)


def test_files_that_are_not_ours_are_named(tmp_path: Path, compared: tuple[Path, dict[str, Any]]) -> None:
    duels, _ = compared
    empty = lines(tmp_path / "none.jsonl", [])
    broken = tmp_path / "k.json"
    broken.write_text("{}")
    for folder, files, keys, said in (
        (tmp_path / "no", [empty], [], "`rewarm duel run` writes it"),
        (duels, [empty], [], "no judgement"),
        (duels, [empty], [tmp_path / "x.json"], "`rewarm duel page` writes it"),
        (duels, [empty], [broken], "is no key"),
    ):
        with pytest.raises(RewarmError, match=said):
            human.compare(folder, files, keys)
    (duels / "duels.json").write_text('{"format": 9}')
    with pytest.raises(RewarmError, match="format 9, and this version reads 1"):
        human.compare(duels, [empty], [])
