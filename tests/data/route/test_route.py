"""The step `route`: good, dirty and unreadable documents, and what is worth rewriting."""

import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from shards import read_documents, write_documents
from tenancy import english

from rewarm.data.route import step
from rewarm.engine.work import Work
from rewarm.recipe import Route


def damaged(text: str, share: float, seed: int = 0) -> str:
    rng = random.Random(seed)
    return " ".join(
        word[:1] + "\ufffd" + word[2:] if word.isalpha() and len(word) > 3 and rng.random() < share else word
        for word in text.split(" ")
    )


def routed(folder: Path, rows: list[dict[str, Any]], code: list[str] = [], **settings: Any) -> dict[str, Any]:  # noqa: B006
    write_documents(folder / "redact/documents", rows)
    (folder / "holdout/split").mkdir(parents=True)
    split = pa.table({"id": [row["id"] for row in rows], "heldout": [False] * len(rows)})
    pq.write_table(split, folder / "holdout/split/00000.parquet")
    (folder / "out").mkdir()
    config = {
        "route": Route(enabled=True, **{"least_terms": 0, **settings}).model_dump(mode="json"),
        "domain": ["s"], "code": code, "seed": 0,
    }  # fmt: skip
    tables = {"documents": [folder / "redact/documents"], "split": [folder / "holdout/split"]}
    counts = step.run(Work("route", folder / "out", config, tables=tables))
    found = {
        name: pq.read_table(folder / f"out/{name}/00000.parquet").to_pylist()
        for name in ("attributes", "routed", "ledger")
    }
    return {"counts": counts, "documents": read_documents(folder / "out/documents"), **found}


def corpus() -> list[dict[str, Any]]:
    good = [{"id": f"good{number:016}", "text": english(number)} for number in range(20)]
    dirty = [{"id": f"dirty{number:015}", "text": damaged(english(number + 30), 0.25)} for number in range(4)]
    bad = [{"id": f"bad{number:017}", "text": damaged(english(number + 40), 0.75)} for number in range(4)]
    junk = [
        {"id": f"junk{number:016}", "text": damaged("Some words that say nothing of any use. " * 20, 0.9)}
        for number in range(4)
    ]
    return [*good, *dirty, *bad, *junk]


def test_each_goes_its_way_with_its_measures(tmp_path: Path) -> None:
    found = routed(tmp_path, corpus())
    ways = {row["id"]: row["route"] for row in found["attributes"]}
    for kind, way in (("good", "documents"), ("dirty", "first_stage"), ("bad", "rewrite"), ("junk", "drop")):
        assert {ways[identity] for identity in ways if identity.startswith(kind)} == {way}
    assert found["counts"] == {"in": 32, "documents": 24, "rewrite": 4, "dropped": 4, "first_stage": 4}
    assert {row["id"][:3] for row in found["routed"]} == {"bad"}
    assert {row["id"][:3] for row in found["documents"]} == {"goo", "dir"}
    verdicts = {(row["id"][:3], row["verdict"], row["reason"]) for row in found["ledger"]}
    assert verdicts == {
        ("dir", "route", "route.first_stage"), ("bad", "drop", "route.rewrite"),
        ("jun", "drop", "route.unreadable"),
    }  # fmt: skip
    assert all(row["score"] < row["threshold"] for row in found["ledger"])


def test_a_parsers_quality_counts_where_it_is_lower(tmp_path: Path) -> None:
    rows = corpus()[:20]
    rows[3]["meta"] = json.dumps({"page": {"quality": 0.5}})
    rows[4]["meta"] = json.dumps({"page": {"quality": "high"}})
    ways = {row["id"]: row["route"] for row in routed(tmp_path, rows, quality="page.quality")["attributes"]}
    assert ways[rows[3]["id"]] == "rewrite" and ways[rows[4]["id"]] == "documents"


def test_worth_follows_from_terms_and_facts(tmp_path: Path) -> None:
    ways = {row["id"][:3]: row["route"] for row in routed(tmp_path, corpus(), least_facts=500)["attributes"]}
    assert ways["bad"] == "drop"


def test_code_is_left_alone(tmp_path: Path) -> None:
    found = routed(tmp_path, corpus(), code=["s"])
    assert found["counts"]["documents"] == 32 and not found["ledger"]


def test_off_it_links(tmp_path: Path) -> None:
    write_documents(tmp_path / "redact/documents", corpus())
    (tmp_path / "out").mkdir()
    tables = {"documents": [tmp_path / "redact/documents"]}
    counts = step.run(Work("route", tmp_path / "out", {"route": {"enabled": False}}, tables=tables))
    assert counts == {"in": 32, "documents": 32}
    assert (tmp_path / "out/documents/00000.parquet").read_bytes() == (
        tmp_path / "redact/documents/00000.parquet"
    ).read_bytes()


def goods(number: int) -> str:
    """A list of goods: numbers enough to be facts, nothing of tenancy law."""
    rng = random.Random(number)
    kinds = ["apples", "pears", "carpets", "lamps", "kettles", "spades", "ladders", "blankets"]
    return " ".join(
        f"The shop sold {rng.randint(10, 900)} {rng.choice(kinds)} and bought {rng.choice(kinds)} for "
        f"{rng.randint(2, 99)} crowns on {rng.randint(1, 28)} March {rng.randint(1990, 2020)}."
        for _ in range(12)
    )


def test_only_ruined_text_of_the_domain_is_worth_rewriting(tmp_path: Path) -> None:
    rows = [{"id": f"a{number:019}", "text": english(number)} for number in range(40)]
    rows += [{"id": f"b{number:019}", "text": goods(number), "source": "api"} for number in range(40)]
    rows += [{"id": f"c{number:019}", "text": damaged(english(50 + number), 0.75)} for number in range(8)]
    rows += [{"id": f"d{number:019}", "text": damaged(goods(50 + number), 0.75)} for number in range(8)]
    found = {row["id"]: row for row in routed(tmp_path, rows, least_terms=0, least_facts=0)["attributes"]}
    ways = {kind: {found[one]["route"] for one in found if one.startswith(kind)} for kind in "cd"}
    assert ways == {"c": {"rewrite"}, "d": {"drop"}}
    for one, row in found.items():
        assert (row["domain_score"] > 0.5) == one.startswith(("a", "c")), (one, row)


def test_without_other_text_there_is_no_score_and_terms_and_facts_decide(tmp_path: Path) -> None:
    found = routed(tmp_path, corpus())["attributes"]
    assert {row["domain_score"] for row in found} == {None}
    assert "rewrite" in {row["route"] for row in found}
