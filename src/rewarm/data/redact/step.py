"""The step `redact`: replace personal data in every document before any other step writes text.

It runs between `collect` and `clean`, so rules, excerpts, duplicates, tokens and the report contain
only its output. Equal texts get equal surrogates, so that exact copies stay copies.
"""

import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents, ledger, masks, texts
from rewarm.corpus.tables.ledger import Verdict
from rewarm.data.redact import frequency
from rewarm.data.redact.keyed import key_of
from rewarm.data.redact.meta import redact_meta
from rewarm.data.redact.replace import Redacted, redact
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work, reconcile
from rewarm.errors import RewarmError
from rewarm.pii import hide
from rewarm.pii.kind import kind
from rewarm.pii.search import Ner

_EDGE = 1000
# "user_name":, "patient":, "客户姓名":
_PERSON = re.compile(
    r"(?:(?:full|first|last|user|customer|patient|client|contact|buyer|sender|receiver|employee)_?[nN]ame|"
    r'"(?:customer|patient|client|contact|buyer|sender|receiver|recipient)|姓名|"(?:客户|患者|联系人|收件人|收货人))":'
)
KINDS = pa.schema([("id", pa.string()), ("source", pa.string()), ("kind", pa.string())])
_VERDICTS = {"surrogate": "edit", "mask": "mask", "drop_sentence": "edit", "drop_document": "drop"}


def run(work: Work) -> Counts:
    """collect → documents, ledger, surrogates (by document), kinds (of each document of a source with
    `redact: auto`) and surrogates.json."""
    for table in ("documents", "ledger", "surrogates", "kinds"):
        (work.folder / table).mkdir(exist_ok=True)
    shards = documents.shards(work.table("documents"))
    config = work.config
    if config["redact"]["enabled"] and config["redact"]["ner"]:
        _ner(config["redact"]["ner"])  # Fails before the first shard, not in a child.
    units = [(str(shard), str(work.folder), config) for shard in shards]
    counts = work.map(redact_shard, units, shards=shards)
    reconcile("redact", "documents", counts["in"], {key: counts[key] for key in ("documents", "dropped")})
    counts["too_frequent"] = frequency.check(work.folder, counts["in"], config["redact"]["max_share"])
    return counts


def redact_shard(shard: str, folder: str, config: dict[str, Any]) -> Counts:
    """One shard of documents to one of each output table."""
    source, target = Path(shard), Path(folder)
    settings = config["redact"]
    counts: Counts = {"in": 0, "documents": 0, "dropped": 0, "edited": 0}
    verdicts: list[Verdict] = []
    stand_ins: list[dict[str, str]] = []
    kinds: list[dict[str, str]] = []
    spared = {name for name, policy in config["sources"].items() if policy == "none"}
    if not settings["enabled"] or _sources(source) <= spared:
        texts.hand_on(target, source)
        counts["in"] = counts["documents"] = pq.read_metadata(source).num_rows
    else:
        ner = _ner(settings["ner"]) if settings["ner"] else None
        same = True
        with (
            writing(target / "documents" / source.name) as aside,
            pq.ParquetWriter(aside, documents.SCHEMA, compression="zstd") as writer,
        ):
            for batch in pq.ParquetFile(source).iter_batches(batch_size=512):
                kept = []
                for row in batch.to_pylist():
                    policy = config["sources"][row["source"]]
                    if policy == "auto":
                        told = kind(row["text"], _meta(row).get("kind"))
                        kinds.append({"id": row["id"], "source": row["source"], "kind": told})
                        counts[f"kind.{told}"] = counts.get(f"kind.{told}", 0) + 1
                        policy = "structured" if told == "reference" else "all"
                    mine = _actions(settings, policy)
                    key = key_of(config["seed"], _scope(row, settings["conversation"]))
                    done = redact(
                        row["text"], masks.of_rows(row["masks"]), key, mine, ner if "name" in mine else None
                    )
                    new = {**row, "text": done.text, "masks": masks.to_rows(done.spans)}
                    # A field's name is a label: names stand behind one whatever the text is.
                    fields = _actions(settings, "all") if _PERSON.search(row["meta"]) else mine
                    new["meta"] = redact_meta(row["meta"], key, fields) if mine else row["meta"]
                    _account(row, done, counts, verdicts)
                    if not done.dropped:
                        kept.append(new)
                        stand_ins += frequency.rows(done.surrogates)
                    same &= new == row
                writer.write_table(pa.Table.from_pylist(kept, schema=documents.SCHEMA))
        if same and not counts["dropped"]:
            (target / "documents" / source.name).unlink()
            texts.hand_on(target, source)
    ledger.write(target / "ledger" / source.name, verdicts)
    for table, rows, schema in (("surrogates", stand_ins, frequency.SCHEMA), ("kinds", kinds, KINDS)):
        with writing(target / table / source.name) as aside:
            pq.write_table(pa.Table.from_pylist(rows, schema=schema), aside, compression="zstd")
    return counts


