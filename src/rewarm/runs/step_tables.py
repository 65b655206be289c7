"""What any step lets through, read from its tables alone: no step has code of its own for being counted.

`went_on` is the only function of the package that reads documents of a run, so it alone knows how steps
lay them out. A step that makes documents gives `documents`, one that decides about those of another gives
`keep`, the last gives tokens. What came in are the documents of the nearest input that has them, less
those that an input between did not keep. Everything is read shard by shard; memory holds one shard's
columns.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents, manifest, texts
from rewarm.corpus.tables.manifest import NAME as MANIFEST
from rewarm.corpus.tables.manifest import Manifest

# The folder of what a step decided or lost, where it is not `ledger`.
_LEDGERS = {"collect": "faults"}


@dataclass(frozen=True)
class StepFolder:
    """A published step. inputs: the steps that it read, in the order of the run."""

    name: str
    path: Path
    inputs: tuple["StepFolder", ...]

    @cached_property
    def manifest(self) -> Manifest:
        """`_manifest.json`."""
        return manifest.read(self.path)

    @property
    def decides(self) -> bool:
        """Whether it makes documents or decides about some."""
        return any((self.path / table).is_dir() for table in ("documents", "keep"))

    @cached_property
    def lost(self) -> frozenset[str]:
        """Names of the shards that it went on without, of which no table is there."""
        return frozenset(f"{row['shard']}.parquet" for row in self.manifest.quarantined)

    def shards(self) -> list[str]:
        """Names of its shards of documents or decisions, with those that it lost."""
        table = "keep" if (self.path / "keep").is_dir() else "documents"
        return sorted({*(shard.name for shard in documents.shards(self.path / table)), *self.lost})

    def ledgers(self) -> list[Path]:
        """The shards of its ledger, in order; none where it wrote none."""
        folder = self.path / _LEDGERS.get(self.name, "ledger")
        return documents.shards(folder) if folder.is_dir() else []

    def ledger(self, shard: str) -> pa.Table | None:
        """A shard of its ledger, or None."""
        path = self.path / _LEDGERS.get(self.name, "ledger") / shard
        return pq.read_table(path) if path.exists() else None

    def rows(self, table: str, identity: str) -> list[dict[str, Any]]:
        """The rows of a document in a table of this step, over all shards; none without the table."""
        folder = self.path / table
        found: list[dict[str, Any]] = []
        for shard in documents.shards(folder) if folder.is_dir() else []:
            found += pq.read_table(shard, filters=[("id", "=", identity)]).to_pylist()
        return found

    def verdicts(self, identity: str) -> list[dict[str, Any]]:
        """The rows of its ledger about a document."""
        return self.rows(_LEDGERS.get(self.name, "ledger"), identity)

    def json(self, name: str) -> dict[str, Any] | None:
        """A JSON file of its output, or None."""
        path = self.path / name
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def of_names(store: Path, names: dict[str, str]) -> dict[str, StepFolder]:
    """The complete ones of some steps, in their order. names: step → directory name in `store`."""
    found: dict[str, StepFolder] = {}
    for name, folder in names.items():
        if (store / folder / MANIFEST).exists():
            read = manifest.read(store / folder).producers
            inputs = tuple(found[other] for other in found if other in read)
            found[name] = StepFolder(name, store / folder, inputs)
    return found


def of_step(folder: Path) -> StepFolder:
    """A step's own directory; its inputs are those beside it with the tables that it read."""
    own = manifest.read(folder)
    inputs = []
    for name, read in own.producers.items():
        for beside in sorted(folder.absolute().parent.glob(f"{name}-*")):
            if (beside / MANIFEST).exists() and read.items() <= manifest.read(beside).tables.items():
                inputs.append(of_step(beside))
                break
    depth = {step.name: _depth(step) for step in inputs}
    return StepFolder(own.step, folder, tuple(sorted(inputs, key=lambda step: depth[step.name])))


def _depth(step: StepFolder) -> int:
    return 1 + max((_depth(before) for before in step.inputs), default=0)


def came_in(step: StepFolder, shard: str, columns: list[str]) -> pa.Table | None:
    """Rows of a shard of documents as they came to the step; None for a step that reads none."""
    giver = _giver(step)
    if giver is None or not (giver.path / "documents" / shard).exists():  # Lost by a step before.
        return None
    rows = _documents(giver, shard, columns)
    for between in step.inputs[step.inputs.index(giver) :]:
        rows = _kept(between, shard, rows)
    return rows


def went_on(step: StepFolder, shard: str, columns: list[str]) -> pa.Table | None:
    """Rows of a shard of documents as they left the step."""
    if shard in step.lost:
        rows = came_in(step, shard, columns)
        return None if rows is None else rows.slice(0, 0)
    if (step.path / "documents").is_dir():
        return _kept(step, shard, _documents(step, shard, columns))
    rows = came_in(step, shard, columns)
    return None if rows is None else _kept(step, shard, rows)


def chosen(
    step: StepFolder, which: Callable[[pa.ChunkedArray], pa.ChunkedArray], columns: list[str]
) -> Iterator[pa.Table]:
    """The documents that left the step and whose ids are chosen, a table a shard that has some.

    which: ids (string) → mask (bool), one for one. Other columns of a shard without any are not read.
    """
    for shard in step.shards():
        ids = went_on(step, shard, [])
        if ids is not None and pc.any(which(ids["id"])).as_py():
            rows = went_on(step, shard, columns)
            assert rows is not None
            yield rows.filter(which(rows["id"]))


def shown_masks(step: StepFolder, shard: str) -> pa.Table | None:
    """id and masks of a step that sets some without making documents, or None."""
    path = step.path / "keep" / shard
    if not path.exists() or "masks" not in pq.read_schema(path).names:
        return None
    return pq.read_table(path, columns=["id", "masks"])


def _documents(step: StepFolder, shard: str, columns: list[str]) -> pa.Table:
    return texts.read(step.path / "documents" / shard, list(dict.fromkeys(["id", *columns])))


def _giver(step: StepFolder) -> StepFolder | None:
    makers = [before for before in step.inputs if (before.path / "documents").is_dir()]
    return makers[-1] if makers else None


def _kept(step: StepFolder, shard: str, rows: pa.Table) -> pa.Table:
    """The rows that a step's `keep` lets through; all, where it has none."""
    path = step.path / "keep" / shard
    if not path.exists() or "keep" not in pq.read_schema(path).names:
        return rows
    decided = pq.read_table(path, columns=["id", "keep"])
    if decided["id"].equals(rows["id"]):
        return rows.filter(decided["keep"])
    return rows.filter(pc.is_in(rows["id"], decided.filter(decided["keep"])["id"].combine_chunks()))
