"""A sample of each source, read as `collect` would read it and judged as `route` would judge it.

Nothing is written, and no language model is asked. Files are spread evenly over the source and only the
first pages of each are read, within a time limit for each source, so every number is an estimate from
the beginnings of some files. Domain terms are mined from the sampled documents of `task: domain`.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from rewarm.corpus.tables.documents import document_id
from rewarm.data.collect import origins, parsed_files
from rewarm.data.collect.origins import Origin
from rewarm.data.collect.readers import read_all
from rewarm.data.collect.records import Fault, Item, Raw, Record
from rewarm.data.route.decide import Measures, decide
from rewarm.data.route.knowledge import Knowledge
from rewarm.engine.progress import progress
from rewarm.parse.limits import Limits
from rewarm.parse.parsed import Page
from rewarm.parse.read import close
from rewarm.pii import hide
from rewarm.pipeline.preflight.survey import spread
from rewarm.recipe import Recipe

PAGES, OCR_PAGES = 20, 3
# A file gets as long as this, also when the time of its source is over.
_LEAST_SECONDS = 5.0
# Documents of one source: enough for shares to a few per cent.
_DOCUMENTS = 2000
_CHARS = 100_000
_EXCERPT = 160
# Faults that follow from the preview's own limits.
_OWN_LIMITS = ("parse.too_many_pages", "parse.time")


@dataclass
class Example:
    """A document that is not kept for all stages. place: file and record; measures: as `route` takes them;
    excerpt: its beginning, without personal data."""

    place: str
    measures: Measures
    excerpt: str


@dataclass
class Preview:
    """What a sample of one source gave.

    files, read, begun: files of the source, how many of them were read, and of how many only the beginning;
    scans: files that need OCR and were not read for lack of time; kinds: documents by kind of file; pages:
    by the way they were read (`text`, `ocr`); page_quality: mean over the sampled pages that have one;
    faults: by reason, with the first of each; uses: documents by use; examples: the least readable of each
    use but `documents`.
    """

    source: str
    files: int
    read: int = 0
    begun: int = 0
    scans: int = 0
    documents: int = 0
    characters: int = 0
    messages: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    pages: Counter[str] = field(default_factory=Counter)
    page_quality: float | None = None
    faults: Counter[str] = field(default_factory=Counter)
    first_fault: dict[str, str] = field(default_factory=dict)
    uses: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[Example]] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As JSON takes it."""
        values = {
            name: dict(value) if isinstance(value, Counter) else value for name, value in vars(self).items()
        }
        values["examples"] = {use: [asdict(one) for one in some] for use, some in self.examples.items()}
        return values


@dataclass(frozen=True)
class _Document:
    place: str
    text: str
    meta: dict[str, Any]


def preview(recipe: Recipe, *, files: int = 50, seconds: float = 60, examples: int = 3) -> list[Preview]:
    """Sample every source of the recipe.

    files: at most this many of each source, of which 2,000 documents are read in even parts; seconds: a limit
    for each source, checked between documents; examples: of each use.

    Raises RewarmError where a source has no file or needs a package that is not installed.
    """
    sources = recipe.model_dump(mode="json")["sources"]
    previews: list[Preview] = []
    documents: list[list[_Document]] = []
    try:
        for source in sources:
            found, texts = _sample(source, recipe, files, seconds)
            previews.append(found)
            documents.append(texts)
    finally:
        close()
    domain = [source.fixed_labels.get("task") == "domain" for source in recipe.sources]
    code = [source.fixed_labels.get("language") == "code" for source in recipe.sources]
    inside, outside = ([*_texts(documents, domain, wanted)] for wanted in (True, False))
    known = Knowledge.of(inside, outside, recipe.seed)
    settings = recipe.route.model_dump(mode="json")
    for found, texts, is_code in zip(previews, documents, code, strict=True):
        _judge(found, texts, settings, known, examples, is_code)
    return previews


