"""The static import graph: no cycle within `train/`, and `guard/` stands apart from the loop."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import rewarm

ROOT = Path(rewarm.__file__).parent
# Of the corpus, what training reads; then its own log and incidents, whose schemas are there.
READ = {
    f"rewarm.corpus.tables.{name}" for name in ("blocks", "heldout", "metrics", "incidents", "incident_words")
}


def module_of(path: Path) -> str:
    name = ".".join(("rewarm", *path.relative_to(ROOT).with_suffix("").parts))
    return name.removesuffix(".__init__")


class Imports(ast.NodeVisitor):
    """Modules of rewarm that a file imports, in functions too; not those for type checkers only."""

    def __init__(self, known: set[str]) -> None:
        self.known, self.modules = known, set[str]()

    def visit_Import(self, node: ast.Import) -> None:
        self.modules |= {alias.name for alias in node.names} & self.known

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            # `from package import name` reads the package only where the name is no module.
            names = {f"{node.module}.{alias.name}", str(node.module)}
            self.modules |= {max(names & self.known, key=len)} if names & self.known else set()

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) != "TYPE_CHECKING":
            self.generic_visit(node)


@pytest.fixture(scope="module")
def graph() -> dict[str, set[str]]:
    files = {module_of(path): path for path in sorted(ROOT.rglob("*.py"))}
    imports = {}
    for name, path in files.items():
        visitor = Imports(set(files) - {name, "rewarm"})
        visitor.visit(ast.parse(path.read_text()))
        imports[name] = visitor.modules
    return imports


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


def test_the_package_has_no_cycle(graph: dict[str, set[str]]) -> None:
    assert cycle(graph, "rewarm.") == []


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
