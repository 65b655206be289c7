"""The list of steps holds together, and what each reads follows from its place."""

from dataclasses import replace
from importlib import import_module
from typing import get_args

import pytest

from rewarm.corpus.tables import ledger
from rewarm.corpus.tables.catalogue import ATTRIBUTES, DOCUMENTS, MODEL
from rewarm.engine.step import Step, Table, Verdict
from rewarm.pipeline.step_list import STEPS, Linked, link, until
from rewarm.recipe import Recipe


def step(name: str, reads: tuple[Table, ...] = (), writes: tuple[Table, ...] = ()) -> Step:
    return Step(name, f"nowhere.{name}:run", reads=reads, writes=writes)


def names(linked: tuple[Linked, ...]) -> dict[str, list[str]]:
    return {one.step.name: [read.name for read in one.reads] for one in linked}


@pytest.mark.parametrize("linked", STEPS, ids=lambda linked: linked.step.name)
def test_a_declaration_holds(linked: Linked) -> None:
    module, function = linked.step.run.split(":")
    assert callable(getattr(import_module(module), function))
    if linked.step.settings is not None:
        assert Recipe.model_fields[linked.step.name].annotation is linked.step.settings


def test_verdicts_are_those_of_the_ledger() -> None:
    assert get_args(Verdict) == get_args(ledger.Verdict.__annotations__["verdict"])


def test_an_inserted_step_is_read_by_the_next_and_edits_no_neighbour() -> None:
    first, last = step("first", writes=(DOCUMENTS,)), step("last", reads=(DOCUMENTS,))
    assert names(link([first, last]))["last"] == ["first/documents"]
    between = step("between", reads=(DOCUMENTS,), writes=(DOCUMENTS,))
    found = names(link([first, between, last]))
    assert found["between"] == ["first/documents"] and found["last"] == ["between/documents"]


def test_attributes_come_from_all_steps_before() -> None:
    one, two = step("one", writes=(ATTRIBUTES.of("length"),)), step("two", writes=(ATTRIBUTES.of("age"),))
    last, some = step("last", reads=(ATTRIBUTES,)), step("some", reads=(ATTRIBUTES.of("age"),))
    found = names(link([one, two, last, some, step("three", writes=(ATTRIBUTES.of("late"),))]))
    assert found["last"] == ["one/attributes", "two/attributes"] and found["some"] == ["two/attributes"]


def test_what_is_read_stands_in_the_order_of_the_run() -> None:
    late, both = step("late", writes=(MODEL,)), step("both", reads=(MODEL, ATTRIBUTES, DOCUMENTS))
    found = names(link([step("first", writes=(DOCUMENTS,)), late, both]))
    assert found["both"] == ["first/documents", "late/model"]


def test_a_table_that_nobody_wrote_may_be_optional() -> None:
    reader = step("reader", reads=(replace(DOCUMENTS, optional=True),))
    assert names(link([reader]))["reader"] == []
    assert names(link([step("first", writes=(DOCUMENTS,)), reader]))["reader"] == ["first/documents"]


def test_the_base_model_is_read_until_a_step_writes_a_model() -> None:
    trained = step("train", reads=(MODEL,), writes=(MODEL,))
    found = names(link([trained, step("after", reads=(MODEL,))]))
    assert found == {"train": ["model"], "after": ["train/model"]}


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([step("a"), step("a")], "a: two steps have this name"),
        ([step("a", reads=(DOCUMENTS,))], "a: no step before it writes the table documents"),
        ([step("a", reads=(ATTRIBUTES.of("age"),))], r"a: no step before it writes attributes\.age"),
        (
            [step("a", writes=(ATTRIBUTES.of("age"),)), step("b", writes=(ATTRIBUTES.of("age", "length"),))],
            r"b and a both write attributes\.age",
        ),
    ],
)
def test_what_does_not_hold_together_is_refused(steps: list[Step], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        link(steps)


@pytest.mark.parametrize(
    ("table", "inside", "outside"),
    [
        (Table("documents", "documents"), "documents/00000.parquet", "documents.parquet"),
        (Table("plan", files=("*.parquet",)), "adapt.parquet", "ledger/00000.parquet"),
        (Table("blocks", files=("*/*.arrow", "manifest.json")), "adapt/00000.arrow", "adapt/x/0.arrow"),
        (Table("leaves", "leaves.json"), "leaves.json", "a/leaves.json"),
    ],
)
def test_files_of_a_table(table: Table, inside: str, outside: str) -> None:
    assert table.has(inside) and not table.has(outside)


def test_until_a_step_that_a_run_lacks_stops_before_its_place() -> None:
    names = [one.step.name for one in STEPS if one.step.applies is None]
    assert until(names, "tokenize") == names.index("tokenize") + 1
    assert until(names, "vocabulary") == names.index("tokenize")
    assert until([*names[:2], "vocabulary"], "vocabulary") == 3
    assert until(names, "nothing") is None
