"""What a stage takes, and in which order training sees it."""

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shards import identity, numbers, write_tokens

from rewarm.corpus.tables import labels, leaves, token_table
from rewarm.data.mix.step import run
from rewarm.data.order.step import run as order
from rewarm.data.tokenize.step import SCHEMA
from rewarm.engine.work import Work
from rewarm.errors import RewarmError
from rewarm.recipe import Order, selectors

SOURCES = ("law", "web")
SIZE = 10


@pytest.fixture
def tokenized(tmp_path: Path) -> Path:
    """40 documents of law, 400 of web, ten tokens each."""
    tokens = [np.arange(SIZE, dtype=np.uint32)] * 440
    write_tokens(tmp_path / "tokens", tokens, source=["law"] * 40 + ["web"] * 400)
    return tmp_path


def work_of(folder: Path, stages: Sequence[dict[str, Any]], into: str, **changes: Any) -> Work:
    """The step `mix` on the tokens in a folder. stages: name, tokens, mix, and what is not usual."""
    whole = [{"max_epochs": 4, "best": 1.0, **stage} for stage in stages]
    (folder / into / "ledger").mkdir(parents=True)
    sources = [{"source": name, "labels": {}, "attributes": {}} for name in SOURCES]
    config = {"seed": 0, "shortfall": "shrink", "axes": [], "sources": sources, **changes, "stages": whole}
    config["selectors"] = {entry: selectors.parse(entry) for stage in whole for entry in stage["mix"]}
    tables = {
        "tokens": [folder / "tokens"],
        "attributes": [folder / "attributes"],
        "labels": [folder / "labels"],
    }
    return Work("mix", folder / into, config, tables=tables)


def mixed(folder: Path, *stages: dict[str, Any], into: str = "mix", **changes: Any) -> dict[str, Any]:
    """The plan."""
    run(work_of(folder, stages, into, **changes))
    plan: dict[str, Any] = json.loads((folder / into / "plan.json").read_text())
    return plan


def drawn(folder: Path, stage: str, into: str = "mix") -> list[int]:
    return numbers(pq.read_table(folder / into / f"{stage}.parquet")["id"].to_pylist())


def test_a_source_that_is_taken_whole_is_shuffled_all_the_same(tokenized: Path) -> None:
    mixed(tokenized, {"name": "adapt", "tokens": 4000, "mix": {"web": 1}, "max_epochs": 1})
    (tokenized / "order").mkdir()
    plain = {"name": "adapt", "order": Order().model_dump(mode="json"), "seq_len": None}
    config = {"stages": [plain], "selectors": {"adapt": {}}, "seed": 0}
    tables = {"plan": [tokenized / "mix"], "leaves": [tokenized / "mix/leaves.json"]}
    order(Work("order", tokenized / "order", config, tables=tables))
    rows = drawn(tokenized, "adapt", "order")
    assert sorted(rows) == list(range(40, 440))
    # In the order of the files, neighbours would follow each other.
    assert sum(after - before == 1 for before, after in pairwise(rows)) < 20


