"""Reads a run directory of this commit into tables of values. Change it with the layout, never the tables.

So a name that the layout changed is here what it was: `talk.*` and `talks.*` stand for `conversation.*` and
`conversations.*`; `step` for an incident's `update`, `keep` for `replay` in decisions.

    python tools/behaviour/values.py RUN TARGET

It imports nothing of rewarm and knows what `docs/formats.md` says. TARGET gets a Parquet file a table:

| table | a row | key |
|---|---|---|
| documents | a document that a step lets through with its text: text, masks | step, id |
| verdicts | what a step decided: reason, score, threshold, match, excerpt | step, id, verdict, reason, row |
| attributes | a measure of a document | step, id, name |
| kept | a decision that writes no text: kept, held out | step, id |
| tokens | a tokenized document: tokens, masked, quality, bytes | id |
| drawn | a document in a stage's mix | stage, place |
| sequences | a packed sequence: tokens, masked, segments | stage, sequence |
| updates | an update: stage, loss, rate, gradient norm, targets | update |
| sums | nats, targets and bytes of an update's source and labels | update, channel |
| retained | an evaluation of the forgetting guard | update, channel |
| incidents | an incident: action, verdict, alarms, sequences, documents | incident |
| scores | a held-out document's nats, tokens, bytes | model, id |
| channels | the evaluation's channels and gains | row |
| tensors | a tensor of the exported model: dtype, shape, hash of its bytes | name |
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

Row = dict[str, Any]
KEYS = {
    "documents": ("step", "id"),
    "verdicts": ("step", "id", "verdict", "reason", "row"),
    "attributes": ("step", "id", "name"),
    "kept": ("step", "id"),
    "tokens": ("id",),
    "drawn": ("stage", "place"),
    "sequences": ("stage", "sequence"),
    "updates": ("update",),
    "sums": ("update", "channel"),
    "retained": ("update", "channel"),
    "incidents": ("incident",),
    "scores": ("model", "id"),
    "channels": ("row",),
    "tensors": ("name",),
}


class Run:
    """The steps' directories of a finished or stopped run, and its leaves in words."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        record = json.loads((folder / "run.json").read_text())
        self._steps: dict[str, str] = record["steps"]
        self.names = list(self._steps)
        self._channels: dict[int, str] = {}
        self._leaf_of: dict[str, int] = {}
        if self.has("mix"):
            leaves = json.loads((self.step("mix") / "leaves.json").read_text())
            self._channels = {one["leaf"]: _channel(one["source"], one["labels"]) for one in leaves}
            self._leaf_of = {row["id"]: row["leaf"] for row in _rows(self.step("mix") / "leaf_of")}
        recipe = yaml.safe_load((folder / "recipe.yaml").read_text())
        self.labels = {source["name"]: source.get("labels") or {} for source in recipe["sources"]}

    def step(self, name: str) -> Path:
        """Of a stopped training, the directory that it works in."""
        if name in self._steps:
            return self._folder / "steps" / self._steps[name]
        (partial,) = (self._folder / "steps").glob(f"{name}-*.partial")
        return partial

    def has(self, name: str) -> bool:
        return name in self._steps

    def channel_of(self, identity: str) -> str:
        return self.channel(self._leaf_of.get(identity))

    def channel(self, leaf: int | None) -> str:
        return "all" if leaf is None or leaf < 0 else self._channels[leaf]


def _channel(source: str, labels: dict[str, str]) -> str:
    return f"{source} {json.dumps(labels, sort_keys=True)}"


def documents(run: Run) -> Iterator[Row]:
    for step in run.names:
        for row in _documents(run.step(step)):
            meta = json.loads(row["meta"] or "null")
            yield {
                "step": step, "id": row["id"], "text": row["text"], "source": row["source"],
                "labels": run.labels[row["source"]], "meta": meta, "origin": row["origin"],
                "masks": [[span["start"], span["end"]] for span in row["masks"]],
            }  # fmt: skip


def verdicts(run: Run) -> Iterator[Row]:
    for step in run.names:
        counts: dict[tuple[str, ...], int] = {}
        for part in ("ledger", "faults"):
            for row in sorted(_rows(run.step(step) / part), key=_text):
                at = (part, row["id"], row["verdict"], row["reason"])
                counts[at] = counts.get(at, 0) + 1
                reason = row["reason"].replace("conversation.", "talk.")
                yield {**row, "reason": reason, "step": step, "part": part, "row": counts[at]}


def attributes(run: Run) -> Iterator[Row]:
    for step in run.names:
        for table in ("attributes", "kinds", "split", "clusters", "conversations"):
            known_as = "talks" if table == "conversations" else table
            for row in _rows(run.step(step) / table):
                for name, value in row.items():
                    if name != "id":
                        yield {"step": step, "id": row["id"], "name": f"{known_as}.{name}", "value": value}


def kept(run: Run) -> Iterator[Row]:
    for step in run.names:
        for row in _rows(run.step(step) / "keep"):
            masks = [[span["start"], span["end"]] for span in row.get("masks") or []]
            yield {**row, "step": step, "masks": masks}


def tokens(run: Run) -> Iterator[Row]:
    quality = {row["id"]: row["quality"] for row in _rows(run.step("clean") / "attributes")}
    for row in _arrow(run.step("tokenize") / "tokens"):
        del row["source"]
        yield {**row, "leaf": run.channel_of(row["id"]), "quality": quality[row["id"]]}


