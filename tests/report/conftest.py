"""A small but complete run directory, as docs/formats.md describes it, and a variant of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rewarm.corpus.tables import ledger
from rewarm.corpus.tables.leaves import Leaf, write_shard
from rewarm.corpus.tables.ledger import Verdict
from rewarm.evaluate.channels import compare

HOSTILE = "<script>alert(1)</script>"
LEAVES: list[dict[str, Any]] = [
    {"leaf": 0, "source": "law", "labels": {"task": "domain", "language": "zh"}},
    {"leaf": 1, "source": "manuals", "labels": {"task": "general", "language": "en"}},
]
KNOWN = [Leaf(leaf["leaf"], leaf["source"], leaf["labels"]) for leaf in LEAVES]
STEPS = ("collect", "holdout", "clean", "dedupe", "tokenize", "mix", "baseline", "train", "evaluate")
STAGES = {"adapt": range(0, 20), "anneal": range(20, 30)}
_TOKENS = pa.schema([("id", pa.string()), ("source", pa.string()), ("heldout", pa.bool_())])


@dataclass
class Run:
    """Writes a run directory; every table can be looked up again or taken away."""

    folder: Path
    excerpt: str = f"第一条 {HOSTILE} \u202egnol\u202c \x1b[31mred"

    def step(self, name: str) -> Path:
        folder = self.folder / "steps" / f"{name}-0123456789ab"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def manifest(self, name: str, counts: dict[str, int]) -> None:
        text = json.dumps({"step": name, "counts": counts, "seconds": 75.0})
        (self.step(name) / "_manifest.json").write_text(text)

    def table(self, step: str, name: str) -> Any:
        return pq.read_table(self.step(step) / name)

    def write(self) -> "Run":
        self._documents()
        self._mix()
        self._metrics()
        self._evaluation({"domain": -0.1, "general": 0.002})
        steps = {
            name: self.step(name).name
            for name in STEPS
            if (self.folder / "steps" / f"{name}-0123456789ab").is_dir()
        }
        info = {
            "format": 4,
            "name": "statutes",
            "variant": None,
            "recipe_file": "recipe.yaml",
            "started": "2026-11-01T10:00:00Z",
            "finished": "2026-11-01T11:00:00Z",
            "seconds": 3600.0,
            "steps": steps,
            "versions": {"torch": "2.9.0", "python": "3.12.3"},
            "hardware": {"cpu": "test processor", "cores": 2},
        }
        (self.folder / "run.json").write_text(json.dumps(info))
        (self.folder / "recipe.yaml").write_text(_RECIPE)
        return self

    def _documents(self) -> None:
        self.manifest("collect", {"documents": 60, "documents.law": 40, "documents.manuals": 20, "faults": 1})
        self.manifest("holdout", {"documents": 60, "heldout": 9, "heldout.law": 5, "heldout.manuals": 4})
        fault = Verdict(
            "", "law", "collect", "drop", "parse.json", "law/a.jsonl:7", self.excerpt, match=HOSTILE
        )
        ledger.write(self.step("collect") / "faults" / "00000.parquet", [fault])
        short = [
            Verdict(f"{i:020x}", "law", "clean", "drop", "rules.min_chars", f"law/a.jsonl:{i}", self.excerpt)
            for i in range(5)
        ]
        edit = [
            Verdict(
                f"{9:020x}", "manuals", "clean", "edit", "unicode", "m.jsonl:9", "\u0627\u0644\u0633\u0644"
            )
        ]
        ledger.write(self.step("clean") / "ledger" / "00000.parquet", [*short[:2], *edit])
        ledger.write(self.step("clean") / "ledger" / "00001.parquet", short[2:])
        near = Verdict(
            f"{8:020x}",
            "manuals",
            "dedupe",
            "drop",
            "near_heldout",
            "m.jsonl:8",
            "a copy",
            0.75,
            0.6,
            f"{7:020x}",
        )
        ledger.write(self.step("dedupe") / "ledger" / "00000.parquet", [near])
        for name in ("clean", "dedupe", "tokenize"):
            self.manifest(name, {})
        rows = [
            {"id": f"{source}-{i}", "source": source, "heldout": i < held}
            for source, number, held in (("law", 35, 5), ("manuals", 19, 4))
            for i in range(number)
        ]
        folder = self.step("tokenize") / "tokens"
        folder.mkdir()
        with pa.OSFile(str(folder / "00000.arrow"), "wb") as sink, pa.ipc.new_file(sink, _TOKENS) as writer:
            writer.write_table(pa.Table.from_pylist(rows, schema=_TOKENS))

    def _mix(self) -> None:
        plan = {
            stage: {
                source: {
                    "planned_share": share,
                    "planned_tokens": round(20_000 * share),
                    "tokens": round(20_000 * share) - 3,
                    "documents": 10,
                    "epochs": 1.25,
                    "available": 50_000,
                    "leaves": [leaf["leaf"] for leaf in LEAVES if leaf["source"] == source],
                }
                for source, share in shares.items()
            }
            for stage, shares in {
                "adapt": {"law": 0.75, "manuals": 0.25},
                "anneal": {"law": 0.5, "manuals": 0.5},
            }.items()
        }
        (self.step("mix") / "plan.json").write_text(json.dumps(plan))
        (self.step("mix") / "leaves.json").write_text(json.dumps(LEAVES))
        for stage, first in (("adapt", 0), ("anneal", 5)):
            ids = [f"{number:020x}" for number in (*range(first, first + 10), 40, 41)]
            rows = {"id": ids, "leaf": pa.array([0] * 10 + [1] * 2, pa.int32())}
            pq.write_table(pa.table(rows), self.step("mix") / f"{stage}.parquet")
        repeat = Verdict(f"{11:020x}", "law", "mix", "repeat", "epochs", "", score=2.0)
        ledger.write(self.step("mix") / "ledger" / "00000.parquet", [repeat])
        self.manifest("mix", {})

    def _metrics(self) -> None:
        rng = np.random.default_rng(3)
        updates, leaves = [], []
        for stage, span in STAGES.items():
            for update in span:
                tokens = rng.integers(100, 900, size=2)
                nats = tokens * (3.0 - 0.02 * update + rng.normal(0, 0.02, 2))
                updates.append(
                    {
                        "update": update,
                        "stage": stage,
                        "rate": 1e-4 * (1 - update / 40),
                        "loss": nats.sum() / tokens.sum(),
                        "grad_norm": 1.0 + rng.random(),
                        "tokens": int(tokens.sum()),
                        "seconds": 1.0,
                    }
                )
                for leaf in (0, 1):
                    held = 0 if leaf == 1 and update == 4 else tokens[leaf]
                    leaves.append(
                        {
                            "update": update,
                            "leaf": leaf,
                            "nats": nats[leaf] * (held > 0),
                            "tokens": float(held),
                            "bytes": 4.0 * float(held),
                        }
                    )
        folder = self.step("train") / "metrics"
        folder.mkdir()
        pq.write_table(pa.Table.from_pylist(updates), folder / "updates.parquet")
        pq.write_table(pa.Table.from_pylist(leaves), folder / "leaves.parquet")
        self.manifest("train", {})

    def _evaluation(self, changes: dict[str, float], key: str = "evaluate") -> None:
        """Held-out documents whose bits per byte change by `changes`, by task, and what follows from them."""
        rng = np.random.default_rng(5)
        before: list[dict[str, Any]] = []
        after: list[dict[str, Any]] = []
        for leaf in LEAVES:
            task = leaf["labels"]["task"]
            for i in range(40):
                size, bits = int(rng.integers(200, 900)), 1.1 + rng.normal(0, 0.1)
                row = {"id": f"{leaf['leaf']}-{i}", "leaf": leaf["leaf"], "tokens": size // 4, "bytes": size}
                moved = bits + changes[task] + rng.normal(0, 0.01)
                before.append({**row, "nats": bits * size * log(2)})
                after.append({**row, "nats": moved * size * log(2)})
        if key == "evaluate":
            pq.write_table(pa.Table.from_pylist(before), self.step("baseline") / "documents.parquet")
            leaf_of = self.step("mix") / "heldout_leaf_of/0.parquet"
            ids = pa.array([row["id"] for row in before])
            write_shard(leaf_of, ids, np.array([row["leaf"] for row in before]))
            self.manifest("baseline", {})
        pq.write_table(pa.Table.from_pylist(after), self.step(key) / "documents.parquet")
        channels = [
            channel(axis, value, _numbers(axis, value), before, after)
            for axis, value in (
                ("source", "law"),
                ("source", "manuals"),
                ("task", "domain"),
                ("task", "general"),
                ("language", "zh"),
                ("language", "en"),
            )
        ]
        channels.append(channel("language", "nothing", [], before, after))
        sums = [
            np.array([[row[key] for key in ("nats", "tokens", "bytes")] for row in rows])
            for rows in (before, after)
        ]
        gain = compare(*sums, np.array([row["leaf"] for row in after]), KNOWN, 1000, 0)["gain"]
        (self.step(key) / "channels.json").write_text(json.dumps({"channels": channels, "gain": gain}))
        self.manifest(key, {})

    def variant(self, name: str, changes: dict[str, float]) -> Path:
        """A variant's directory, with an evaluation of its own and all else shared."""
        folder = self.folder / "variants" / name
        folder.mkdir(parents=True)
        self._evaluation(changes, f"evaluate_{name}")
        info = json.loads((self.folder / "run.json").read_text())
        info["variant"] = name
        info["steps"]["evaluate"] = self.step(f"evaluate_{name}").name
        (folder / "run.json").write_text(json.dumps(info))
        (folder / "recipe.yaml").write_text(_RECIPE)
        return folder


