"""What `collect` does for sources of conversations: read, count replies, write documents.

Messages wait in `_stores/` beside the tables and are removed at the end: a run directory holds
originals in `collect/documents` alone. Results follow from the files' names and content, not from the
number of workers or of buckets: a document's id comes from its user, session or record and its place there.
"""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents, ledger, provenance
from rewarm.corpus.tables.ledger import Verdict
from rewarm.data.collect.batch import Batch
from rewarm.data.collect.conversations import canned
from rewarm.data.collect.conversations.grouping import Conversation, conversations
from rewarm.data.collect.conversations.render import Rendered, render
from rewarm.data.collect.conversations.store import NO_TIME, Bucket, buckets
from rewarm.data.collect.cutoff import outside
from rewarm.data.collect.origins import Origin
from rewarm.data.collect.provenances import Provenances, provenance_of
from rewarm.data.collect.records import Record
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work, reconcile
from rewarm.pii import hide

CONVERSATIONS = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("messages", pa.int32()),
        ("turns", pa.int32()),
        ("speakers", pa.int32()),
        ("informative", pa.float64()),
        ("masked", pa.float64()),
    ]
)
CANNED = pa.schema(
    [("source", pa.string()), ("reply", pa.string()), ("conversations", pa.int64()), ("share", pa.float64())]
)
_USER = 12  # hex digits
_CANNED = "canned.parquet"
# What becomes of a message.
_MESSAGES = ("in_documents", "repeated", "low_density", "left_out")
_COMPRESSED = (".gz", ".zst", ".parquet")


@dataclass(frozen=True)
class Plan:
    """A source of conversations: its units of files, how many buckets, the number of its first shard."""

    source: dict[str, Any]
    units: list[list[Origin]]
    buckets: int
    first: int

    @classmethod
    def of(cls, source: dict[str, Any], units: list[list[Origin]], first: int) -> "Plan":
        """The plan for a source whose shards begin at number `first`.

        The number of buckets follows from the bytes of the files; compressed ones count five times again.
        """
        sizes = [
            (origin.size, origin.name.lower().endswith(_COMPRESSED)) for unit in units for origin in unit
        ]
        large = sum(size for size, _ in sizes)
        packed = sum(size for size, compressed in sizes if compressed)
        return cls(source, units, buckets(large + 5 * packed), first)

    @property
    def folder(self) -> str:
        return f"_stores/{self.source['name']}"


def collect(work: Work, plans: list[Plan], read: Callable[..., Counts], first_fault: int) -> Counts:
    """All three phases over all sources of conversations; `read` maps one unit of files.

    first_fault: number of the first shard of `faults/` for what was not read.
    """
    options = work.config["collect"]
    folder = str(work.folder)
    reading: list[tuple[Any, ...]] = []
    for plan in plans:
        for unit, origins in enumerate(plan.units):
            store = (f"{plan.folder}/{unit:05}.arrow", unit, plan.buckets)
            reading.append((folder, first_fault + len(reading), plan.source, origins, options, store))
    total = Counter(work.map(read, reading, phase="messages"))
    parts = [(folder, plan, place, options) for plan in plans for place in range(plan.buckets)]
    work.map(count_replies, parts, phase="replies")
    for plan in plans:
        _find_canned(work.folder, plan)
    total.update(work.map(write_conversations, parts, phase="conversations"))
    given = {name: total[f"messages.{name}"] for name in _MESSAGES}
    reconcile("collect", "messages", total["messages"], given)
    _write_canned(work.folder, plans)
    shutil.rmtree(work.folder / "_stores", ignore_errors=True)
    return dict(total)


def count_replies(folder: str, plan: Plan, place: int, options: dict[str, Any]) -> Counts:
    """Count the agent's replies of one bucket."""
    found = _conversations(folder, plan, place, options)
    return {"conversations": canned.count(Path(folder, plan.folder, f"replies-{place:05}.npz"), found)}


def write_conversations(folder: str, plan: Plan, place: int, options: dict[str, Any]) -> Counts:
    """One bucket to one shard of `documents/`, `conversations/` and `faults/`."""
    source, settings = plan.source, plan.source["conversations"]
    name, shard = source["name"], f"{plan.first + place:05}.parquet"
    counts: Counter[str] = Counter(dict.fromkeys(["documents", "faults", "bytes", f"documents.{name}"], 0))
    verdicts: list[Verdict] = []
    measured: list[dict[str, Any]] = []
    examples: dict[int, str] = {}
    frequent = {int(reply) for reply in json.loads(Path(folder, plan.folder, "canned.txt").read_text())}
    for table in ("documents", "conversations"):
        Path(folder, table).mkdir(exist_ok=True)
    with (
        writing(Path(folder, "documents", shard)) as aside,
        pq.ParquetWriter(aside, documents.SCHEMA, compression="zstd") as writer,
    ):
        batch, beside = Batch(writer, source), Provenances(name)
        for conversation in _conversations(folder, plan, place, options):
            done = render(conversation, settings, source["language"], frequent)
            identity, origin = (
                documents.document_id(name, conversation.identity),
                conversation.rows[0]["origin"],
            )
            verdicts += _told(identity, name, origin, conversation, done, settings)
            counts["messages.repeated"] += conversation.duplicates
            for reason in ("unordered", "untimed"):
                counts[f"messages.{reason}"] += getattr(conversation, reason)
            for reason, number in done.counts.items():
                counts[f"messages.masked.{reason}"] += number
            for reply, text in done.canned:
                examples.setdefault(reply, text)
            if done.informative < settings["min_informative"]:
                counts["messages.low_density"] += done.messages
                counts["faults"] += 1
                counts["faults.conversation.low_density"] += 1
                continue
            row = {key: getattr(done, key) for key in CONVERSATIONS.names[2:]}
            record = Record("", done.text, _meta(identity, name, conversation, row), done.spans)
            found = provenance_of(record, source["date"])
            if left_out := outside(found, source["date"]):
                counts["messages.left_out"] += done.messages
                verdicts.append(left_out.verdict(identity, name, origin, counts))
                continue
            counts["messages.in_documents"] += done.messages
            counts["documents"] += 1
            counts[f"documents.{name}"] += 1
            measured.append({"id": identity, "source": name, **row})
            counts["bytes"] += batch.add(identity, done.text, origin, record)
            beside.add(identity, found, counts)
        batch.flush()
    with writing(Path(folder, "conversations", shard)) as aside:
        pq.write_table(pa.Table.from_pylist(measured, schema=CONVERSATIONS), aside)
    with writing(Path(folder, plan.folder, f"examples-{place:05}.txt")) as aside:
        aside.write_text(json.dumps(examples))
    ledger.write(Path(folder, "faults", shard), verdicts)
    provenance.write(Path(folder, "attributes", shard), beside.rows)
    return dict(counts)


