"""The step on shards: what stays, what is said of the rest, and that nothing is measured again."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shards import read_documents, write_documents

from rewarm.corpus.tables import labels
from rewarm.data.clean import step as clean
from rewarm.data.select import step
from rewarm.engine.work import Work
from rewarm.errors import RewarmError
from rewarm.recipe import Clean, Select

PROSE = "The tenant pays the rent on the first day of the month, unless both of them agree otherwise."
TABLE = "\n".join(f"| valve {number} | {number} bar | closed |" for number in range(9))
SOURCES = {
    "mixed": {"rules": "all", "language": None},
    "web": {"rules": "all", "language": "en"},
    "law": {"rules": "none", "language": None},
}


def cleaned(folder: Path, rows: list[tuple[str, str]], shards: int = 1, **changes: Any) -> Path:
    source = folder / "redact/documents"
    source.mkdir(parents=True)
    for shard in range(shards):
        mine = [
            {"id": f"{number:020x}", "text": text, "source": name, "origin": f"a:{number}"}
            for number, (name, text) in enumerate(rows)
            if number % shards == shard
        ]
        write_documents(source, mine, shard)
    config = {"clean": Clean(**changes).model_dump()}
    (folder / "clean").mkdir()
    clean.run(Work("clean", folder / "clean", config, tables={"documents": [source]}))
    return folder / "clean"


def selected(
    folder: Path, target: str = "select", also: Sequence[Path] = (), **changes: Any
) -> tuple[Path, dict[str, int]]:
    (folder / target).mkdir()
    config = {"select": Select(**changes).model_dump(), "sources": SOURCES}
    tables = {
        "documents": [folder / "clean/documents"], "attributes": [folder / "clean/attributes", *also],
        "labels": [folder / "labels"],
    }  # fmt: skip
    work = Work("select", folder / target, config, tables=tables)
    return folder / target, step.run(work)


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    if table == "documents":
        return read_documents(folder / table)
    return pa.concat_tables(pq.read_table(path) for path in sorted((folder / table).iterdir())).to_pylist()


def test_what_breaks_a_rule_goes_and_the_ledger_says_why(tmp_path: Path) -> None:
    cleaned(tmp_path, [("web", PROSE), ("web", TABLE), ("law", TABLE), ("web", "Short.")])
    folder, counts = selected(tmp_path)
    assert [row["text"] for row in rows(folder, "documents")] == [PROSE, TABLE]
    table, short = rows(folder, "ledger")
    assert table["reason"] == "rules.max_format_ratio" and table["score"] > 0.9 and table["threshold"] == 0.7
    assert short["reason"] == "rules.min_chars" and (short["score"], short["threshold"]) == (6, 20)
    assert short["excerpt"] == "Short." and short["source"] == "web" and short["origin"] == "a:3"
    assert counts == {
        "in": 4, "documents": 2, "dropped": 2,
        "dropped.rules.max_format_ratio": 1, "dropped.rules.min_chars": 1,
    }  # fmt: skip


def test_another_bound_decides_anew_without_measuring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cleaned(tmp_path, [("web", PROSE), ("web", TABLE)])
    monkeypatch.setattr(clean, "measured", None)
    _, strict = selected(tmp_path)
    _, loose = selected(tmp_path, "loose", max_format_ratio=None)
    assert (strict["documents"], loose["documents"]) == (1, 2)


def test_a_rule_that_takes_much_of_a_source_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cleaned(tmp_path, [("web", PROSE), ("web", TABLE), ("law", PROSE)])
    selected(tmp_path)
    assert "rules.max_format_ratio takes 50% of source web" in capsys.readouterr().err
    selected(tmp_path, "quiet", warn_share=0.6)
    assert "takes" not in capsys.readouterr().err


def test_shards_change_nothing(tmp_path: Path) -> None:
    texts = [("web", PROSE + f" It is number {n}." if n % 3 else TABLE) for n in range(20)]
    kept = []
    for shards in (1, 3):
        cleaned(tmp_path / str(shards), texts, shards)
        folder, counts = selected(tmp_path / str(shards))
        kept.append((sorted(row["id"] for row in rows(folder, "documents")), counts))
    assert kept[0] == kept[1]


def test_cleaning_a_cleaned_corpus_changes_nothing(tmp_path: Path) -> None:
    page = f"Home | News | Contact us\n\n{PROSE}\r\n\r\n\r\n- 3 -\n{PROSE} schÃ¶n \nBack to top"
    folder = cleaned(tmp_path / "once", [("web", page), ("web", PROSE)])
    once = rows(folder, "documents")
    again = cleaned(tmp_path / "twice", [("web", row["text"]) for row in once])
    assert [row["text"] for row in rows(again, "documents")] == [row["text"] for row in once]
    assert rows(again, "ledger") == []
    assert [row["reason"] for row in rows(folder, "ledger")] == [
        "unicode",
        "lines.navigation",
        "lines.page_furniture",
    ]


def test_an_attribute_of_any_step_may_be_bounded_by_name(tmp_path: Path) -> None:
    """A score beside the measures, another measure, and a document about which nothing is known."""
    cleaned(tmp_path, [("web", PROSE), ("web", PROSE + " More."), ("web", PROSE + " And more.")])
    scores = pa.table({"id": [f"{1:020x}", f"{0:020x}"], "law_score": [0.9, 0.1]})
    (tmp_path / "score").mkdir()
    pq.write_table(scores, tmp_path / "score/00000.parquet")
    folder, _ = selected(tmp_path, attributes={"law_score": {"min": 0.5}}, also=[tmp_path / "score"])
    assert [row["id"] for row in rows(folder, "documents")] == [f"{1:020x}", f"{2:020x}"]
    (gone,) = rows(folder, "ledger")
    assert (gone["reason"], gone["score"], gone["threshold"]) == ("attributes.min_law_score", 0.1, 0.5)
    longest = {"chars": {"max": len(PROSE) + 6}}
    folder, _ = selected(tmp_path, "short", attributes=longest)
    assert [row["id"] for row in rows(folder, "documents")] == [f"{0:020x}", f"{1:020x}"]
    with pytest.raises(
        RewarmError, match=r"select\.attributes\.law_scores: no step before writes this attribute; .*chars"
    ):
        selected(tmp_path, "none", attributes={"law_scores": {"min": 1}})


def test_a_documents_own_language_decides_which_rules_it_meets(tmp_path: Path) -> None:
    """Of a source that says nothing, a document labelled English must have stop words, one labelled Polish
    not."""
    odd = " ".join(["valve pressure pipe river stone market winter garden letter engine"] * 8) + "."
    cleaned(tmp_path, [("mixed", odd), ("mixed", odd + " one")])
    own = [(f"{0:020x}", {"language": "pl"}), (f"{1:020x}", {"language": "en"})]
    labels.write(tmp_path / "labels/00000.parquet", own, ["language"])
    folder, _ = selected(tmp_path, gopher_quality={"enabled": True})
    assert [row["id"] for row in rows(folder, "documents")] == [f"{0:020x}"]
    assert [row["reason"] for row in rows(folder, "ledger")] == ["gopher_quality.min_stop_words"]
