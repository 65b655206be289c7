"""Passports and travel permits: a label has to say what they are, near or a little further off."""

import re
from collections.abc import Iterator

from rewarm.pii.detector import DIGIT, Detector, labelled, listed
from rewarm.pii.finding import Finding, alone

_PASSPORT = re.compile(
    r"(?:护照|通行证|大通证|回乡证|台胞证|军官证|士兵证|居留证|签证|证件|"
    r"[Pp]assport|PASSPORT|PPT|[Tt]ravel [Dd]ocument|"
    r"(?:[Tt]ravel|[Rr]eturn|[Cc]ompatriot) [Pp]ermit)"
    r"(?:号码?|证件?号?|编号|(?:[,_]? ?(?:number|no\.?|No\.?|NO\.?|#|num|details|book|card))|"
    r"本)*(?:是|为|：|:| is|,|"
    r" was)?[^A-Za-z0-9\n。；]{0,8}"
    r"([A-Z](?: ?[A-Z0-9]){6,9}|[0-9]{2} [0-9]{7}|[A-Za-z]{0,2}[0-9][A-Z0-9]{5,9}|"
    r"[A-Z][A-Z][0-9]{7})(?![A-Za-z0-9])"
)
# Further off, or in groups: the form has to say more. `passport (number on the form was Z4829105)`
_PASSPORT_FAR = re.compile(
    r"(?:[Pp]assport|PASSPORT|[Pp]ermit|护照|通行证)[^\n。]{0,60}?(?<![A-Za-z0-9-])"
    r"([A-Z]{1,3}[0-9]{6,10}|[CFGHJKLMNPRTVWXYZ](?=[A-Z]{0,7}[0-9][A-Z]{0,6}[0-9])[A-Z0-9]{8}|"
    r"[0-9]{3} [0-9]{3} [0-9]{3}|(?<=No\. )[0-9]{9})(?![A-Za-z0-9-])"
)
_SHORTENED = re.compile(
    r"(?<![.\w])[Pp]pt(?: ?(?:no\.?|number|#))?[: ]{1,2}([A-Z]{1,2}[0-9]{6,8})(?![A-Za-z0-9])"
)
_MANIFEST = re.compile(r"/[A-Z]{2,24} (?:MR|MS|MRS|MISS) {1,6}([A-Z][A-Z0-9]{7,8})(?![A-Za-z0-9])")
_BARE_PASSPORT = re.compile(r"[CEGHKMPT][A-HJ-NP-Z0-9]?[0-9]{7,8}(?![0-9])")
_PASSPORT_NEAR = re.compile(r"护照|通行证|passport|出入境|签证|travel document", re.I)


def _is_long(text: str, match: re.Match[str]) -> bool:
    return sum(map(str.isdigit, match[1])) >= 5


def _is_told(text: str, match: re.Match[str]) -> bool:
    return match[1][0].isalpha() or "o.:" in match[0] or "umber" in match[0] or "号" in match[0]


def _bare(text: str, low: int, high: int) -> Iterator[Finding]:
    for match in _BARE_PASSPORT.finditer(text, low, high):
        start, end = match.span()
        if alone(text, start, end) and _PASSPORT_NEAR.search(text, max(0, start - 60), end + 20):
            yield Finding(start, end, "passport")


def _manifest(text: str, low: int, high: int) -> Iterator[Finding]:
    for match in _MANIFEST.finditer(text, low, high):
        if sum(map(str.isdigit, match[1])) >= 3:
            yield Finding(*match.span(1), "passport")


_LABELS = (
    *listed("护照 通行证 大通证 回乡证 台胞证 军官证 士兵证 居留证 签证 证件 passport ppt"),
    *("travel document", "travel permit", "return permit", "compatriot permit"),
)
_NEAR = ("护照", "通行证", "passport", "出入境", "签证", "travel document")
DETECTORS = (
    labelled(_PASSPORT, "passport", _LABELS, _is_long),
    labelled(_PASSPORT_FAR, "passport", ("passport", "permit", "护照", "通行证"), _is_told),
    labelled(_SHORTENED, "passport", ("ppt",)),
    Detector(_manifest, tuple(f" {title} " for title in ("mr", "mrs", "ms", "miss")), merged=True, before=26),
    Detector(_bare, _NEAR, merged=True, before=40, after=80, needs=DIGIT),
)