def _conversations(folder: str, plan: Plan, place: int, options: dict[str, Any]) -> Iterator[Conversation]:
    bucket = Bucket(Path(folder, plan.folder), place)
    return conversations(bucket, plan.source["conversations"], options["max_record_bytes"])


def _meta(identity: str, source: str, conversation: Conversation, row: dict[str, Any]) -> dict[str, Any]:
    """No user or session as given: they may be personal. `user` is a hash, by which `order` puts
    conversations together; `conversation` is what `redact` keeps surrogates by."""
    first = conversation.rows[0]
    time = first["time"]
    user = (
        {"user": documents.document_id(source, f"user {first['group']}")[:_USER]}
        if first["by"] == "user"
        else {}
    )
    began = (
        {}
        if time == NO_TIME
        else {"began": datetime.fromtimestamp(time / 1e6, UTC).isoformat("T", "minutes")}
    )
    rounded = {key: round(value, 4) if isinstance(value, float) else value for key, value in row.items()}
    return {"conversation": identity, **user, **began, **rounded}


def _told(
    identity: str,
    source: str,
    origin: str,
    conversation: Conversation,
    done: Rendered,
    settings: dict[str, Any],
) -> list[Verdict]:
    """One row a conversation and reason, with how many messages; of a dropped conversation the drop alone."""

    def verdict(
        kind: ledger.Action, reason: str, score: float, detail: str, threshold: float | None = None
    ) -> Verdict:
        return Verdict(identity, source, "collect", kind, reason, origin, excerpt, score, threshold, detail)

    # Half as much again as a ledger shows: a value that is cut here is not seen there.
    excerpt = hide(done.text[: ledger.EXCERPT * 3 // 2])
    least = settings["min_informative"]
    if done.informative < least:
        said = f"{done.messages} messages of greetings, canned replies or told lines"
        return [verdict("drop", "conversation.low_density", done.informative, said, least)]
    # Sources without any times would have a row for every conversation; their count is in the step's.
    untimed_all = conversation.untimed == done.messages + conversation.duplicates
    found: list[tuple[ledger.Action, str, int, str]] = [
        ("edit", "conversation.repeated", conversation.duplicates, "messages stand twice; one of each stays"),
        (
            "edit",
            "conversation.unordered",
            conversation.unordered,
            "messages came after later ones; put in order of time",
        ),
        (
            "edit",
            "conversation.untimed",
            0 if untimed_all else conversation.untimed,
            "messages without a time, placed by their order in the file",
        ),
        *(
            ("mask", f"conversation.{why}", number, f"{why} messages carry no loss")
            for why, number in done.counts.items()
        ),
    ]
    return [
        verdict(kind, why, float(number), f"{number} {said}") for kind, why, number, said in found if number
    ]


def _find_canned(folder: Path, plan: Plan) -> None:
    settings, place = plan.source["conversations"], folder / plan.folder
    if (place / "canned.txt").exists() or (folder / _CANNED).exists():
        return
    paths = sorted(place.glob("replies-*.npz"))
    found = canned.frequent(paths, settings["canned_share"], settings["canned_conversations"])
    with writing(place / "canned.txt") as aside:
        aside.write_text(json.dumps({str(reply): list(number) for reply, number in found.items()}))


def _write_canned(folder: Path, plans: list[Plan]) -> None:
    """canned.parquet: what was masked as canned, most frequent first; without personal data."""
    rows = []
    if (folder / _CANNED).exists():
        return  # Killed after the table was written, while the stores were taken away.
    for plan in plans:
        place = folder / plan.folder
        found = json.loads((place / "canned.txt").read_text())
        examples: dict[str, str] = {}
        for path in sorted(place.glob("examples-*.txt")):
            examples = {**json.loads(path.read_text()), **examples}
        for reply, (number, share) in sorted(found.items(), key=lambda item: (-item[1][0], item[0])):
            text = hide(examples.get(reply, "")[:1000])[:200]
            rows.append(
                {"source": plan.source["name"], "reply": text, "conversations": number, "share": share}
            )
    with writing(folder / _CANNED) as aside:
        pq.write_table(pa.Table.from_pylist(rows, schema=CANNED), aside)