def test_too_little_of_a_source_shrinks_all_stages_and_keeps_the_mix(
    tokenized: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """400 tokens of law in four passes are 1,600; the stages ask for 2,800 + 350 of it."""
    mix = {"law": 0.7, "web": 0.3}
    plan = mixed(
        tokenized,
        {"name": "adapt", "tokens": 4000, "mix": mix},
        {"name": "anneal", "tokens": 1000, "mix": {"law": 0.35, "web": 0.65}},
    )
    for stage, tokens in (("adapt", 4000), ("anneal", 1000)):
        given = {source: row["tokens"] for source, row in plan[stage].items()}
        # A document that is cut to fit counts as used whole: some tens of tokens here.
        assert sum(given.values()) == pytest.approx(tokens * 1600 / 3150, rel=0.06)
        for source, row in plan[stage].items():
            assert given[source] / sum(given.values()) == pytest.approx(row["planned_share"], abs=0.01)
    assert "stage adapt: 2," in capsys.readouterr().err


def test_the_best_of_a_source_is_used_by_earlier_stages_in_part(tokenized: Path) -> None:
    """Three of four passes by all of law leave one pass for its better half, which a stage may take."""
    plan = mixed(
        tokenized,
        {"name": "adapt", "tokens": 1200, "mix": {"law": 1}},
        {"name": "anneal", "tokens": 200, "mix": {"law": 1}, "best": 0.5},
    )
    assert (plan["adapt"]["law"]["tokens"], plan["anneal"]["law"]["tokens"]) == (1200, 200)


def test_a_shortfall_may_stop(tokenized: Path) -> None:
    stage = {"name": "adapt", "tokens": 4000, "mix": {"law": 0.7, "web": 0.3}}
    with pytest.raises(RewarmError, match=r"law 1,600 of 2,800"):
        mixed(tokenized, stage, shortfall="stop")


def test_what_stages_before_have_used_up_is_given_by_the_others(
    tokenized: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mix = {"law": 0.5, "web": 0.5}
    adapt = {"name": "adapt", "tokens": 4000, "mix": mix}
    plan = mixed(tokenized, adapt, {"name": "anneal", "tokens": 1000, "mix": mix}, shortfall="fill")
    assert plan["adapt"]["law"]["epochs"] == 4 and plan["anneal"]["law"]["tokens"] == 0
    assert plan["anneal"]["web"]["tokens"] == 1000
    assert "stage anneal: 1,000 of 1,000 tokens (law 0 of 500)" in capsys.readouterr().err
    more = {"name": "anneal", "tokens": 1000, "mix": mix, "max_epochs": 8}
    assert mixed(tokenized, adapt, more, into="more", shortfall="fill")["anneal"]["law"]["tokens"] == 500
    spent = {"name": "anneal", "tokens": 10, "mix": {"law": 1}}
    with pytest.raises(RewarmError, match=r"stages\.anneal\.max_epochs: law was used 4 times"):
        mixed(tokenized, adapt, spent, into="spent", shortfall="fill")


def test_passes_count_over_stages_fractions_too(tokenized: Path) -> None:
    stages = [{"name": name, "tokens": 4000, "mix": {"law": 1}, "max_epochs": 1.5} for name in ("a", "b")]
    with pytest.raises(RewarmError, match=r"stages\.b\.max_epochs"):
        mixed(tokenized, *stages, shortfall="fill")
    plan = mixed(tokenized, *stages, into="shrunk")
    assert plan["a"]["law"]["epochs"] + plan["b"]["law"]["epochs"] == pytest.approx(1.5)
    stages[0]["tokens"] = 400
    plan = mixed(tokenized, *stages, into="half", shortfall="fill")
    assert (plan["a"]["law"]["epochs"], plan["b"]["law"]["epochs"]) == (1, 0.5)


def test_what_stands_beside_a_source_changes_nothing_of_its_draw(tokenized: Path) -> None:
    def laws(mix: dict[str, float], into: str) -> list[int]:
        mixed(tokenized, {"name": "adapt", "tokens": 200, "mix": mix}, into=into)
        return [row for row in drawn(tokenized, "adapt", into) if row < 40]

    one, two = laws({"law": 0.5, "web": 0.5}, "one"), laws({"web": 0.5, "law": 0.5}, "two")
    assert one == two and len(one) == 10


def test_rows_and_the_plan_say_what_is_drawn(tokenized: Path) -> None:
    plan = mixed(tokenized, {"name": "adapt", "tokens": 950, "mix": {"law": 0.9, "web": 0.1}})
    rows = pq.read_table(tokenized / "mix/adapt.parquet").to_pylist()
    assert sum(row["tokens"] for row in rows) == 950
    for row in rows:
        assert row["leaf"] == int(numbers([row["id"]])[0] >= 40)
        assert row["tokens"] + row["cropped"] == SIZE
    # 855 tokens of law are its 40 documents twice, and six of them a third time, the last one cut.
    law = [row for row in rows if row["leaf"] == 0]
    assert [row["cropped"] for row in law] == [0] * 85 + [5]
    assert [row["repeat"] for row in law] == [0] * 40 + [1] * 40 + [2] * 6
    assert plan["adapt"]["law"] == {
        "planned_share": 0.9, "planned_tokens": 855, "tokens": 855, "documents": 40, "epochs": 855 / 400,
        "available": 400, "leaves": [0], "max_epochs": 4, "median_quality": None,
    }  # fmt: skip
    assert plan["adapt"]["web"]["documents"] == 10 and plan["adapt"]["web"]["epochs"] == 95 / 4000


def test_documents_that_are_used_again_stand_in_the_ledger(tokenized: Path) -> None:
    stages = [{"name": name, "tokens": 450, "mix": {"law": 1}} for name in ("a", "b")]
    mixed(tokenized, *stages)
    rows = pq.read_table(tokenized / "mix/ledger/00000.parquet").to_pylist()
    uses = {row["id"]: row["score"] for row in rows}
    drawn_rows = [row for name in ("a", "b") for row in drawn(tokenized, name)]
    assert uses == {
        identity(row): drawn_rows.count(row) for row in set(drawn_rows) if drawn_rows.count(row) > 1
    }
    assert {(row["source"], row["step"], row["verdict"], row["reason"]) for row in rows} == {
        ("law", "mix", "repeat", "epochs")
    }


def test_counts_say_what_was_drawn_and_repeated(tokenized: Path) -> None:
    stage = {"name": "adapt", "tokens": 455, "mix": {"law": 1, "web": 0}}
    counts = run(work_of(tokenized, [stage], "mix"))
    assert counts == {
        "adapt.tokens": 455, "adapt.cropped": 5, "leaves": 2, "documents": 440, "drawn": 40, "repeated": 6,
    }  # fmt: skip


def test_held_out_documents_and_empty_sources_are_not_drawn(tokenized: Path) -> None:
    path = tokenized / "tokens/00000.arrow"
    table = pa.ipc.open_file(path.read_bytes()).read_all()

    def hold_out(stop: int) -> None:
        column = pa.array([row < stop for row in range(440)])
        with pa.ipc.new_file(str(path), SCHEMA) as writer:
            writer.write_table(table.set_column(2, "heldout", column))
        token_table._open.cache_clear()

    hold_out(39)
    mixed(tokenized, {"name": "adapt", "tokens": 40, "mix": {"law": 1}})
    assert set(drawn(tokenized, "adapt")) == {39}
    hold_out(40)
    with pytest.raises(RewarmError, match=r"stages\.adapt\.mix: no training documents left of law; see"):
        mixed(tokenized, {"name": "adapt", "tokens": 40, "mix": {"law": 1}}, into="none")
    mixed(tokenized, {"name": "adapt", "tokens": 40, "mix": {"law": 0, "web": 1}}, into="web")
    assert min(drawn(tokenized, "adapt", "web")) >= 40
    token_table._open.cache_clear()


def test_a_little_too_little_is_rounding(tokenized: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mixed(tokenized, {"name": "adapt", "tokens": 1616, "mix": {"law": 1}})
    assert capsys.readouterr().err == ""
    mixed(tokenized, {"name": "adapt", "tokens": 1617, "mix": {"law": 1}}, into="more")
    assert capsys.readouterr().err == (
        "mix       stage adapt: 1,600 of 1,617 tokens (law 1,600 of 1,617); mix.shortfall: shrink\n"
    )


def labelled(folder: Path) -> list[dict[str, Any]]:
    """Every fourth document of web is Chinese, by its own label; sources for `mixed`."""
    rows = [(identity(number), {"language": "zh"}) for number in range(40, 440, 4)]
    labels.write(folder / "labels/00000.parquet", rows, ["language"])
    return [
        {"source": "law", "labels": {"task": "domain", "language": "zh"}, "attributes": {}},
        {"source": "web", "labels": {"task": "general", "language": "en"}, "attributes": {}},
    ]


def test_a_mix_selects_by_labels_over_sources(tokenized: Path) -> None:
    sources = labelled(tokenized)
    mix = {"language=zh,task=general": 0.25, "language=zh,task=domain": 0.25, "language=en": 0.5}
    plan = mixed(
        tokenized, {"name": "adapt", "tokens": 1000, "mix": mix}, sources=sources, axes=["task", "language"]
    )
    chosen = drawn(tokenized, "adapt")
    assert sum(one < 40 for one in chosen) == 25
    assert sum(one >= 40 and one % 4 == 0 for one in chosen) == 25
    assert sum(one >= 40 and one % 4 != 0 for one in chosen) == 50
    known = {leaf.number: leaf for leaf in leaves.read(tokenized / "mix/leaves.json")}
    for entry, row in plan["adapt"].items():
        (number,) = row["leaves"]
        assert row["tokens"] == 1000 * mix[entry]
        assert all(known[number].value(axis) == value for axis, value in selectors.parse(entry).items())
    rows = pq.read_table(tokenized / "mix/leaf_of/00000.parquet").to_pylist()
    assert [row["id"] for row in rows] == [identity(number) for number in range(440)]
    assert {known[row["leaf"]].value("language") for row in rows[40::4]} == {"zh"}


def test_every_shard_and_the_held_out_documents_have_their_leaves(tmp_path: Path) -> None:
    """Three shards of law and web in turn; the labels and the attributes of each shard are its own."""
    (tmp_path / "attributes").mkdir()
    for shard in range(3):
        names = [identity(100 * shard + row) for row in range(20)]
        write_tokens(
            tmp_path / "tokens", [np.arange(SIZE, dtype=np.uint32)] * 20, shard, 100 * shard,
            source=["law", "web"] * 10, heldout=[row < 4 for row in range(20)],
        )  # fmt: skip
        own = [(name, {"language": "fr"}) for name in names[:: shard + 2]]
        labels.write(tmp_path / f"labels/{shard:05}.parquet", own, ["language"])
        scores = pa.table({"id": names, "quality": [float(shard)] * 20})
        pq.write_table(scores, tmp_path / f"attributes/{shard:05}.parquet")
    sources: list[dict[str, Any]] = [
        {"source": name, "labels": {"language": "en"}, "attributes": {}} for name in SOURCES
    ]
    stage = {"name": "adapt", "tokens": 160, "mix": {"law": 0.5, "web": 0.5}, "best": 1 / 3}
    mixed(tmp_path, stage, sources=sources, axes=["language"])
    assert {one // 100 for one in drawn(tmp_path, "adapt")} == {2}, "the best of both are in the last shard"
    known = {leaf.number: leaf for leaf in leaves.read(tmp_path / "mix/leaves.json")}
    for folder, wanted in (("leaf_of", range(4, 20)), ("heldout_leaf_of", range(4))):
        rows = pa.concat_tables(
            pq.read_table(path) for path in sorted((tmp_path / "mix" / folder).iterdir())
        ).to_pylist()
        assert numbers(row["id"] for row in rows if int(row["id"], 16) % 100 in wanted) == [
            100 * shard + row for shard in range(3) for row in wanted
        ]
        for row in rows:
            shard, place = divmod(int(row["id"], 16), 100)
            leaf = known[row["leaf"]]
            assert leaf.source == SOURCES[place % 2]
            assert leaf.labels == {"language": "fr" if place % (shard + 2) == 0 else "en"}


def test_sources_that_the_mix_leaves_out_are_not_drawn_by_their_labels(tokenized: Path) -> None:
    sources = [{"source": name, "labels": {"task": "general"}, "attributes": {}} for name in SOURCES]
    stages = [{"name": name, "tokens": 2000, "mix": {"task=general": 1}} for name in ("adapt", "anneal")]
    changes = {"sources": sources, "axes": ["task"]}
    run(work_of(tokenized, stages, "all", **changes))
    run(work_of(tokenized, stages, "less", without=["law"], **changes))
    for name in ("adapt", "anneal"):
        assert min(drawn(tokenized, name, "all")) < 40 <= min(drawn(tokenized, name, "less"))
    # They keep their leaves, by which their held-out documents are measured.
    known = [leaves.read(tokenized / step / "leaves.json") for step in ("all", "less")]
    assert known[0] == known[1] and len(known[0]) == 2


def test_what_a_mix_names_and_nobody_has_is_told_with_what_there_is(tokenized: Path) -> None:
    sources = labelled(tokenized)
    given = {"sources": sources, "axes": ["task", "language"]}
    with pytest.raises(
        RewarmError, match=r"no document is language=fr; documents by language: en \(300\), zh \(140\)"
    ):
        mixed(tokenized, {"name": "adapt", "tokens": 100, "mix": {"language=fr": 1}}, **given)
    mix = {"language=zh": 0.5, "law": 0.5}
    with pytest.raises(RewarmError, match=r"language=zh and law both select documents of law \(task: domain"):
        mixed(tokenized, {"name": "adapt", "tokens": 100, "mix": mix}, into="twice", **given)


def test_the_best_of_an_entry_go_by_the_attribute_quality(tokenized: Path) -> None:
    """Of law, whose better half is the even documents; web has no such attribute."""
    (tokenized / "attributes").mkdir()
    scores = pa.table(
        {"id": [identity(row) for row in range(39, -1, -1)], "quality": [row % 2 for row in range(40)]}
    )
    pq.write_table(scores, tokenized / "attributes/00000.parquet")
    mixed(tokenized, {"name": "adapt", "tokens": 200, "mix": {"law": 1}, "best": 0.5})
    assert set(drawn(tokenized, "adapt")) == set(range(0, 40, 2))


def test_neither_files_nor_other_documents_change_a_draw(tokenized: Path, tmp_path: Path) -> None:
    """The same documents in three files, in another order, with 100 new ones: those drawn before are drawn
    again, but for what the new ones take."""
    stage = {"name": "adapt", "tokens": 1000, "mix": {"web": 1}}
    mixed(tokenized, stage)
    before = set(drawn(tokenized, "adapt"))
    other = tmp_path / "other"
    tokens = [np.arange(SIZE, dtype=np.uint32)] * 200
    for shard, first in enumerate((340, 140, 40)):
        write_tokens(
            other / "tokens",
            tokens[: 200 if first != 40 else 100],
            shard,
            first,
            source=["web"] * (200 if first != 40 else 100),
        )
    mixed(other, stage)
    after = set(drawn(other, "adapt"))
    assert {one for one in after if one < 440} <= before and len(after) == 100
    assert len(after - before) == sum(one >= 440 for one in after) > 5


def test_readable_but_dirty_text_is_for_the_first_stage_alone(tokenized: Path) -> None:
    (tokenized / "attributes").mkdir()
    ways = ["first_stage" if row % 2 else "documents" for row in range(440)]
    routed = pa.table({"id": [identity(row) for row in range(440)], "route": ways})
    pq.write_table(routed, tokenized / "attributes/00000.parquet")
    stages = [{"name": name, "tokens": 400, "mix": {"law": 1}} for name in ("adapt", "anneal")]
    mixed(tokenized, *stages)
    assert {one % 2 for one in drawn(tokenized, "adapt")} == {0, 1}
    assert {one % 2 for one in drawn(tokenized, "anneal")} == {0}