def drawn(run: Run) -> Iterator[Row]:
    if run.has("order"):
        for path in sorted(run.step("order").glob("*.parquet")):
            for place, row in enumerate(pq.read_table(path).to_pylist()):
                yield {**row, "leaf": run.channel(row["leaf"]), "stage": path.stem, "place": place}


def sequences(run: Run) -> Iterator[Row]:
    if not run.has("pack"):
        return
    packed = run.step("pack")
    for stage in sorted(path for path in packed.iterdir() if path.is_dir()):
        for number, row in enumerate(_arrow(stage)):
            parts = ("document", "offset", "length", "leaf")
            segments = zip(*(row[f"segment_{part}"] for part in parts), strict=True)
            yield {
                "stage": stage.name, "sequence": number, "tokens": row["tokens"], "masked": row["masked"],
                "segments": [
                    [document.hex(), offset, length, run.channel(leaf)]
                    for document, offset, length, leaf in segments
                ],
            }  # fmt: skip


def updates(run: Run) -> Iterator[Row]:
    for row in _metrics(run, "updates"):
        for measured in ("seconds", "data_seconds", "peak_memory"):
            row.pop(measured, None)
        yield row


def sums(run: Run) -> Iterator[Row]:
    for row in _metrics(run, "leaves"):
        yield {**row, "channel": run.channel(row.pop("leaf"))}


def retained(run: Run) -> Iterator[Row]:
    for row in _metrics(run, "retained"):
        yield {**row, "channel": run.channel(row.pop("leaf"))}


def incidents(run: Run) -> Iterator[Row]:
    path = run.step("train") / "incidents.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    for number, line in enumerate(lines):
        row = json.loads(line)
        for part in (*row.get("alarms", []), *row.get("documents", [])):
            part["leaf"] = run.channel(part.get("leaf"))
        yield {"incident": number, "what": {"step": row.pop("update", None), **row}}
    decisions = run.step("train") / "decisions.json"
    if decisions.exists():
        what = {
            "keep" if key == "replay" else key: value
            for key, value in json.loads(decisions.read_text()).items()
        }
        yield {"incident": len(lines), "what": what}


def scores(run: Run) -> Iterator[Row]:
    for step in ("baseline", "evaluate"):
        if run.has(step):
            for row in pq.read_table(run.step(step) / "documents.parquet").to_pylist():
                yield {**row, "model": step, "leaf": run.channel_of(row["id"])}


def channels(run: Run) -> Iterator[Row]:
    if run.has("evaluate"):
        found = json.loads((run.step("evaluate") / "channels.json").read_text())
        for number, row in enumerate([*found["channels"], found["gain"]]):
            yield {"row": number, "what": row}


def tensors(run: Run) -> Iterator[Row]:
    if not run.has("export"):
        return
    for path in sorted((run.step("export") / "model").glob("*.safetensors")):
        content = path.read_bytes()
        size = int.from_bytes(content[:8], "little")
        for name, entry in json.loads(content[8 : 8 + size]).items():
            if name != "__metadata__":
                start, stop = (8 + size + offset for offset in entry["data_offsets"])
                held = hashlib.sha256(content[start:stop]).hexdigest()
                yield {"name": name, "dtype": entry["dtype"], "shape": entry["shape"], "bytes": held}


def _metrics(run: Run, name: str) -> list[Row]:
    """Of a training that was stopped, the lines that it left."""
    folder = run.step("train")
    finished = folder / "metrics" / f"{name}.parquet"
    if finished.exists():
        rows: list[Row] = pq.read_table(finished).to_pylist()
        return rows
    if name == "retained":
        return _lines(folder / "retained.jsonl")
    lines = _lines(folder / "metrics.jsonl")
    if name == "updates":
        return [{key: value for key, value in row.items() if key != "leaves"} for row in lines]
    return [
        {"update": row["update"], "leaf": leaf, "nats": nats, "tokens": targets, "bytes": size}
        for row in lines
        for leaf, nats, targets, size in row["leaves"]
    ]


def _lines(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _rows(folder: Path) -> Iterator[Row]:
    for path in sorted(folder.glob("*.parquet")) if folder.is_dir() else []:
        yield from pq.read_table(path).to_pylist()


def _documents(step: Path) -> Iterator[Row]:
    """With what was changed and dropped since the text was written."""
    changes = {row["id"]: row for row in _rows(step / "changes")}
    dropped = {row["id"] for row in _rows(step / "dropped")}
    for row in _rows(step / "documents"):
        if row["id"] not in dropped:
            yield row | changes.get(row["id"], {})


def _arrow(folder: Path) -> Iterator[Row]:
    for path in sorted(folder.glob("*.arrow")):
        yield from pa.ipc.open_file(pa.memory_map(str(path))).read_all().to_pylist()


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def write(run: Path, target: Path) -> None:
    """Each table as key and value, both JSON, sorted by key: one schema whatever a table holds."""
    target.mkdir(parents=True, exist_ok=True)
    opened = Run(run)
    for name, key in KEYS.items():
        rows = sorted((_text([row[part] for part in key]), _text(row)) for row in globals()[name](opened))
        columns = {"key": [row[0] for row in rows], "value": [row[1] for row in rows]}
        schema = pa.schema([("key", pa.string()), ("value", pa.large_string())])
        pq.write_table(pa.table(columns, schema=schema), target / f"{name}.parquet", compression="zstd")


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
