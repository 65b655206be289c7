"""Which public functions lack in their docstring what a caller needs: `python tools/docstrings.py`.

Checked of every public function and method of the package, by its source:

| what | asked of |
|---|---|
| words | all but overrides of a documented method, properties and `__init__` of one line |
| shapes | arrays among arguments or result: dtype or shape stands in the docstring, or in that of its class |
| raises | a `raise` in the body that the function does not catch itself: `Raises` or the exception's name.
|        | Not asked of commands, whose docstring is the help that users read |

    --sample 50 --seed 1     a random sample, printed with docstrings: what a check cannot judge is read
    --list                   every function that fails, not only the share

Exit code 1 where fewer than 98 % comply.
"""

import argparse
import ast
import random
import re
import sys
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "src/rewarm"
ARRAY = re.compile(r"\b(ndarray|NDArray|Tensor|Array|ChunkedArray|Array\b)")
SHAPE = re.compile(r"\[[^\]]+\]|\b(u?int(8|16|32|64)|float(16|32|64)?|bool|str|V10|bytes)\b")
BAR = 0.98


@dataclass(frozen=True)
class Function:
    """A public function. lacks: what its docstring does not say."""

    place: str
    name: str
    signature: str
    docstring: str
    lacks: tuple[str, ...]


def functions() -> list[Function]:
    """All of them, in the order of files."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text())
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                about = ast.get_docstring(node) or ""
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                        found.append(_judged(path, inner, about, node))
            elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                found.append(_judged(path, node, ast.get_docstring(tree) or "", None))
    return found


def _judged(path: Path, node: ast.FunctionDef, around: str, owner: ast.ClassDef | None) -> Function:
    text = ast.get_docstring(node) or ""
    signature = f"{node.name}({ast.unparse(node.args)})"
    if node.returns is not None:
        signature += f" -> {ast.unparse(node.returns)}"
    plain = {ast.unparse(decorator) for decorator in node.decorator_list}
    excused = bool(owner and owner.bases) or bool(plain & {"property", "cached_property", "override"})
    lacks = []
    if not text and not excused and not (owner and len(node.body) == 1):
        lacks.append("words")
    if text and ARRAY.search(signature) and not SHAPE.search(text + around):
        lacks.append("shapes")
    is_command = any(re.match(r"(\w+\.)?command\b", decorator) for decorator in plain)
    raised = set() if is_command else _raised(node)
    if text and raised and "Raise" not in text and not any(name in text for name in raised):
        lacks.append(f"raises {', '.join(sorted(raised))}")
    where = f"{path.relative_to(PACKAGE.parent)}:{node.lineno}"
    name = f"{owner.name}.{node.name}" if owner else node.name
    return Function(where, name, signature, text, tuple(lacks))


def _raised(node: ast.FunctionDef) -> set[str]:
    """Exceptions that the body raises and does not catch; NotImplementedError says that a caller must write
    it."""
    found: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Raise) and inner.exc is not None:
            call = inner.exc.func if isinstance(inner.exc, ast.Call) else inner.exc
            found.add(ast.unparse(call).split(".")[-1])
    caught = {
        ast.unparse(handler.type).split(".")[-1]
        for inner in ast.walk(node)
        if isinstance(inner, ast.Try)
        for handler in inner.handlers
        if handler.type is not None
    }
    return {name for name in found - caught if name[:1].isupper()} - {"NotImplementedError", "AssertionError"}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--sample", type=int, default=0)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--list", action="store_true")
    given = options.parse_args()
    known = functions()
    if given.sample:
        for one in random.Random(given.seed).sample(known, min(given.sample, len(known))):
            print(f"{one.place}  {one.signature}\n    {one.docstring or '-'}")
            print(f"    lacks: {', '.join(one.lacks) or '-'}\n")
    failing = [one for one in known if one.lacks]
    if given.list:
        for one in failing:
            print(f"{one.place}  {one.name}: {', '.join(one.lacks)}")
    share = 1 - len(failing) / len(known)
    print(f"{len(known):,} public functions, {len(known) - len(failing):,} say what is asked ({share:.1%})")
    sys.exit(share < BAR)


if __name__ == "__main__":
    main()
