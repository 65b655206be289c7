"""Failed shards of a step: names, counts, and ledger rows of their documents.

Partial output of a dead worker is removed, so that every table of the step lacks the same shard.
Its documents get a row each in the step's ledger (`drop`, reason `shard.failed`), so that the funnel
still adds up; they are read in a separate process, because reading the file may be what kills it.
"""

import json
import re
import shutil
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from rewarm.corpus.tables import ledger
from rewarm.engine.interface import Counts, Failure, Unit
from rewarm.engine.processes import alone
from rewarm.engine.publish import writing

FOLDER = "_quarantine"
REASON = "shard.failed"
# A unit that wrote several shards numbers them behind its own number: 00007, 00007_0001.
_SHARD = re.compile(r"[0-9]{5}(_[0-9]{4})?")


def put(folder: Path, step: str, phase: str, index: int, unit: Unit, tries: int, reason: str) -> None:
    """Quarantine a unit of the step that writes in `folder`."""
    name = shard(unit, index)
    for path in [path for table in folder.iterdir() if _is_table(table) for path in table.glob(f"{name}.*")]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    read = files(unit)
    counted: Counts | Failure = {}
    tables = [file for file in read if file.endswith(".parquet")]
    if tables and ((folder / "ledger").is_dir() or Path(tables[0]).parent.name == "documents"):
        (folder / "ledger").mkdir(exist_ok=True)
        counted = alone(_account, (tables[0], str(folder / "ledger" / f"{name}.parquet"), step, reason))
    row = {
        "shard": name,
        "phase": phase,
        "files": read,
        "tries": tries,
        "reason": reason,
        "documents": counted.get("documents") if isinstance(counted, dict) else None,
    }
    (folder / FOLDER).mkdir(exist_ok=True)
    with writing(_place(folder, phase, index)) as aside:
        aside.write_text(json.dumps(row, ensure_ascii=False))


def lift(folder: Path, phase: str, index: int) -> None:
    """Forget that an earlier attempt quarantined this unit."""
    _place(folder, phase, index).unlink(missing_ok=True)


def rows(folder: Path) -> list[dict[str, Any]]:
    """The quarantined shards of a step's folder: shard, phase, files, tries, reason, documents (or None)."""
    return [json.loads(path.read_text()) for path in sorted((folder / FOLDER).glob("*.json"))]


def shard(unit: Unit, index: int) -> str:
    """The name of a unit's shard: that of the numbered file it reads or names, else its number, else its
    position."""
    stems = (Path(part).stem for part in unit if isinstance(part, str))
    numbers = (f"{part:05}" for part in unit if type(part) is int)
    named = (stem for stem in stems if _SHARD.fullmatch(stem))
    return next(chain(named, numbers, [f"{index:05}"]))


def files(unit: Unit) -> list[str]:
    """The files that a unit reads."""
    found, folders = [], []
    for part in unit:
        for item in part if isinstance(part, list) else part.values() if isinstance(part, dict) else [part]:
            place = getattr(item, "place", item)
            if not isinstance(place, str):
                continue
            if place is not item or Path(place).is_file():
                found.append(place)
            elif Path(place).is_dir():
                folders.append(place)
    # A step's folder and a shard's name: the documents of that shard, from the first that has them.
    beside = (Path(folder, "documents", f"{shard(unit, 0)}.parquet") for folder in folders)
    return found or [str(path) for path in beside if path.is_file()][:1]


def _place(folder: Path, phase: str, index: int) -> Path:
    return folder / FOLDER / f"{phase}-{index:05}.json"


def _is_table(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith("_")


def _account(source: str, target: str, step: str, reason: str) -> Counts:
    rows = pq.read_table(source, columns=["id", "source", "origin"])
    columns = {name: rows[name] for name in ("id", "source", "origin")}
    about = {"step": step, "verdict": "drop", "reason": REASON, "score": None, "threshold": None}
    part = ledger.table(**columns, **about, match=reason, excerpt=rows["origin"])
    ledger.write_tables(Path(target), [part])
    return {"documents": len(rows)}
