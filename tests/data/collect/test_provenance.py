"""Dates, rights and the cut-off of collected documents."""

from typing import Any

import pyarrow.parquet as pq
import pytest

from rewarm.corpus.tables.provenance import Provenance
from rewarm.data.collect import dates, rights
from rewarm.data.collect.cutoff import outside
from rewarm.data.collect.records import Record


def record(value: Any = None, **meta: Any) -> Record:
    return Record("1", "text", meta, value=value)


@pytest.mark.parametrize(
    ("value", "settings", "found"),
    [
        ({"date": "2024-03-05"}, {}, ("2024-03-05", "field date")),
        ({"added": "2024-06-01", "created": "2019"}, {}, ("2019", "field created")),
        ({"updated": "2024-06-01", "published": "soon", "created": "2019"}, {}, ("2019", "field created")),
        ({"metadata": {"timestamp": 1700000000}}, {}, ("2023-11-14", "field metadata.timestamp")),
        ({"date": "2024", "at": {"day": "2020-02-02"}}, {"field": "at.day"}, ("2020-02-02", "field at.day")),
        ({"date": "2024"}, {"field": "info.day"}, ("unknown", None)),
        ({"date": 3}, {}, ("unknown", None)),
        ({"text": "x"}, {"default": "2021-05"}, ("2021-05", "source default")),
        (None, {}, ("unknown", None)),
        ([1], {}, ("unknown", None)),
    ],
)  # fmt: skip
def test_the_date_of_a_record(value: Any, settings: dict[str, Any], found: tuple[str, str | None]) -> None:
    assert dates.of_record(record(value), settings) == found


def test_what_a_format_says_is_the_date_of_a_file() -> None:
    of_pdf = record(kind="pdf", date="D:20210102030405Z", date_from="CreationDate")
    assert dates.of_record(of_pdf, {}) == ("2021-01-02", "pdf CreationDate")
    assert dates.of_record(record(began="2020-05-06T07:08+00:00"), {}) == ("2020-05-06", "conversation began")


@pytest.mark.parametrize(
    ("date", "reason"),
    [
        ("2023", "date.before"), ("2024-04", "date.before"), ("2024-04-30", "date.before"),
        ("2024-05-01", None), ("2024-05", None), ("2024", None), ("2025-06-30", None), ("2025", None),
        ("2025-07", "date.after"), ("2025-07-01", "date.after"), ("2026", "date.after"), ("unknown", None),
    ],
)  # fmt: skip
def test_only_a_date_that_lies_wholly_outside_drops(date: str, reason: str | None) -> None:
    found = outside(Provenance(date), {"since": "2024-05", "until": "2025-06", "undated": "keep"})
    assert (found and found.reason) == reason


def test_undated_documents_are_dropped_only_where_a_cut_off_asks_for_it() -> None:
    assert outside(Provenance(), {"undated": "drop"}) is None
    found = outside(Provenance(), {"since": "2024", "undated": "drop"})
    assert found is not None and found.reason == "date.unknown"


def test_rights_drop_only_what_the_recipe_names() -> None:
    reserved = Provenance(rights="noai tdm-reserved")
    assert outside(reserved, {"rights": []}) is None
    assert outside(reserved, {"rights": ["noimageai"]}) is None
    found = outside(reserved, {"rights": ["tdm-reserved"]})
    assert found is not None and found.reason == "rights.tdm-reserved"


def test_rights_of_records_and_pages() -> None:
    assert rights.of_record(record({"license": " CC-BY \n 4.0 "}))[:2] == ("CC-BY 4.0", "field license")
    assert rights.of_record(record({"metadata": {"license": ["mit", "bsd"]}}))[:2] == (
        "mit, bsd", "field metadata.license",
    )  # fmt: skip
    assert rights.of_record(record({"license": 4, "rights": "x" * 300})) == (None, None, None)
    page = record(
        kind="html", rights=["tdm-reserved", "noai", "other"], licence="cc0", licence_from="rel=license"
    )
    assert rights.of_record(page) == ("cc0", "html rel=license", "noai tdm-reserved")


def test_a_source_is_cut_off_with_a_verdict_for_each_document(tmp_path, source, collected):
    import json

    rows = [{"text": "old", "date": "2019-01-01", "license": "cc0"}, {"text": "new", "date": "2025-01-01"},
            {"text": "late", "date": "2027"}, {"text": "no date"}]  # fmt: skip
    (tmp_path / "d.jsonl").write_text("\n".join(map(json.dumps, rows)))
    settings = {"since": "2024-05", "until": "2026", "undated": "keep", "rights": []}
    counts, documents, faults = collected(source(tmp_path / "d.jsonl", cut_off=settings))
    assert [row["text"] for row in documents] == ["new", "no date"]
    assert [(row["reason"], row["origin"], row["excerpt"]) for row in faults] == [
        ("date.before", "d.jsonl:1", ""),
        ("date.after", "d.jsonl:3", ""),
    ]
    assert all(row["id"] for row in faults) and "2019-01-01 (field date)" in faults[0]["match"]
    left_out = {name: count for name, count in counts.items() if name.startswith("left_out")}
    assert left_out == {
        "left_out": 2, "left_out.date.before": 1, "left_out.date.before.law": 1, "left_out.date.after": 1,
        "left_out.date.after.law": 1,
    }  # fmt: skip
    assert counts["faults"] == 0
    beside = pq.read_table(next((tmp_path / "out").glob("**/attributes/*.parquet"))).to_pylist()
    assert [(row["id"], row["date"], row["date_precision"]) for row in beside] == [
        (documents[0]["id"], "2025-01-01", "day"),
        (documents[1]["id"], "unknown", "unknown"),
    ]


def test_markup_in_a_record_states_what_the_record_does_not(tmp_path, source, collected):
    import json

    head = '<meta name=date content="2020-01-01"><meta name="robots" content="noai"><a rel=license href=cc0>'
    rows = [
        {"html": f"<html>{head}<p>One text</p></html>"},
        {"html": f"{head}<p>Other</p>", "date": "2021", "licence": "MIT"},
    ]
    (tmp_path / "d.jsonl").write_text("\n".join(map(json.dumps, rows)))
    collected(source(tmp_path / "d.jsonl", text="html", markup="html"))
    beside = pq.read_table(next((tmp_path / "out").glob("**/attributes/*.parquet"))).to_pylist()
    names = ("date", "date_origin", "licence", "licence_origin", "rights")
    found = [tuple(row[name] for name in names) for row in beside]
    assert found == [
        ("2020-01-01", "html meta date", "cc0", "html rel=license", "noai"),
        ("2021", "field date", "MIT", "field licence", "noai"),
    ]
