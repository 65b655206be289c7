"""A step's code is what its module imports, no more and no less."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from rewarm.pipeline import import_closure
from rewarm.pipeline.import_closure import NOT_FOLLOWED, PACKAGE, Package, imports

FILES = {
    "__init__.py": "from toy.unread import everything",
    "unread.py": "",
    "steps/__init__.py": '"""Steps."""\n',
    "steps/step.py": """
from typing import TYPE_CHECKING
from toy import errors
from toy.engine.work import Work
from toy.text.grams import (
    count,  # of characters
)
if TYPE_CHECKING:
    from toy.typed import Shape

    import toy.typed
def run(work):
    from toy.lazily import found
""",
    "typed.py": "",
    "lazily.py": "import toy.pii.names as names, os\n",
    "text/__init__.py": "",
    "text/grams/__init__.py": '"""Grams."""\nfrom toy.text.grams.count import count\n',
    "text/grams/count.py": "",
    "text/grams/unused.py": "",
    "pii/names.py": "",
    "pii/lists/family.txt": "Wang",
    "pii/other/more.py": "",
    "pii/other/more.txt": "of others",
    "engine/work.py": "from toy.unread import something",
    "trackers/wandb.py": "",
    "errors.py": "",
}
COUNTED = ["lazily.py", "pii/lists/family.txt", "pii/names.py", "steps/step.py", "text/grams/__init__.py",
           "text/grams/count.py"]  # fmt: skip


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "toy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "toy"


def test_what_counts(toy: Path) -> None:
    assert list(Package(toy).closure("toy.steps.step")) == COUNTED
    assert Package(toy).closure("elsewhere.step") == {}


@pytest.mark.parametrize("name", FILES)
def test_an_edit_changes_the_code_where_it_counts(toy: Path, name: str) -> None:
    before = Package(toy).closure("toy.steps.step")
    (toy / name).write_text(FILES[name] + "\n# edited")
    after = Package(toy).closure("toy.steps.step")
    # A package's file with more than a docstring counts.
    assert (after != before) == (name in (*COUNTED, "steps/__init__.py", "text/__init__.py"))


def test_the_pattern_finds_what_ast_finds_in_every_module() -> None:
    for file in PACKAGE.rglob("*.py"):
        text = file.read_text()
        assert set(imports(text, "rewarm")) == set(by_ast(text)), file


def by_ast(text: str) -> Iterator[str]:
    waiting: list[ast.AST] = [ast.parse(text)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
            continue
        waiting += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            found = [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (name for name in found if name.split(".")[0] == "rewarm")


def test_a_tracker_is_no_code_of_training_and_the_guard_is() -> None:
    code = import_closure.code("rewarm.train.step")
    assert not [file for file in code if file.startswith(("trackers/", "engine/", "recipe/"))]
    assert "train/guard/judge.py" in code and "model/linear_cross_entropy.py" in code


def test_lists_of_the_detectors_count_for_redact() -> None:
    assert "pii/lists/family_names.txt" in import_closure.code("rewarm.data.redact.step")


def test_what_is_not_followed_exists() -> None:
    assert [name for name in NOT_FOLLOWED if not (PACKAGE / name).exists()] == []