def _sample(
    source: dict[str, Any], recipe: Recipe, most: int, seconds: float
) -> tuple[Preview, list[_Document]]:
    every = origins.files(source)
    found = Preview(source["name"], len(every))
    texts: list[_Document] = []
    pages: list[Page] = []
    until = time.monotonic() + seconds
    chosen = spread(every, most)
    of_one = max(1, _DOCUMENTS // max(1, len(chosen)))
    scans: list[Origin] = []
    with progress(source["name"], total=len(chosen), unit="file") as bar:
        for origin in chosen:
            if found.read and time.monotonic() > until:
                break
            items, whole = _start(origin, source, recipe, until, of_one, ocr=False)
            if _reads_scans(recipe) and any(_is_scan(item) for _, item in items):
                scans.append(origin)
            else:
                _add_file(found, items, whole, texts, pages)
                bar.update()
        # OCR takes seconds a page: after everything else, within the time that is left.
        for origin in scans:
            if found.read and time.monotonic() > until:
                found.scans += 1
                continue
            items, whole = _start(origin, source, recipe, until, of_one, ocr=True)
            _add_file(found, items, whole, texts, pages)
            bar.update()
    found.page_quality = parsed_files.mean_quality(pages)
    return found, texts


def _start(
    origin: Origin, source: dict[str, Any], recipe: Recipe, until: float, most: int, *, ocr: bool
) -> tuple[list[tuple[Origin, Item]], bool]:
    """What the beginning of a file gives, and whether that is all of it. most: documents."""
    options = recipe.collect.model_dump(mode="json")
    options["parse"]["max_pages"] = min(OCR_PAGES if ocr else PAGES, options["parse"]["max_pages"])
    within: Limits = replace(
        parsed_files.limits(options), seconds=max(_LEAST_SECONDS, until - time.monotonic())
    )
    chosen = replace(parsed_files.reading(options, source), ocr=ocr)
    items: list[tuple[Origin, Item]] = []
    documents = 0
    for of, item in read_all(origin, source, options["max_record_bytes"], within, chosen):
        if documents >= most or (documents and time.monotonic() > until):
            return items, False
        items.append((of, item))
        documents += isinstance(item, Record | Raw)
    return items, True


def _reads_scans(recipe: Recipe) -> bool:
    return recipe.collect.parse.ocr != "never"


def _is_scan(item: Item) -> bool:
    return isinstance(item, Fault) and item.reason in ("parse.scanned_page", "parse.garbled_page")


def _add_file(
    found: Preview,
    items: list[tuple[Origin, Item]],
    whole: bool,
    texts: list[_Document],
    pages: list[Page],
) -> None:
    found.read += 1
    found.begun += not whole
    for origin, item in items:
        _add(found, origin, item, texts, pages)


def _add(found: Preview, origin: Origin, item: Item, texts: list[_Document], pages: list[Page]) -> None:
    place = origin.label_of(item.position)
    if isinstance(item, Record):
        found.documents += 1
        found.characters += len(item.text)
        found.kinds[str(item.meta.get("kind", "record"))] += 1
        found.pages.update(page.via for page in item.pages)
        pages += item.pages
        texts.append(_Document(place, item.text[:_CHARS], item.meta))
    elif isinstance(item, Raw):
        found.messages += 1
    elif isinstance(item, Fault) and item.reason not in _OWN_LIMITS:
        found.faults[item.reason] += 1
        found.first_fault.setdefault(item.reason, f"{place}: {item.detail}")


def _texts(documents: list[list[_Document]], domain: list[bool], wanted: bool) -> Iterator[tuple[str, str]]:
    """ID and text of the sampled documents of the domain, or of all others."""
    for place, (texts, is_domain) in enumerate(zip(documents, domain, strict=True)):
        if is_domain is wanted:
            yield from ((document_id(str(place), document.place), document.text) for document in texts)


def _judge(
    found: Preview,
    texts: list[_Document],
    settings: dict[str, Any],
    known: Knowledge,
    examples: int,
    is_code: bool,
) -> None:
    judged: dict[str, list[tuple[Measures, _Document]]] = {}
    scores = known.scores([document.text for document in texts]) if texts else []
    for document, score in zip(texts, scores, strict=True):
        meta = json.dumps(document.meta)
        use, measures = decide(document.text, meta, settings, known.terms, score, is_code=is_code)
        judged.setdefault(use, []).append((measures, document))
    for use, of_use in sorted(judged.items()):
        found.uses[use] = len(of_use)
        if use != "documents":
            of_use.sort(key=lambda one: one[0].readable)
            found.examples[use] = [_example(*one) for one in of_use[:examples]]


def _example(measures: Measures, document: _Document) -> Example:
    excerpt = " ".join(hide(document.text[: 4 * _EXCERPT]).split())[:_EXCERPT]
    return Example(document.place, measures, excerpt)


USES = {
    "documents": "kept for all stages",
    "first_stage": "first stage only",
    "rewrite": "to be rewritten",
    "drop": "unreadable",
}


def lines(previews: list[Preview], route: bool, synthesize: bool) -> list[str]:
    """For a terminal. route, synthesize: whether the recipe has these steps on."""
    shown: list[str] = []
    for found in previews:
        shown += [*_of_source(found), ""]
    if not route and any(set(found.uses) - {"documents"} for found in previews):
        shown.append("`route` is off, so every document is kept for all stages; route: {enabled: true}")
    elif any(found.uses["rewrite"] for found in previews) and not synthesize:
        shown.append("`synthesize` is off, so documents to be rewritten are dropped (docs/synthesize.md)")
    return shown


def _of_source(found: Preview) -> Iterator[str]:
    pages = ", ".join(f"{count:,} pages by {via}" for via, count in found.pages.most_common())
    quality = f", mean page quality {found.page_quality:.2f}" if found.page_quality is not None else ""
    yield (
        f"{found.source}: {found.read:,} of {found.files:,} files read: {found.documents:,} documents"
        f"{f', {found.messages:,} conversation records' if found.messages else ''}, "
        f"{found.characters:,} characters{f'; {pages}' if pages else ''}{quality}"
    )
    if found.scans:
        yield f"  {found.scans:,} more files need OCR and were not read for lack of time: see --seconds"
    if found.begun:
        yield f"  only the first documents of {found.begun:,} of these files were read"
    elif found.read < found.files:
        times = found.files / found.read
        yield f"  estimate for all files: about {found.documents * times:,.0f} documents"
    yield f"  kinds      {', '.join(f'{count:,} {kind}' for kind, count in found.kinds.most_common())}"
    for reason, count in found.faults.most_common():
        yield f"  not read   {count:,} {reason}, first: {found.first_fault[reason]}"
    for use, meaning in USES.items():
        if found.uses[use]:
            share = found.uses[use] / found.documents
            yield f"  {found.uses[use]:>9,} {meaning} ({share:.1%})"
            for example in found.examples.get(use, []):
                seen = example.measures
                score = "" if seen.domain_score is None else f", domain score {seen.domain_score:.2f}"
                yield (
                    f"            {example.place}: readable {seen.readable:.2f}; {seen.terms:.1f} terms and "
                    f"{seen.facts:.1f} facts per 1,000 characters{score}: {example.excerpt}"
                )
