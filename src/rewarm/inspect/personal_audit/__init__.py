"""Audit of the search for personal data on a user's documents: recall on planted values, findings to judge
for precision.

Recall needs documents whose personal data is known, so values are planted: half of them where the
search found a value of the type (the places that a user's documents have), the others in sentences of our
own at random ends of sentences. Each is planted alone into a piece of a document, which is searched as
the step `redact` would search that document. Intervals are Wilson's (1927): 17 of 17 found is 0.82 to 1.00
and not 1.
Planted values cover known forms only; precision follows from the findings, which the user judges.
"""

import math
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewarm.data.collect import samples
from rewarm.data.collect.samples import Sample
from rewarm.errors import RewarmError
from rewarm.inspect.personal_audit.values import SENTENCES, VALUES, Language
from rewarm.pii import Finding, find
from rewarm.pii.finding import has_han
from rewarm.pii.kind import KINDS, kind
from rewarm.recipe import Redact, reading

_AROUND = 2000
_CONTEXT = 40
_ENDS = ("\n", "。", ". ")
_RECIPES = (".yaml", ".yml")


@dataclass(frozen=True)
class _Document:
    """wanted: types that the step searches for in it; found: its findings."""

    sample: Sample
    kind: str
    wanted: frozenset[str]
    found: list[Finding]
    language: Language


