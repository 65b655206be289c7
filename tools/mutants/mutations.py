"""Small faults in a module's syntax tree, one at a time: what a test of the line should notice.

| fault | example |
|---|---|
| comparison | `<` to `<=`, `==` to `!=`, `in` to `not in` |
| boolean | `and` to `or`, `True` to `False`, a removed `not` |
| arithmetic | `+` to `-`, `*` to `/`, `%` to `*`, `&` to `\\|` |
| constant | a number plus or minus 1 |
| branch | the condition of an `if` or a conditional expression, negated |
| statement | a call, an assignment or a returned value, removed |

Annotations, docstrings, decorators and text are left alone.
"""

import ast
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.RShift: ast.LShift, ast.LShift: ast.RShift,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """line: of the fault; before, after: the changed piece; source: of the whole module."""

    line: int
    before: str
    after: str
    source: str


def count(source: str) -> int:
    """The number of mutants of a module."""
    return sum(1 for _ in _changes(ast.parse(source)))


def mutant(source: str, number: int) -> Mutant:
    """One of them, in the order of the syntax tree."""
    tree = ast.parse(source)
    node, field, position, new = next(itertools.islice(_changes(tree), number, None))
    old = getattr(node, field) if position is None else getattr(node, field)[position]
    before, line = ast.unparse(_shown(node, old)), getattr(old, "lineno", getattr(node, "lineno", 0))
    if position is None:
        setattr(node, field, new)
    else:
        getattr(node, field)[position] = new
    after = ast.unparse(ast.fix_missing_locations(_shown(node, new)))
    return Mutant(line, before, after, ast.unparse(ast.fix_missing_locations(tree)))


Change = tuple[ast.AST, str, int | None, ast.AST]


def _shown(node: ast.AST, piece: ast.AST) -> ast.AST:
    """An operator is shown within its expression."""
    return node if isinstance(piece, ast.cmpop | ast.operator | ast.boolop) else piece


def _changes(tree: ast.AST) -> Iterator[Change]:
    """Node, field, position in a list field, and what to put there."""
    for node in _code(tree):
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "decorator_list", "type_comment"):
                continue
            parts = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
            for position, part in parts:
                if isinstance(part, ast.AST):
                    yield from ((node, field, position, new) for new in _replacements(node, field, part))


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes in which faults are made, parents first."""
    if isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom):
        return
    yield node
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.AST):
                yield from _code(part)


def _replacements(parent: ast.AST, field: str, part: ast.AST) -> Iterator[ast.AST]:
    if type(part) in _COMPARISONS:
        yield _COMPARISONS[type(part)]()  # type: ignore[index]
    elif type(part) in _OPERATORS:
        yield _OPERATORS[type(part)]()  # type: ignore[index]
    elif isinstance(part, ast.And | ast.Or):
        yield ast.Or() if isinstance(part, ast.And) else ast.And()
    elif isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not):
        yield part.operand
    elif isinstance(part, ast.Constant):
        yield from _constants(part.value)
    elif _is_removable(parent, part):
        yield ast.Pass()
    elif isinstance(part, ast.Return) and part.value is not None and not _is_none(part.value):
        yield ast.Return(ast.Constant(None))
    if field == "test" and isinstance(parent, ast.If | ast.IfExp) and isinstance(part, ast.expr):
        yield ast.UnaryOp(ast.Not(), part)


def _constants(value: object) -> Iterator[ast.Constant]:
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        yield from (ast.Constant(value + 1), ast.Constant(value - 1))


def _is_removable(parent: ast.AST, part: ast.AST) -> bool:
    if isinstance(part, ast.Expr):
        return isinstance(part.value, ast.Call)
    return isinstance(part, ast.Assign | ast.AugAssign) and not isinstance(parent, ast.Module | ast.ClassDef)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