def _sources(shard: Path) -> set[str]:
    """The sources with documents in a shard; usually one."""
    return set(pq.read_table(shard, columns=["source"])["source"].unique().to_pylist())


def _account(row: dict[str, Any], done: Redacted, counts: Counts, verdicts: list[Verdict]) -> None:
    """Count the actions and add a verdict for each type and action; none of them shows a value."""
    counts["in"] += 1
    counts["dropped" if done.dropped else "documents"] += 1
    counts["edited"] += int(bool(done.counts) and not done.dropped)
    excerpt = hide(done.text[:_EDGE]) if done.dropped else done.text
    for (type, action), times in sorted(done.counts.items()):
        if done.dropped and type != done.dropped:
            continue
        counts[f"{action}.{type}"] = counts.get(f"{action}.{type}", 0) + times
        about = {key: row[key] for key in ("id", "source", "origin")}
        verdict: Any = _VERDICTS[action]
        said = f"{times} × {action.replace('_', ' ')}"
        verdicts.append(
            Verdict(
                **about,
                step="redact",
                verdict=verdict,
                reason=f"personal.{type}",
                score=float(times),
                match=said,
                excerpt=excerpt,
            )
        )


def _actions(settings: dict[str, Any], policy: str) -> dict[str, str]:
    """Type → action of a source, without types that are kept."""
    if policy == "none":
        return {}
    given = {type: action for type, action in settings["types"].items() if action != "leave"}
    return given if policy == "all" else {type: action for type, action in given.items() if type != "name"}


def _meta(row: dict[str, Any]) -> dict[str, Any]:
    try:
        meta = orjson.loads(row["meta"] or "{}")
    except orjson.JSONDecodeError:
        return {}
    return meta if isinstance(meta, dict) else {}


def _scope(row: dict[str, Any], conversation: str) -> str:
    """What keeps one surrogate for one value: the conversation where a document names one, else its text."""
    named = _meta(row).get(conversation)
    if isinstance(named, str | int) and named != "":
        return f"conversation\0{row['source']}\0{named}"
    return hashlib.blake2b(row["text"].encode("utf-8", "replace"), digest_size=16).hexdigest()


@lru_cache(maxsize=1)
def _ner(model: str) -> Ner:
    """The persons that a spaCy model finds."""
    try:
        import spacy
    except ImportError as error:
        raise RewarmError("redact.ner: needs spaCy; pip install rewarm[ner]") from error
    try:
        loaded = spacy.load(model, exclude=["tagger", "parser", "lemmatizer", "attribute_ruler"])
    except OSError as error:
        raise RewarmError(f"redact.ner: spaCy cannot load '{model}': {error}") from error
    persons = {"PERSON", "PER"}
    return lambda text: (
        (entity.start_char, entity.end_char) for entity in loaded(text).ents if entity.label_ in persons
    )
