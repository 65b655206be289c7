"""Openings, closings and lines that too many synthetic documents share.

An opening is the first six tokens of a document (eight in Chinese), a closing its last. One that stands in
more documents than allowed is cut off with its sentence, where enough is left; else the document is
rejected. Lines without a full stop that recur, as headings do, are cut out anywhere.
"""

import re
from collections import Counter
from collections.abc import Sequence

_TOKEN = re.compile(r"[\u4e00-\u9fff]|[^\W_]+", re.UNICODE)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_END = re.compile(r"[。！？!?]+[”’」』)]?\s*|\.[\"')]?\s+|\n\s*")
_ENDS = re.compile(r"[.。!！?？;；:：,，)]\s*$")
# A document of which more is cut has no content of its own.
_MOST_CUTS = 3
# So few documents are no pattern, however small the corpus.
_FEW = 2


def opening(text: str) -> str:
    """The first tokens, in lower case."""
    return _edge(_TOKEN.findall(text[:200]), first=True)


def closing(text: str) -> str:
    """The last tokens, in lower case."""
    return _edge(_TOKEN.findall(text[-200:]), first=False)


def limit(documents: int, share: float) -> int:
    """In how many documents an opening, closing or line may stand."""
    return max(_FEW, int(documents * share))


def trimmed(texts: Sequence[str], share: float) -> list[str | None]:
    """Each text without frequent openings, closings and lines; None where nothing else is left.

    Where one is frequent, the first documents keep it, up to the limit. share: `checks.pattern_share`.
    """
    found: list[str | None] = [
        _without_lines(text, lines) for lines in [_frequent_lines(texts, share)] for text in texts
    ]
    most = limit(len(texts), share)
    for _ in range(_MOST_CUTS):
        changed = False
        for edge, cut in ((opening, _without_first), (closing, _without_last)):
            seen: Counter[str] = Counter()
            for place, text in enumerate(found):
                if text is None:
                    continue
                key = edge(text)
                seen[key] += 1
                if seen[key] > most:
                    rest = cut(text)
                    found[place] = rest if len(rest) * 2 > len(texts[place]) else None
                    changed = True
        if not changed:
            return found
    for edge in (opening, closing):
        seen = Counter()
        for place, text in enumerate(found):
            if text is not None:
                seen[edge(text)] += 1
                if seen[edge(text)] > most:
                    found[place] = None
    return found


def most_frequent(texts: Sequence[str]) -> dict[str, tuple[str, float]]:
    """`opening` and `closing` → the most frequent one and its share of the texts."""
    found = {}
    for name, edge in (("opening", opening), ("closing", closing)):
        counts = Counter(map(edge, texts))
        ((value, count),) = counts.most_common(1) or [("", 0)]
        found[name] = (value, count / len(texts) if texts else 0.0)
    return found


def _edge(tokens: list[str], *, first: bool) -> str:
    han = sum(bool(_HAN.match(token)) for token in (tokens[:8] if first else tokens[-8:]))
    size = 8 if han > 3 else 6
    return " ".join(tokens[:size] if first else tokens[-size:]).lower()


def _frequent_lines(texts: Sequence[str], share: float) -> set[str]:
    """Lines that no sentence ends, in more documents than allowed."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({key for line in text.split("\n") if (key := _line(line))})
    most = limit(len(texts), share)
    return {line for line, count in counts.items() if count > most}


def _line(line: str) -> str:
    tokens = _TOKEN.findall(line)
    short = 0 < len(tokens) <= 12
    headed = line.lstrip().startswith(("#", "**", "【")) or line.rstrip().endswith((":", "：", "**"))
    return " ".join(tokens).lower() if short and (headed or not _ENDS.search(line)) else ""


def _without_lines(text: str, frequent: set[str]) -> str:
    if not frequent:
        return text
    kept = [line for line in text.split("\n") if _line(line) not in frequent]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _without_first(text: str) -> str:
    match = _END.search(text)
    return text[match.end() :].strip() if match else ""


def _without_last(text: str) -> str:
    ends = [match.end() for match in _END.finditer(text.rstrip()) if match.end() < len(text.rstrip())]
    return text[: ends[-1]].strip() if ends else ""
