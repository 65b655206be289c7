"""What is known of a document's date and rights, in `explain` and in the table of documents."""

import json
from pathlib import Path

import pytest
from command_line import rewarm, write_recipe

from rewarm.runs.run import Run

pytestmark = pytest.mark.slow


def test_date_licence_and_rights_are_shown_by_explain_and_in_the_table(tmp_path: Path, model: Path) -> None:
    (tmp_path / "law").mkdir()
    (tmp_path / "api").mkdir()
    dated = {"text": "The court dismissed the appeal.", "created": "2024-03-05", "licence": "CC-BY-4.0"}
    (tmp_path / "law/a.jsonl").write_text(json.dumps(dated) + '\n{"text": "Nobody knows when."}\n')
    (tmp_path / "law/b.html").write_text(
        "<html><head><meta name='robots' content='noai'>"
        "<meta property='article:published_time' content='2023-07-01'></head><body><article><p>"
        + "The notice period is three months, as the contract says. " * 9
        + "</p></article></body></html>"
    )
    (tmp_path / "api/c.jsonl").write_text('{"text": "A method of a class."}\n')
    write_recipe(tmp_path, model)
    ended = rewarm(tmp_path, "run", "recipe.yaml", "--until", "collect")
    assert ended.returncode == 0, ended.stderr
    rows = {row["origin"]: row for row in Run(tmp_path / "runs/small").documents.to_pylist()}
    names = ("date", "date_origin", "licence", "rights")
    assert [rows["a.jsonl:1"][name] for name in names] == ["2024-03-05", "field created", "CC-BY-4.0", None]
    assert [rows["a.jsonl:2"][name] for name in names] == [None] * 4
    assert (rows["b.html"]["date"], rows["b.html"]["rights"]) == ("2023-07-01", "noai")

    def explained(origin: str) -> str:
        return rewarm(tmp_path, "explain", "runs/small", rows[origin]["id"]).stdout

    assert "dated     2024-03-05  from field created\nlicence   CC-BY-4.0  from " in explained("a.jsonl:1")
    assert "dated     unknown\n" in explained("a.jsonl:2")
    assert "rights    reserved: noai\n" in explained("b.html")
    told = rewarm(tmp_path, "explain", "runs/small", rows["b.html"]["id"], "--json")
    assert json.loads(told.stdout)["rights"] == "noai"
