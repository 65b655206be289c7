"""Facts that a rewritten text must keep and must not invent: numbers, dates, citations, names.

Each is brought into one form, so that `12,000`, `12 000` and `一万二千` are one number, and `May 3, 2020`, `3
May 2020`, `2020-05-03` and `2020年5月3日` one date. Extraction is by rules: fast, the same for every run, and
blind to facts in words ("shortly before the war"). What it finds is a sample of the facts, and enough to
see that a number changed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import rjieba

from rewarm.text.domain_terms import STOP_ZH

_NAMES = (
    ("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("may",), ("june", "jun"),
    ("july", "jul"), ("august", "aug"), ("september", "sept", "sep"), ("october", "oct"), ("november", "nov"),
    ("december", "dec"),
)  # fmt: skip
_MONTHS = {name: number for number, names in enumerate(_NAMES, start=1) for name in names}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATES = (
    re.compile(r"(?<!\d)(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)"),
    re.compile(r"(?P<y>\d{4})\s?年(?:\s?(?P<m>\d{1,2})\s?月(?:\s?(?P<d>\d{1,2})\s?[日号])?)?"),
    re.compile(
        rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s(?:of\s)?(?P<n>{_MONTH})\.?,?\s(?P<y>\d{{4}})\b", re.IGNORECASE
    ),
    re.compile(rf"\b(?P<n>{_MONTH})\.?\s(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<y>\d{{4}})\b", re.IGNORECASE),
    re.compile(rf"\b(?P<n>{_MONTH})\.?,?\s(?P<y>\d{{4}})\b", re.IGNORECASE),
)
_CHINESE_DIGITS = {**dict(zip("零一二三四五六七八九", range(10), strict=True)), "〇": 0, "两": 2}
_CHINESE_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_CHINESE_NUMBER = re.compile(r"[零〇一二两三四五六七八九十百千万亿]+")
_NUMBER = re.compile(r"(?<![\w.])\d{1,3}(?:[,\u00a0\u202f ]\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?")
_CITATIONS = (
    ("section", re.compile(r"(?:§{1,3}|\bsections?|\bsec\.)\s?(\d+[a-z]?(?:[.-]\d+)*)", re.IGNORECASE)),
    ("article", re.compile(r"\b(?:articles?|art\.)\s?(\d+[a-z]?)", re.IGNORECASE)),
    ("article", re.compile(r"第([零〇一二两三四五六七八九十百千\d]+)条")),
    ("reference", re.compile(r"\[(\d{1,3}(?:\s?[,–-]\s?\d{1,3})*)\]")),
    (
        "author",
        re.compile(r"([A-Z][a-z]+)(?: et al\.?| (?:and|&) [A-Z][a-z]+)?,? \(?((?:19|20)\d{2})[a-z]?\)"),
    ),
    ("doi", re.compile(r"\b(10\.\d{4,9}/[^\s\"<>，。；）]+[^\s\"<>，。；）.,;)])")),
    ("arxiv", re.compile(r"\barXiv:\s?(\d{4}\.\d{4,5})", re.IGNORECASE)),
    ("url", re.compile(r"\b(https?://[^\s\"<>，。；）)]+[^\s\"<>，。；）).,;])")),
    ("title", re.compile(r"《([^《》]{2,40})》")),
    ("code", re.compile(r"\b([A-Z]{2,}-?\d+(?:[-./]\d+)*|[A-Z]{2,4} \d+(?:[-./]\d+)*)\b")),
)
_LIST_NUMBER = re.compile(r"^[ \t]*(?:[-*•] )?[(（]?\d{1,2}[.)）、](?=\s|\D)", re.MULTILINE)
_HEADING = re.compile(r"^[ \t]*#{1,6} .*$", re.MULTILINE)
# Two capitalised words in a row, small joints between; or letters of an acronym.
_NAME = re.compile(
    r"\b[A-Z][a-zÀ-ÿ'’-]+(?: (?:of|the|de|van|von|der|la|and|for) (?=[A-Z])| )(?:[A-Z][a-zÀ-ÿ'’-]+ ?)+|"
    r"\b[A-Z]{2,8}\b"
)
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]+")
_CHINESE_BODY = re.compile(r"有限责任公司|股份有限公司|有限公司|人民法院|人民检察院|委员会|大学|医院|银行")
# Parts of speech: verbs, prepositions, conjunctions, adverbs, particles, times, numerals, pronouns.
_NO_NAME = frozenset("vpcdutmrq")
_WORD = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'’-]*")


@dataclass(frozen=True)
class Facts:
    """Each fact as `kind:value`; numbers without a kind are only in `numbers`."""

    numbers: frozenset[str]
    dates: frozenset[str]
    citations: frozenset[str]
    names: frozenset[str]

    def __len__(self) -> int:
        return len(self.numbers) + len(self.dates) + len(self.citations) + len(self.names)

    def all(self) -> frozenset[str]:
        return self.numbers | self.dates | self.citations | self.names


def facts(text: str) -> Facts:
    """The facts of a text."""
    dates, rest = _dates(text)
    citations = frozenset(
        f"{kind}:{_plain(kind, match)}"
        for kind, pattern in _CITATIONS
        for match in pattern.finditer(rest)
        if kind != "author" or match[1].lower() not in _MONTHS
    )
    names = frozenset(f"name:{name}" for name in _names(text))
    return Facts(frozenset(f"number:{value}" for value in _numbers(rest)), dates, citations, names)


def kept(origin: Facts, derived: str, found: Facts) -> float:
    """Share of the origin's facts that a derived text has too, 1.0 where there are none.

    found: the facts of `derived`. A name counts where its words stand anywhere, whatever their case.
    """
    wanted = origin.all()
    if not wanted:
        return 1.0
    has = found.all()
    folded = derived.casefold()
    there = sum(fact in has or _contains(folded, fact) for fact in wanted)
    return there / len(wanted)


def invented(origin: Facts, text: str, found: Facts, kinds: tuple[str, ...]) -> list[str]:
    """Facts of a derived text that the origin does not have, sorted.

    text: the origin. kinds: of `numbers`, `dates`, `citations`, `names`. A date may be less exact than the
    origin's; a section or article is known when its number stands in the origin, whose word for it may be
    torn; a name, when each of its words does. One and two are no facts.
    """
    has = origin.all()
    folded = text.casefold()
    loose = {date[:end] for date in origin.dates for end in (len("date:0000"), len("date:0000-00"))}
    years = {f"number:{int(date[5:9])}" for date in origin.dates}
    new: set[str] = set()
    for kind in kinds:
        for fact in getattr(found, kind) - has:
            if fact in loose or fact in years or fact in ("number:1", "number:2") or _contains(folded, fact):
                continue
            if fact.startswith(("section:", "article:")) and _contains(
                folded, f"number:{fact.partition(':')[2]}"
            ):
                continue
            if kind == "names" and all(word.casefold() in folded for word in _WORD.findall(fact[5:])):
                continue
            new.add(fact)
    return sorted(new)


def _contains(folded: str, fact: str) -> bool:
    """Whether a text, in lower case, has the fact as it stands: numbers only as whole ones."""
    kind, _, value = fact.partition(":")
    if kind in ("name", "title", "url", "doi", "code"):
        return value.casefold() in folded
    if kind == "number":
        return re.search(rf"(?<![\d.]){re.escape(value)}(?!\d|\.\d)", folded) is not None
    return False


def _dates(text: str) -> tuple[frozenset[str], str]:
    """The dates, and the text without them."""
    found: set[str] = set()

    def note(match: re.Match[str]) -> str:
        parts = match.groupdict()
        month = int(parts["m"]) if parts.get("m") else _MONTHS.get((parts.get("n") or "").lower(), 0)
        day = int(parts.get("d") or 0)
        if month > 12 or day > 31:
            return match[0]
        date = (
            f"date:{int(parts['y']):04}" + (f"-{month:02}" if month else "") + (f"-{day:02}" if day else "")
        )
        found.add(date)
        return " "

    for pattern in _DATES:
        text = pattern.sub(note, text)
    return frozenset(found), text


def _numbers(text: str) -> Iterator[str]:
    for _, pattern in _CITATIONS[:5]:
        text = pattern.sub(" ", text)
    text = _LIST_NUMBER.sub(" ", text)
    for match in _NUMBER.finditer(text):
        yield _plain_number(re.sub(r"[,\u00a0\u202f ]", "", match[0]))
    for match in _CHINESE_NUMBER.finditer(text):
        # 一 alone is as often "a" as a number, and a chain of units (千万) is an adverb.
        if len(match[0]) > 1 and any(sign in _CHINESE_DIGITS for sign in match[0]):
            yield str(chinese_number(match[0]))


def _plain_number(digits: str) -> str:
    whole, point, decimals = digits.partition(".")
    decimals = decimals.rstrip("0")
    return (whole.lstrip("0") or "0") + (point + decimals if decimals else "")


def chinese_number(signs: str) -> int:
    """The value of Chinese numerals, positional (二〇二〇) or with units (一百二十)."""
    if not any(sign in _CHINESE_UNITS for sign in signs):
        return int("".join(str(_CHINESE_DIGITS[sign]) for sign in signs))
    total = part = digit = 0
    for sign in signs:
        if sign in _CHINESE_DIGITS:
            digit = _CHINESE_DIGITS[sign]
            continue
        unit = _CHINESE_UNITS[sign]
        if unit >= 10**4:
            total = (total + part + digit) * unit if unit == 10**8 else total + (part + digit) * unit
            part = 0
        else:
            part += (digit or 1) * unit
        digit = 0
    return total + part + digit


def _plain(kind: str, match: re.Match[str]) -> str:
    value = match[1]
    if kind == "article" and not value[0].isdigit():
        return str(chinese_number(value))
    if kind == "author":
        return f"{match[1].lower()} {match[2]}"
    if kind == "code":
        return value.replace(" ", "-")
    return value.lower() if kind in ("section", "article") else value


def _names(text: str) -> Iterator[str]:
    for match in _NAME.finditer(_HEADING.sub(" ", text)):
        name = match[0].strip()
        if len(name) > 1:
            yield name
    for match in _CHINESE_BODY.finditer(text):
        found = _body(text[max(0, match.start() - 12) : match.end()])
        if len(found) > len(match[0]):
            yield found


def _body(run: str) -> str:
    """The name of a body at the end of a run: its last words that are nouns or unknown."""
    name = ""
    for word, tag in reversed(rjieba.tag(_HAN_RUN.findall(run)[-1])):
        if word in STOP_ZH or (tag[:1] in _NO_NAME and tag != "vn") or len(name) + len(word) > 14:
            break
        name = word + name
    return name
