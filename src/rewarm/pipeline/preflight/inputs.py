"""Sources: files that are missing, of another kind than what is read, or without the text field."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from rewarm.data.collect import parsed_files
from rewarm.errors import RewarmError
from rewarm.parse import needs
from rewarm.parse import read as parsing
from rewarm.parse.kinds import HOLD_TEXT
from rewarm.pipeline.preflight.finding import Finding
from rewarm.pipeline.preflight.sampled import Sample
from rewarm.pipeline.preflight.subject import Subject
from rewarm.pipeline.preflight.survey import Kinds

_READ = (
    "Formats that are read: JSON lines, JSON, Parquet, CSV, plain text, SQLite, also .gz and .zst, and the "
    "documents of docs/parsing.md."
)
_CONVERT = f"Convert the files to text first. {_READ}"
# Below this many sampled records, a rule about all of them is a guess.
_ENOUGH = 8


def check(subject: Subject) -> Iterator[Finding]:
    """Findings of every source that is on this machine."""
    try:
        yield from _check(subject)
    finally:
        parsing.close()


def _check(subject: Subject) -> Iterator[Finding]:
    most = subject.recipe.collect.max_record_bytes
    collect = subject.recipe.collect.model_dump(mode="json")
    for index, source in enumerate(subject.recipe.model_dump(mode="json")["sources"]):
        field = next(key for key in ("path", "url", "package", "hub") if source[key])
        where = subject.at("sources", index, field)
        try:
            found = subject.survey.files(source)
        except RewarmError as error:
            yield Finding("error", "sources.files", where, _without_place(str(error), source["name"]))
            continue
        if found is None:
            continue
        kinds = subject.survey.kinds(source)
        if why := needs.missing_for(parsed_files.reading(collect, source)):
            yield Finding("error", "extras", where, f"{why}.", "Or set `layout: never` in `collect.parse`.")
            continue
        for why in kinds.lacking.values():
            yield Finding("error", "extras", where, f"{why}.", "Or leave these files out with `files`.")
        if kinds.lacking:
            continue
        blocked = list(_kinds(where, source, kinds, len(found), len(subject.survey.readable(source))))
        yield from blocked
        if not any(finding.severity == "error" for finding in blocked):
            sample = subject.survey.sample(source, most)
            yield from _records(subject, index, source, sample)


def _without_place(message: str, name: str) -> str:
    start, _, rest = message.partition(": ")
    return rest if start.startswith(f"sources.{name}.") else message


def _kinds(where: str, source: dict[str, Any], kinds: Kinds, files: int, readable: int) -> Iterator[Finding]:
    name = source["name"]
    sampled = "" if kinds.looked == files else f" (of {kinds.looked:,} looked at)"
    if not readable:
        yield Finding(
            "error",
            "sources.kind",
            where,
            f"none of the {files:,} files of '{name}' can be read: {_listed(kinds.unread)}{sampled}.",
            _unread_remedy(kinds) or f"Set `format`. {_READ}",
        )
        return
    odd, looked = kinds.odd.total(), kinds.looked - kinds.unread.total()
    if odd:
        kind, _ = kinds.odd.most_common(1)[0]
        whole = odd == looked
        yield Finding(
            "error" if whole else "warning",
            "sources.kind",
            where,
            f"{'all' if whole else f'{odd:,} of'} {looked:,} files of '{name}' that were looked at hold "
            f"other content than their name or `format` says: {_listed(kinds.odd)}, "
            f"as in {kinds.first[kind]}.",
            _remedy(kind),
        )
    if kinds.unread:
        remedy = _unread_remedy(kinds)
        yield Finding(
            "warning" if remedy else "note",
            "sources.unread",
            where,
            f"{files - readable:,} of {files:,} files of '{name}' will not be read: "
            f"{_listed(kinds.unread)}{sampled}, as in {kinds.first[kinds.unread.most_common(1)[0][0]]}.",
            remedy,
        )


def _unread_remedy(kinds: Kinds) -> str:
    """What to do about files that hold text and are not read; "" where there is none."""
    if "HTML" in kinds.unread:
        return f"Set `markup: html` to read web pages. {_READ}"
    if set(kinds.unread) & HOLD_TEXT:
        return _CONVERT
    return f"Set `format: text` to read them as text. {_READ}" if "text" in kinds.unread else ""


def _remedy(kind: str) -> str:
    if kind.startswith("Git LFS"):
        return "Run `git lfs pull` in its repository."
    if kind in ("gzip", "zstd"):
        return f"Name the files with .{'gz' if kind == 'gzip' else 'zst'} at the end."
    if kind in ("Parquet", "SQLite"):
        return f"Set `format: {kind.lower()}`."
    return _CONVERT


def _listed(kinds: Counter[str]) -> str:
    return ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common(4))


def _records(subject: Subject, index: int, source: dict[str, Any], sample: Sample) -> Iterator[Finding]:
    """What the sampled records lack. Some faults are normal; a field that none of them has is not."""
    faults = sample.faults.total()
    if not faults:
        return
    reason, count = sample.faults.most_common(1)[0]
    key = {"parse.field": "text", "parse.mask": "mask"}.get(reason, "name")
    where = subject.at("sources", index, key)
    seen = f"in the first records of '{source['name']}'"
    detail = sample.first_fault[reason]
    if not sample.records:
        sure = faults >= _ENOUGH or sample.whole
        what = f"no text was found {seen}: {faults:,} of {faults:,} sampled are {reason}; {detail}."
        remedy = "Set `text`, `records`, `format` or `conversations` to where the text is."
        yield Finding("error" if sure else "warning", "sources.records", where, what, remedy)
        return
    if subject.recipe.collect.on_bad_record == "stop" and sample.whole:
        what = f"{faults:,} records cannot be read, and collect.on_bad_record is stop; {detail}."
        yield Finding("error", "sources.records", where, what, "Repair them, or set on_bad_record: skip.")
    elif faults > 0.05 * (faults + sample.records):
        what = (
            f"{faults:,} of {faults + sample.records:,} sampled records {seen} cannot be read: "
            f"{count:,} {reason}; {detail}."
        )
        yield Finding("warning", "sources.records", where, what, "They will be skipped and counted.")
