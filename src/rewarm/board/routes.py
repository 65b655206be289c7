"""What the page may ask for: a path under `api/` → JSON, or CSV for paths that end with `.csv`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

from rewarm.board import channels, comparison, csv_tables, documents, marks, operations, run_list, stamp
from rewarm.board.channel_curves import Unit
from rewarm.board.folder import RunFolder
from rewarm.board.query import BadQuery, NotThere, Query
from rewarm.board.run_view import State

_COMPARED = 8


@dataclass(frozen=True)
class Answer:
    """What a request is answered with. body: plain values for JSON, or pieces of CSV, made when it is called:
    a request that holds the same `tag` needs none."""

    tag: str
    body: Callable[[], Any]


def answer(folder: RunFolder, path: str, query: Query) -> Answer:
    """The answer to a path. Raises NotThere, BadQuery, RewarmError."""
    make = _ROUTES.get(path)
    if make is None:
        raise NotThere(f"{path}: the board has no such address")
    return make(folder, query)


def _runs(folder: RunFolder, _query: Query) -> Answer:
    rows = [run_list.row(name, folder.view(name)) for name in folder.names()]
    return Answer(stamp.joined(map(repr, rows)), lambda: {"root": str(folder.root), "runs": rows})


def _runs_csv(folder: RunFolder, query: Query) -> Answer:
    found = _runs(folder, query)
    columns = run_list.COLUMNS
    return Answer(
        found.tag,
        lambda: [csv_tables.text(columns, ([row[name] for name in columns] for row in found.body()["runs"]))],
    )


def _of_run(make: Callable[[State, Query], Any]) -> Callable[[RunFolder, Query], Answer]:
    """A route about one run."""

    def route(folder: RunFolder, query: Query) -> Answer:
        state = folder.view(query.text("run")).state
        return Answer(state.stamp, lambda: make(state, query))

    return route


def _range(query: Query) -> tuple[int | None, int | None]:
    first, last = query.number("from"), query.number("to")
    if first is not None and last is not None and first > last:
        raise BadQuery(f"from: {first} is after to: {last}")
    return first, last


def _unit(query: Query) -> Unit:
    return cast(Unit, query.choice("unit", ("bits", "nats")))


def _loss(state: State, query: Query) -> dict[str, Any]:
    curves = state.curves
    found = marks.plain(state.run, state.log)
    axes = channels.axes(state.run.leaves)
    axis = query.choice("axis", axes)
    if curves is None:
        return {**found, "axes": axes, "axis": axis, "x": [], "series": [], "updates": 0}
    smooth = query.number("smooth") or curves.auto()
    shown = curves.plain(axis, _unit(query), smooth, *_range(query))
    return {**found, **shown, "axes": axes, "axis": axis, "updates": len(curves.log.updates)}


def _loss_csv(state: State, query: Query) -> Iterable[str]:
    axis = query.choice("axis", channels.axes(state.run.leaves))
    first, last = _range(query)
    yield csv_tables.text(csv_tables.LOSS, [])
    if state.log:
        yield from csv_tables.loss(state.log, axis, first, last)


def _findings(folder: RunFolder, query: Query) -> Answer:
    found = folder.view(query.text("run")).findings
    return Answer(found.stamp, lambda: found.plain)


def _operations(state: State, query: Query) -> dict[str, Any]:
    return {**marks.plain(state.run, state.log), **operations.plain(state, *_range(query))}


def _operations_csv(state: State, query: Query) -> Iterable[str]:
    return csv_tables.operation(state.run, state.log, *_range(query)) if state.log else [""]


def _incident(state: State, query: Query) -> dict[str, Any]:
    number = query.number("number")
    if number is None:
        raise BadQuery("number: missing")
    return documents.incident(state.run, number)


def _document(state: State, query: Query) -> dict[str, Any]:
    return documents.document(state.run, query.text("id"))


def _compare(folder: RunFolder, query: Query) -> Answer:
    names = list(dict.fromkeys(query.all("run")))[:_COMPARED]
    states = {name: folder.view(name).state for name in names}
    leaves = [leaf for state in states.values() for leaf in state.run.leaves]
    axes = channels.axes(leaves)
    axis = query.choice("axis", axes)
    values = list(channels.rows(leaves, axis))
    value = query.text("value", values[0] if values else "")
    unit, smooth, (first, last) = _unit(query), query.number("smooth"), _range(query)

    def body() -> dict[str, Any]:
        found = comparison.plain(states, axis, value, unit, smooth, first, last)
        return {**found, "axes": axes, "axis": axis, "values": values, "value": value}

    return Answer(stamp.joined(state.stamp for state in states.values()), body)


def _compare_csv(folder: RunFolder, query: Query) -> Answer:
    names = list(dict.fromkeys(query.all("run")))[:_COMPARED]
    states = {name: folder.view(name).state for name in names}
    axis = query.text("axis", channels.OVERVIEW)
    first, last = _range(query)

    def pieces() -> Iterable[str]:
        yield csv_tables.text(("run", *csv_tables.LOSS), [])
        for name, state in states.items():
            if state.log:
                yield from csv_tables.loss(state.log, axis, first, last, name)

    return Answer(stamp.joined(state.stamp for state in states.values()), pieces)


_ROUTES: dict[str, Callable[[RunFolder, Query], Answer]] = {
    "runs": _runs,
    "runs.csv": _runs_csv,
    "loss": _of_run(_loss),
    "loss.csv": _of_run(_loss_csv),
    "findings": _findings,
    "operations": _of_run(_operations),
    "operations.csv": _of_run(_operations_csv),
    "incident": _of_run(_incident),
    "document": _of_run(_document),
    "compare": _compare,
    "compare.csv": _compare_csv,
}
