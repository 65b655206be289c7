"""The sides: rewarm's step, and what reads JSON lines elsewhere and writes a table of them.

datatrove     JsonlReader to ParquetWriter, one task
datasets      load_dataset("json"), which writes Arrow files into its cache
"""

import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

Side = Callable[[Path, Path], dict[str, Any]]


def collect(source: Path, out: Path) -> dict[str, Any]:
    """The step over one file or folder. Resumes what is in `out`."""
    from rewarm.data.collect.step import run
    from rewarm.engine.work import Work
    from rewarm.recipe import Collect, Source

    given = Source(name="large", path=source).model_dump(mode="json")
    counts = run(Work("collect", out, {"sources": [given], "collect": Collect().model_dump(mode="json")}))
    return {name: counts[name] for name in ("documents", "faults", "bytes")}


def datatrove(source: Path, out: Path) -> dict[str, Any]:
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import ParquetWriter

    pipeline = [
        JsonlReader(str(source.parent), glob_pattern=source.name),
        ParquetWriter(str(out / "documents"), compression="zstd"),
    ]
    LocalPipelineExecutor(pipeline, tasks=1, workers=1, logging_dir=str(out / "logs")).run()
    return {}


def datasets(source: Path, out: Path) -> dict[str, Any]:
    from datasets import load_dataset

    found = load_dataset("json", data_files=str(source), cache_dir=str(out), split="train")
    return {"documents": len(found)}


SIDES: dict[str, Side] = {"collect": collect, "datatrove": datatrove, "datasets": datasets}


def cpu_seconds() -> float:
    """Of this process and of those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
