"""The board and the report of a long training: seconds to the first chart and of a zoom, size of the report.

    make bench NAME=board

Makes the log of a training under way: 100,000 updates of 64 sources, with one update in each of 8 sources
whose loss is 3 nats higher. A browser opens the channel losses of a board that has just started, cold each
time; the time runs from the request to the drawn chart. Zooms are in and out by keyboard, from the key to the
drawn chart. The report is a static file; the spikes that it shows are counted. Needs Chromium on the PATH, or
in CHROMIUM.
"""

import argparse
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from support import result_table
from support.smoke import SMOKE

from rewarm.board.access import Access
from rewarm.board.folder import RunFolder
from rewarm.board.server import Board
from rewarm.corpus.tables import metrics, run_record
from rewarm.corpus.tables.run_record import RunRecord
from rewarm.report import page as report
from rewarm.runs.run import Run

UPDATES, SOURCES, SPIKES, SEALED = (2_000, 64, 8, 500) if SMOKE else (100_000, 64, 8, 2_500)
REPEATS, ZOOMS = (1, 4) if SMOKE else (3, 8)
FIRST_CHART, ZOOM, FILE = 2.0, 0.2, 5.0  # bars: seconds, seconds, MB
PATIENCE = 300_000  # ms: on a busy machine a slow figure says more than none
SHOWN = "document.getElementById('main')?.dataset.shown === location.hash"
DRAWN = f"document.querySelector('.chart canvas') && {SHOWN}"
LOSSES = "#view=loss&run=long&axis=source&smooth=1"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    result_table.smoke_option(parser)
    parser.parse_args()
    row = result_table.row
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        spikes = training(Path(folder) / "long")
        if program := chromium():
            opened, zoomed = browsed(Path(folder), program)
            name = f"first chart, {UPDATES:,} updates, {SOURCES} channels, s"
            rows = [
                row(name, median(opened.wall), FIRST_CHART, at_most=True),
                row("the same, CPU-seconds of board and browser", median(opened.cpu)),
                row("zoom, s", median(zoomed.wall), ZOOM, at_most=True),
                row("the same, CPU-seconds of board and browser", median(zoomed.cpu)),
            ]
        began = time.monotonic()
        path = report.render(Run(Path(folder) / "long"))
        took = time.monotonic() - began
        drawn = re.findall(r"source\d+ update (\d+):", path.read_text().replace(",", ""))
        size = path.stat().st_size / 1e6
    shown = spikes.intersection(map(int, drawn))
    rows += [
        row("report, MB", size, FILE, at_most=True),
        row("planted spikes in the report", len(shown) / len(spikes), 1.0, judged=True),
        row("writing the report, s", took),
    ]
    result_table.table("board", rows)