def _numbers(axis: str, value: str) -> list[int]:
    return [leaf["leaf"] for leaf in LEAVES if value in (leaf["source"], leaf["labels"].get(axis))]


def channel(
    axis: str, value: str, leaves: list[int], before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> dict[str, Any]:
    """A row of channels.json from the documents; null where there are none, as orjson writes NaN."""
    parts = [[row for row in rows if row["leaf"] in leaves] for rows in (before, after)]
    nats = [sum(row["nats"] for row in rows) for rows in parts]
    tokens, size = (sum(row[name] for row in parts[0]) for name in ("tokens", "bytes"))
    head = {"axis": axis, "value": value, "documents": len(parts[0]), "tokens": tokens, "bytes": size}
    if not tokens:
        none = {"nats": None, "bits_per_byte": None}
        return {**head, "before": none, "after": none, "change": {**none, "low": None, "high": None}}
    sides = [{"nats": part / tokens, "bits_per_byte": part / size / log(2)} for part in nats]
    change = {name: sides[1][name] - sides[0][name] for name in ("nats", "bits_per_byte")}
    bits = change["bits_per_byte"]
    return {
        **head,
        "before": sides[0],
        "after": sides[1],
        "change": {**change, "low": bits - 0.004, "high": bits + 0.004},
    }


@pytest.fixture
def make_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """A run whose ledgers quote the given text."""
    return lambda excerpt: Run(tmp_path_factory.mktemp("runs") / "statutes", excerpt).write()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "runs" / "statutes").write()


_RECIPE = f"""\
name: statutes
model: base/model
model_licence: apache-2.0
sources:
- name: law
  path: /data/law
  licence: public domain {HOSTILE}
  labels: {{task: domain, language: zh}}
- name: manuals
  package: manuals==1.0
  licence: MIT
  labels: {{task: general, language: en}}
"""
