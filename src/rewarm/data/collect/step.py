"""The step `collect`: every source's files into shards of documents, and a ledger of what was not read.

A unit is a group of files of one source, or a part of a large one (`cuts.py`), so that shards are of even
work and a killed run loses at most one; groups follow from names, sizes and content alone, so shards do not
depend on the number of workers.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from rewarm.corpus.tables import documents, ledger, provenance
from rewarm.corpus.tables.ledger import Verdict
from rewarm.data.collect import parsed_files, part_notes, shards
from rewarm.data.collect.conversations import phases, shapes
from rewarm.data.collect.conversations.store import Store
from rewarm.data.collect.cutoff import outside
from rewarm.data.collect.cuts import PART_BYTES, cut
from rewarm.data.collect.origins import DOCUMENT, Origin, files, format_of
from rewarm.data.collect.provenances import provenance_of
from rewarm.data.collect.readers import all_plain, read_all
from rewarm.data.collect.records import Fault, Item, Note, Raw, Record, encodable
from rewarm.data.collect.shards import Shards
from rewarm.engine import quarantine
from rewarm.engine.work import Counts, Work
from rewarm.errors import RewarmError
from rewarm.parse.read import close
from rewarm.pii import hide

# A minute of work at most where files are small; small files cost more to open than to read.
_UNIT_BYTES = PART_BYTES
_UNIT_FILES = 2000
# As many bytes as one more file costs, and how much faster text without markup is than a step that
# computes: JSON lines are read at 50 MB a second.
_FILE_BYTES, _FASTER = 16 << 10, 8
# Bytes of text in a byte of what is compressed.
_PACKED, _COMPRESSED = 3, (".gz", ".zst", ".parquet")
# How much longer a byte of a document takes than a byte of JSON lines.
_SLOWER = 16
_NO_BAD_RECORD = ("parse.unknown_format", "link.outside", "benchmark.canary")
_EXCERPT, _SHORT_EXCERPT, _WORD = 1000, 200, 40


def run(work: Work) -> Counts:
    """Collect every source of `config["sources"]` by the options in `config["collect"]`.

    Raises RewarmError when a source has no file or gives no document, and at the first fault where
    `on_bad_record` is `stop`.
    """
    units: list[tuple[Any, ...]] = []
    plans: list[phases.Plan] = []
    shard = 0
    listed = [(source, files(source)) for source in work.config["sources"]]
    read_files = {source["name"]: len(origins) for source, origins in listed}
    for (source, _), parts in zip(listed, cut(work, listed), strict=True):
        groups = list(_groups(parts, source, whole=source["limit"] is not None))
        if source.get("conversations"):
            plans.append(phases.Plan.of(source, groups, shard))
            shard += plans[-1].buckets
            continue
        for group in groups:
            units.append((str(work.folder), shard, source, group, work.config["collect"]))
            shard += 1
    try:
        counts = work.map(collect_unit, units, text=sum(map(_worth, units)))
    finally:
        # Units that ran in this process leave a parser waiting, which later steps would carry along.
        close()
    if plans:
        more = phases.collect(work, plans, read_messages, shard)
        counts = {name: counts.get(name, 0) + more.get(name, 0) for name in {**counts, **more}}
    lost = {row["shard"]: row["reason"] for row in quarantine.rows(work.folder)}
    for number in lost:
        shards.remove(work.folder, number)
    messages = [group for plan in plans for group in plan.units]
    read = [*((unit[1], unit[3]) for unit in units), *enumerate(messages, shard)]
    counts = part_notes.settle(work.folder, [(f"{number:05}", group) for number, group in read], counts)
    _tell_unlabelled(work.config["sources"], counts)
    for source, number in read_files.items():
        if counts.get(f"documents.{source}"):
            continue
        mine = [
            lost[f"{unit[1]:05}"] for unit in units if unit[2]["name"] == source and f"{unit[1]:05}" in lost
        ]
        if mine:
            raise RewarmError(
                f"sources.{source}: no document: {len(mine)} of its shards failed, the first: {mine[0]}.\n"
                "Repair what it reads or give it more memory, and run the same command again"
            )
        raise RewarmError(_nothing(work.folder, source, number))
    return counts


def _tell_unlabelled(sources: list[dict[str, Any]], counts: Counts) -> None:
    """Say which documents lack a label that their records should bring."""
    for source in sources:
        name = source["name"]
        for axis, path in (source.get("label_fields") or {}).items():
            without, whole = counts.get(f"unlabelled.{name}.{axis}", 0), counts.get(f"documents.{name}", 0)
            if without:
                print(
                    f"collect   {name}: {without:,} of {whole:,} documents have no short text or number in "
                    f"field '{path}', so no label {axis} of their own",
                    file=sys.stderr,
                )


def collect_unit(
    folder: str, number: int, source: dict[str, Any], origins: list[Origin], options: dict[str, Any]
) -> Counts:
    """Write the shards of `documents/` and `faults/` that begin at number `number` from some files, or one
    part of a file, of one source.

    Returns documents, faults and UTF-8 bytes; documents by source, faults and edits by reason.
    """
    name = source["name"]
    plain = partial(all_plain, origins, source)
    with Shards(Path(folder), number, source, resumable=plain) as out:
        counts = out.counts
        items = islice(_items(origins, source, options), out.items, None)
        for at, (origin, item) in enumerate(items, out.items):
            if out.is_full():
                out.turn_over(at)
            if isinstance(item, Record):
                position = encodable(item.position)
                where = origin.label_of(position)
                identity = documents.document_id(name, f"{origin.name}:{position}")
                found = provenance_of(item, source["date"])
                if left_out := outside(found, source["date"]):
                    out.tell(left_out.verdict(identity, name, where, counts))
                    continue
                text = encodable(item.text)
                if text != item.text:
                    counts["edits.encoding.surrogates"] += 1
                    detail = "half characters (lone surrogates) became ?"
                    out.tell(_verdict(identity, name, "encoding.surrogates", where, detail, text))
                out.add(identity, text, where, item, found)
                if counts["documents"] == source["limit"]:
                    break
            elif isinstance(item, Note | Fault):
                out.tell(_told(item, origin, name, options, counts))
    return dict(counts)


def read_messages(
    folder: str,
    number: int,
    source: dict[str, Any],
    origins: list[Origin],
    options: dict[str, Any],
    into: tuple[str, int, int],
) -> Counts:
    """Read some files of a source of conversations into its store; shard `number` of `faults/`.

    into: the store's file, the unit's number, how many buckets.
    """
    name, settings = source["name"], source["conversations"]
    counts: Counter[str] = Counter(dict.fromkeys(["faults", "messages"], 0))
    verdicts: list[Verdict] = []
    file, unit, buckets = into
    taken = 0
    with Store(Path(folder, file), unit, buckets) as store:
        for origin, item in _items(origins, source, options):
            if isinstance(item, Raw):
                if taken == source["limit"]:
                    break
                taken += 1
            parts = shapes.messages(item.value, item.position, settings) if isinstance(item, Raw) else [item]
            for part in parts:
                if isinstance(part, shapes.Message):
                    counts["messages"] += 1
                    store.add(part, origin.name, origin.label)
                elif isinstance(part, Note | Fault):
                    verdicts.append(_told(part, origin, name, options, counts))
    ledger.write(Path(folder, "faults", f"{number:05}.parquet"), verdicts)
    return dict(counts)


def _worth(unit: tuple[Any, ...]) -> int:
    """Bytes of text that take other steps as long as this one takes for a unit."""
    _, _, source, group, _ = unit
    parsed: int = sum(_worth_of(origin, source) for origin in group if _is_document(origin, source))
    size: int = sum(
        origin.size * (_PACKED if origin.name.lower().endswith(_COMPRESSED) else 1) + _FILE_BYTES
        for origin in group
        if not _is_document(origin, source)
    )
    return parsed + (size if source["markup"] == "html" else size // _FASTER)


def _is_document(origin: Origin, source: dict[str, Any]) -> bool:
    return format_of(origin.name, source) in (None, DOCUMENT)


def _worth_of(origin: Origin, source: dict[str, Any]) -> int:
    """Bytes as units are grouped by: parsing reads a MB a second, where JSON lines give 50."""
    return (origin.size + _FILE_BYTES) * _SLOWER if _is_document(origin, source) else origin.size


def _groups(origins: list[Origin], source: dict[str, Any], *, whole: bool) -> Iterator[list[Origin]]:
    """whole: all in one, since a limit counts in file order. A part of a file ends a group."""
    group: list[Origin] = []
    size = 0
    for origin in origins:
        group.append(origin)
        size += _worth_of(origin, source)
        if not whole and (origin.part or size >= _UNIT_BYTES or len(group) >= _UNIT_FILES):
            yield group
            group, size = [], 0
    if group:
        yield group


def _items(
    origins: list[Origin], source: dict[str, Any], options: dict[str, Any]
) -> Iterator[tuple[Origin, Item]]:
    within, most = parsed_files.limits(options), options["max_record_bytes"]
    reading = parsed_files.reading(options, source)
    for origin in origins:
        yield from read_all(origin, source, most, within, reading)


def _told(
    item: Note | Fault, origin: Origin, name: str, options: dict[str, Any], counts: Counter[str]
) -> Verdict:
    """Count what was read otherwise or not at all, and say so; a fault may stop the run."""
    where = origin.label_of(encodable(item.position))
    if isinstance(item, Note):
        counts[f"{part_notes.COUNT if origin.part else 'edits.'}{item.reason}"] += 1
        return _verdict("", name, item.reason, where, item.detail)
    _stop_if_asked(origin, item, options)
    counts["faults"] += 1
    counts[f"faults.{item.reason}"] += 1
    return _verdict("", name, item.reason, where, item.detail, item.excerpt, drop=True)


def _stop_if_asked(origin: Origin, fault: Fault, options: dict[str, Any]) -> None:
    # A file of another kind beside the data, a link out of it, or a benchmark is no bad record.
    if options["on_bad_record"] != "stop" or fault.reason in _NO_BAD_RECORD:
        return
    place = f"{origin.place}:{fault.position}" if fault.position else origin.place
    raise RewarmError(
        f"{place}  {fault.reason}: {fault.detail}\n"
        "Repair it, or set `collect.on_bad_record: skip`, which lists and skips what cannot be read."
    )


def _verdict(
    identity: str,
    source: str,
    reason: str,
    origin: str,
    detail: str,
    excerpt: str = "",
    *,
    drop: bool = False,
) -> Verdict:
    verdict: Any = "drop" if drop else "edit"
    detail = hide(encodable(detail))
    return Verdict(identity, source, "collect", verdict, reason, origin, _shown(excerpt), match=detail)


def _shown(excerpt: str) -> str:
    """The excerpt without personal data. Of a cut one the last word goes: half a value is never found."""
    start = excerpt[:_EXCERPT]
    whole = start if len(start) < _SHORT_EXCERPT else start[: max(len(start) - _WORD, start.rfind(" "), 0)]
    return hide(whole)


def _nothing(folder: Path, source: str, number: int) -> str:
    reasons: Counter[str] = Counter()
    first: dict[str, str] = {}
    for row in documents.rows(folder / "faults", ["source", "verdict", "reason", "origin", "match"]):
        if row["source"] == source and row["verdict"] == "drop":
            reasons[row["reason"]] += 1
            first.setdefault(row["reason"], f"{row['origin']}: {row['match']}")
    why = "\n".join(
        f"  {count:,} {reason}, first {first[reason]}" for reason, count in reasons.most_common(3)
    )
    return (
        f"sources.{source}: no document in {number:,} file{'s' * (number != 1)}.\n"
        + (why or "  No record has the text field.")
        + "\n"
        + (
            "Widen the cut-off (`collect.since`, `until`, `undated`, `rights.drop`, or the source's `date`), "
            "or take the source out."
            if reasons and all(reason.startswith(provenance.LEFT_OUT) for reason in reasons)
            else "Set `text`, `records`, `query` or `format` to where its text is, or take the source out."
        )
    )