def audit(
    paths: Iterable[Path],
    *,
    documents: int = 200,
    values: int = 200,
    findings: int = 50,
    seed: int = 0,
    show_values: bool = False,
) -> dict[str, Any]:
    """Audit a recipe's sources or files: counts, recall by type, findings to judge.

    documents, values, findings: how many to sample, plant, show. show_values: findings as they stand;
    otherwise each keeps its first character, its length and its punctuation.
    Raises RewarmError where nothing can be read.
    """
    draw = random.Random(seed)
    sampled, left_out = _documents(list(paths), documents)
    if not sampled:
        raise RewarmError("redact --audit: no document to read; give a recipe with local sources, or files")
    planted = [_plant(sampled, type, number, draw) for number, type in enumerate(_schedule(values))]
    planted_values = [value for value in planted if value is not None]
    shown = [(document, item) for document in sampled for item in document.found]
    chosen = draw.sample(shown, min(findings, len(shown)))
    return {
        "documents": len(sampled),
        "kinds": {name: sum(document.kind == name for document in sampled) for name in KINDS},
        "left_out": left_out,
        "planted": len(planted_values),
        "recall": {
            type: _share(value["found"] for value in planted_values if value["type"] == type)
            for type in VALUES
        },
        "by_place": {
            place: _share(value["found"] for value in planted_values if value["place"] == place)
            for place in ("own", "generated")
        },
        "by_language": {
            language: _share(value["found"] for value in planted_values if value["language"] == language)
            for language in ("zh", "en")
        },
        "missed": [
            {key: value[key] for key in ("type", "text")} for value in planted_values if not value["found"]
        ],
        "findings_in_sample": dict(Counter(item.type for _, item in shown).most_common()),
        "findings": [_shown(document, item, show_values) for document, item in chosen],
    }


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927, score interval without continuity correction)."""
    if not total:
        return 0.0, 1.0
    share, spread = hits / total, z * z / total
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / total + spread / (4 * total))
    return max(0.0, middle - half), min(1.0, middle + half)


def lines(result: dict[str, Any]) -> list[str]:
    """The result as lines for a terminal."""
    kinds = ", ".join(f"{count:,} {name}" for name, count in result["kinds"].items() if count)
    shown = [f"sampled   {result['documents']:,} documents: {kinds}"]
    shown += [f"left out  {name}" for name in result["left_out"]]
    shown += [f"planted   {result['planted']:,} values", ""]
    shown.append(f"{'type':<12}{'planted':>8}{'found':>7}{'recall':>8}   95 % interval")
    rows = [*result["recall"].items()]
    rows += [(f"place: {name}", share) for name, share in result["by_place"].items()]
    rows += [(f"in {name}", share) for name, share in result["by_language"].items()]
    for name, share in rows:
        if share["planted"]:
            low, high = share["interval"]
            shown.append(
                f"{name:<16}{share['planted']:>4}{share['found']:>7}{share['recall']:>8.3f}"
                f"   {low:.2f} – {high:.2f}"
            )
        else:
            shown.append(f"{name:<16}{0:>4}   not searched in these documents")
    shown += [f"missed    {row['type']:<10} {row['text']}" for row in result["missed"]]
    total = sum(result["findings_in_sample"].values())
    shown += [
        "",
        f"judge     {len(result['findings'])} of {total:,} findings; precision is the share that is right",
    ]
    shown += [
        f"{row['type']:<11}{row['before']}⟦{row['value']}⟧{row['after']}   {row['place']}"
        for row in result["findings"]
    ]
    return shown


def _documents(paths: list[Path], most: int) -> tuple[list[_Document], list[str]]:
    """The sampled documents with what the step finds in them, and the sources that were left out."""
    sources: list[tuple[list[Sample], str, Redact]] = []
    left_out = []
    for path in paths:
        if path.suffix.lower() not in _RECIPES:
            sources.append((samples.of_file(path, most), "auto", Redact()))
            continue
        recipe = reading.load(path)
        for source in recipe.sources:
            if source.redact == "none" or not recipe.redact.enabled:
                left_out.append(f"{source.name}: redact: none")
            elif source.hub is not None:
                left_out.append(f"{source.name}: on the hub; download a part of it and give its files")
            else:
                sources.append((samples.of_source(source, most), source.redact, recipe.redact))
    each = max(1, most // max(1, len(sources)))
    return [
        _searched(sample, policy, settings)
        for source_samples, policy, settings in sources
        for sample in source_samples[:each]
    ], left_out


def _searched(sample: Sample, policy: str, settings: Redact) -> _Document:
    document_kind = kind(sample.text, sample.file)
    names = policy == "all" or (policy == "auto" and document_kind != "reference")
    actions = settings.types.model_dump()
    wanted = frozenset(
        type for type, action in actions.items() if action != "leave" and (names or type != "name")
    )
    language: Language = "zh" if has_han(sample.text) else "en"
    return _Document(sample, document_kind, wanted, find(sample.text, wanted), language)


def _schedule(values: int) -> list[str]:
    types = list(VALUES)
    return [types[number % len(types)] for number in range(values)]


def _plant(sampled: list[_Document], type: str, number: int, draw: random.Random) -> dict[str, Any] | None:
    """One value in one piece of a document, and whether nothing of it is left; None where the type is not
    searched in any document."""
    able = [document for document in sampled if type in document.wanted]
    if not able:
        return None
    own = (
        [(document, item) for document in able for item in document.found if item.type == type]
        if (number // len(VALUES)) % 2
        else []
    )
    if own:
        document, item = draw.choice(own)
        value = VALUES[type](draw, document.language)
        before, after = document.sample.text[: item.start], document.sample.text[item.end :]
    else:
        document = draw.choice(able)
        value = VALUES[type](draw, document.language)
        opening, closing = draw.choice(SENTENCES[type][document.language]).split("{}")
        text = document.sample.text
        at = _sentence_end(text, draw.randrange(len(text) + 1))
        gap = "\n" if text[at - 1 : at] in ("\n", "") else " " * (document.language == "en")
        if at == len(text) and text[-1:] not in _ENDS:
            opening = "\n" + opening
        before, after = text[:at] + opening, closing + gap + text[at:]
    before, after = before[-_AROUND:], after[:_AROUND]
    start, end = len(before), len(before) + len(value)
    covered = {
        at for item in find(before + value + after, document.wanted) for at in range(item.start, item.end)
    }
    missing = [at for at in range(start, end) if at not in covered and (before + value)[at].isalnum()]
    return {
        "type": type,
        "language": document.language,
        "place": "own" if own else "generated",
        "found": not missing,
        "text": _line(before)[-_CONTEXT:] + value + _line(after, first=True)[:_CONTEXT],
    }


def _sentence_end(text: str, near: int) -> int:
    """The next end of a line or sentence, else the end of the text."""
    ends = [at + len(sign) for sign in _ENDS if (at := text.find(sign, near)) >= 0]
    return min(ends, default=len(text))


def _share(found: Iterable[bool]) -> dict[str, Any]:
    given = list(found)
    low, high = wilson(sum(given), len(given))
    recall = sum(given) / len(given) if given else None
    return {
        "planted": len(given),
        "found": sum(given),
        "recall": recall,
        "interval": [round(low, 4), round(high, 4)],
    }


def _shown(document: _Document, item: Finding, plain: bool) -> dict[str, str]:
    """A finding with its context; other findings beside it by their type only."""
    text = document.sample.text
    value = text[item.start : item.end]
    return {
        "type": item.type,
        "value": value if plain else masked(value),
        "before": _hidden(document, max(0, item.start - _CONTEXT), item.start),
        "after": _hidden(document, item.end, min(len(text), item.end + _CONTEXT)),
        "place": document.sample.place,
    }


def masked(value: str) -> str:
    """The first character, length and punctuation of a value."""
    return value[:1] + "".join(
        ("9" if letter.isdigit() else "x" if letter.isascii() else "某") if letter.isalnum() else letter
        for letter in value[1:]
    )


def _hidden(document: _Document, start: int, end: int) -> str:
    parts, at = [], start
    for item in document.found:
        if item.start < end and item.end > at:
            parts += [document.sample.text[at : max(at, item.start)], f"[{item.type}]"]
            at = min(end, item.end)
    return "".join([*parts, document.sample.text[at:end]]).replace("\n", "⏎")


def _line(text: str, first: bool = False) -> str:
    parts = text.split("\n")
    return parts[0 if first else -1]
