"""The static import graph: no cycle within `train/`, and `guard/` stands apart from the loop."""

from graphlib import CycleError, TopologicalSorter

import pytest

from rewarm.pipeline.import_closure import PACKAGE, Package

# Of the corpus, what training reads; then its own log and incidents, whose schemas are there.
READ = {
    f"rewarm.corpus.tables.{name}"
    for name in ("blocks", "heldout", "ids", "incident_words", "incidents", "leaves", "metrics")
}


@pytest.fixture(scope="module")
def graph() -> dict[str, set[str]]:
    """Module → modules that it imports, in functions too; without packages, which
    `tests/pipeline/test_import_rules.py` looks at with all else."""
    package = Package(PACKAGE)
    names = {file: name for name, file in package.modules.items() if not file.endswith("__init__.py")}
    return {
        name: {names[other] for other in package.imported(file) if other in names and other != file}
        for file, name in names.items()
    }


def cycle(graph: dict[str, set[str]], prefix: str) -> list[str]:
    inside = {
        name: {to for to in graph[name] if to.startswith(prefix)} for name in graph if name.startswith(prefix)
    }
    try:
        TopologicalSorter(inside).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_a_cycle_is_found() -> None:
    assert set(cycle({"a.x": {"a.y"}, "a.y": {"a.z"}, "a.z": {"a.x"}}, "a.")) == {"a.x", "a.y", "a.z"}


def test_the_graph_sees_imports_in_functions(graph: dict[str, set[str]]) -> None:
    assert "rewarm.train.distributed.tensor_parallel" in graph["rewarm.train.distributed.ranks"]
    assert "rewarm.train.guard.judge" in graph["rewarm.train.loop"]


def test_train_has_no_cycle(graph: dict[str, set[str]]) -> None:
    assert cycle(graph, "rewarm.train.") == []


def test_the_guard_imports_nothing_of_the_loop(graph: dict[str, set[str]]) -> None:
    allowed = ("rewarm.train.guard.", "rewarm.train.distributed.")
    for name, imports in graph.items():
        if name.startswith("rewarm.train.guard."):
            others = {to for to in imports if to.startswith("rewarm.train.") and not to.startswith(allowed)}
            assert not others, f"{name} imports {others}"


def test_train_reads_blocks_and_the_held_out_table_only(graph: dict[str, set[str]]) -> None:
    for name, imports in graph.items():
        if name.startswith("rewarm.train.") and not name.endswith(".declaration"):
            tables = {to for to in imports if to.startswith("rewarm.corpus.")}
            assert tables <= READ, name
