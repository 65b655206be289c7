"""One run of the step on shards as `redact` and `holdout` leave them."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from scripted_server import ScriptedServer
from shards import write_documents

from rewarm.data.synthesize import step
from rewarm.data.synthesize.declaration import without_how
from rewarm.engine.work import Work
from rewarm.recipe import Synthesize


class Run:
    """One run of the step in a folder of its own; server: the teacher; counts, folder: what it gave."""

    def __init__(self, folder: Path) -> None:
        self.place = folder
        self.folder = folder / "run" / "steps" / "synthesize-0"
        self.server: ScriptedServer | None = None
        self.counts: dict[str, int] = {}
        self.benchmarks: list[tuple[dict[str, Any], Path]] = []

    def write(self, rows: list[dict[str, Any]], heldout: set[str] = frozenset(), number: int = 0) -> None:  # type: ignore[assignment]
        write_documents(self.place / "redact" / "documents", rows, number)
        split = self.place / "holdout" / "split"
        split.mkdir(parents=True, exist_ok=True)
        columns = {
            "id": pa.array([row["id"] for row in rows], pa.string()),
            "heldout": pa.array([row["id"] in heldout for row in rows], pa.bool_()),
            "text_hash": pa.array([0] * len(rows), pa.uint64()),
        }
        pq.write_table(pa.table(columns), split / f"{number:05}.parquet")

    def run(self, routed: bool = False, **settings: Any) -> dict[str, int]:
        """Run the step; settings of `synthesize` and, as `llm`, of its teacher."""
        assert self.server
        llm = {"url": self.server.url, "model": "teacher-7b", "cache": self.place / "cache", "backoff": 0.01}
        llm |= settings.pop("llm", {})
        plain, asked = without_how(Synthesize(enabled=True, teacher=llm, **settings))
        self.folder.mkdir(parents=True, exist_ok=True)
        tables = {
            "documents": [self.place / "redact" / "documents"],
            "split": [self.place / "holdout" / "split"],
            **({"routed": [self.place / "route" / "routed"]} if routed else {}),
        }
        plain["benchmarks"] = [benchmark for benchmark, _ in self.benchmarks]
        files = [[str(path)] for _, path in self.benchmarks]
        config = {
            "synthesize": plain, "sources": ["s"], "seed": 0, "teacher": asked, "benchmark_files": files,
        }  # fmt: skip
        self.counts = step.run(Work("synthesize", self.folder, config, tables=tables))
        return self.counts

    def rows(self, table: str) -> list[dict[str, Any]]:
        found = sorted((self.folder / table).glob("*.parquet"))
        return [row for path in found for row in pq.read_table(path).to_pylist()]

    def made(self) -> list[dict[str, Any]]:
        """The synthetic documents."""
        return [row for row in self.rows("documents") if '"synthetic"' in row["meta"]]

    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "summary.json").read_text())
        return found