def chromium() -> str | None:
    """The browser's program; None, and a line that says so, where it or playwright is not installed."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if program is None:
        print("browser: left out, Chromium is not on the PATH: install it, or name it in CHROMIUM")
    return program if result_table.installed([("browser", "playwright")]) else None


def training(folder: Path) -> set[int]:
    """The directory of a training with its log in sealed parts; returns the updates with a spike."""
    rng = np.random.default_rng(0)
    steps = {name: folder / f"steps/{name}-0123456789ab" for name in ("mix", "train")}
    steps["train"] = steps["train"].with_suffix(".partial")
    for name, path in steps.items():
        path.mkdir(parents=True)
        (path / "_manifest.json").write_text(json.dumps({"step": name}))
    leaves: list[dict[str, Any]] = [
        {"leaf": at, "source": f"source{at}", "labels": {"task": "domain" if at == 0 else "general"}}
        for at in range(SOURCES)
    ]
    (steps["mix"] / "leaves.json").write_text(json.dumps(leaves))
    (steps["train"] / "_metrics").mkdir()
    # Far apart: one window of the report shows its highest.
    spikes = {(2 * at + 1) * UPDATES // (2 * SPIKES): at for at in range(SPIKES)}
    for first in range(0, UPDATES, SEALED):
        path = steps["train"] / f"_metrics/{first:09}.parquet"
        pq.write_table(_part(first, spikes, rng), path)
    known = {
        "model": "base", "train": {"batch_tokens": 8, "lora": None, "freeze": []},
        "stages": [{"name": "adapt", "max_epochs": "auto"}], "evaluate": {},
        "sources": [{"name": leaf["source"], "labels": leaf["labels"]} for leaf in leaves],
    }  # fmt: skip
    (folder / "recipe.yaml").write_text(json.dumps(known))
    record = RunRecord(name="long", started="2026-11-01T10:00:00Z", steps={"mix": steps["mix"].name})
    run_record.write(folder / "run.json", record)
    return set(spikes)


def _part(first: int, spikes: dict[int, int], rng: np.random.Generator) -> pa.Table:
    """`SEALED` updates of the log. spikes: update → source."""
    updates = np.arange(first, first + SEALED)
    tokens = rng.integers(100, 900, (SEALED, SOURCES)).astype(float)
    level = 3 - 0.5 * updates[:, None] / UPDATES - 0.01 * np.arange(SOURCES)
    loss = level + rng.normal(0, 0.1, (SEALED, SOURCES))
    for update, source in spikes.items():
        if first <= update < first + SEALED:
            loss[update - first, source] += 3
    nats, whole = tokens * loss, tokens.sum(1)
    offsets = pa.array(np.arange(SEALED + 1, dtype=np.int32) * SOURCES)
    flat = {
        "leaf_leaf": np.tile(np.arange(SOURCES), SEALED), "leaf_nats": nats.ravel(),
        "leaf_tokens": tokens.ravel(), "leaf_bytes": 4 * tokens.ravel(),
    }  # fmt: skip
    columns: dict[str, Any] = {
        "update": updates, "stage": ["adapt"] * SEALED, "rate": np.full(SEALED, 1e-4),
        "loss": nats.sum(1) / whole, "grad_norm": 1 + rng.random(SEALED), "tokens": whole.astype(np.int64),
        "seconds": np.ones(SEALED), "first_sequence": updates, "sequences": np.ones(SEALED, np.int64),
        "data_seconds": np.full(SEALED, 0.1), "peak_memory": np.full(SEALED, 3e9).astype(np.int64),
    }  # fmt: skip
    arrays = []
    for field in metrics.PART:
        if field.name in flat:
            values = pa.array(flat[field.name]).cast(field.type.value_type)
            arrays.append(pa.ListArray.from_arrays(offsets, values).cast(field.type))
        else:
            arrays.append(pa.array(columns[field.name]).cast(field.type))
    return pa.Table.from_arrays(arrays, schema=metrics.PART)


class Seconds:
    """Wall and CPU seconds of what happened inside `with`, of this process and the browser's together. On a
    busy machine only the second says what the work costs."""

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.cpu: list[float] = []

    def __enter__(self) -> None:
        self._began = (time.monotonic(), _cpu_seconds())

    def __exit__(self, *_: object) -> None:
        self.wall.append(time.monotonic() - self._began[0])
        self.cpu.append(_cpu_seconds() - self._began[1])


def _cpu_seconds() -> float:
    own = psutil.Process()
    used = 0.0
    for process in (own, *own.children(recursive=True)):
        with suppress(psutil.Error):
            times = process.cpu_times()
            used += times.user + times.system
    return used


def browsed(folder: Path, program: str) -> tuple[Seconds, Seconds]:
    """Of the first chart, of a new board each, and of zooms."""
    from playwright.sync_api import sync_playwright

    opened, zoomed = Seconds(), Seconds()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for _ in range(REPEATS):
            with serving(folder) as board, browser.new_context() as context:
                page = context.new_page()
                page.set_default_timeout(PATIENCE)
                base = f"http://127.0.0.1:{board.server_address[1]}/"
                page.goto(f"{base}?token={board.access.token}")
                page.wait_for_function(f"() => {SHOWN}")
                page.goto("about:blank")
                with opened:
                    page.goto(f"{base}{LOSSES}")
                    page.wait_for_function(f"() => {DRAWN}")
        with serving(folder) as board, browser.new_context() as context:
            page = context.new_page()
            page.set_default_timeout(PATIENCE)
            page.goto(f"http://127.0.0.1:{board.server_address[1]}/?token={board.access.token}")
            page.wait_for_function(f"() => {SHOWN}")
            page.evaluate("(hash) => { location.hash = hash; }", LOSSES)
            page.wait_for_function(f"() => {DRAWN}")
            page.focus(".chart")
            for at in range(ZOOMS):
                before = page.evaluate("location.hash")
                with zoomed:
                    page.keyboard.press("+" if at % 8 < 4 else "-")
                    page.wait_for_function(f"(old) => location.hash !== old && {SHOWN}", arg=before)
        browser.close()
    return opened, zoomed


@contextmanager
def serving(folder: Path) -> Iterator[Board]:
    """A board that has read nothing yet, in a thread of this process."""
    board = Board(RunFolder(folder), Access())
    thread = Thread(target=board.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield board
    finally:
        board.shutdown()
        board.server_close()
        thread.join()


if __name__ == "__main__":
    main()
