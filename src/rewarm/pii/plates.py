"""Number plates: those of China by form, others by a label or near a word for a vehicle."""

import re
from collections.abc import Iterator

from rewarm.pii.detector import Detector, labelled, listed
from rewarm.pii.finding import Finding, alone, around

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(
    rf"[{_PROVINCES}][A-HJ-NP-Z][ ·•.-]?"
    rf"(?:[A-HJ-NP-Z0-9]{{4,5}}[挂学警港澳]|[A-HJ-NP-Z0-9]{{5}}[0-9DFABCEGHJK]?|"
    rf"[DF][0-9]{{6}})(?![A-Za-z0-9-])"
)
_PLATE_ABROAD = re.compile(
    r"(?:(?i:licen[cs]e plate|number plate|plate(?: number| no\.?)?|registration(?: plate)?)|"
    r"\b[Rr]ego|\b[Rr]eg\b\.?|"
    r"\b[Pp]lates?|[Vv]ehicle(?: registration| tag)?|\b[Vv]eh\b\.?|plate reads|"
    r"\b[Tt]ag(?: number)?|VRM|VRN|[Tt]ractor unit|[Tt]railer|[Pp]arking:|[Kk]ennzeichen)"
    r"(?: (?:number|no\.?|is|was|changed|from|reading|of|reads|on the [a-z]{2,8}|"
    r"#))*[ :：,#.]{0,3}([A-ZÄÖÜ0-9]{1,4}[ -]?[A-Z0-9]{1,5}(?:[ -][A-Z0-9]{1,4}){0,2})(?![A-Za-z0-9])"
)
_PLATE_BRITISH = re.compile(r"[A-Z]{2}[0-9]{2} ?[A-Z]{3}(?![A-Za-z0-9])")
_PLATE_INDIAN = re.compile(r"[A-Z]{2}[ -]?[0-9]{1,2}[ -]?[A-Z]{1,3}[ -]?[0-9]{4}(?![A-Za-z0-9])")
# Spain, Australia, Nigeria: forms that many a product has too, so that something must say plate.
_PLATE_OTHER = re.compile(
    r"(?:[0-9]{4} [B-DF-HJ-NP-TV-Z]{3}|[A-Z]{3} [0-9]{2}[A-Z]|[A-Z]{3}-[0-9]{3}-[A-Z]{2})(?![A-Za-z0-9-])"
)
_SAID_PLATE = re.compile(
    r"\b(?:plates?|rego?|registration|vrm|taxi|cab|driver of|van|ute)\b[^.;\n]{0,30}$|车牌[^。\n]{0,10}$",
    re.I,
)
_PLATE_LOGGED = re.compile(
    r"[A-Z]{2} [0-9]{3,4}(?![A-Za-z0-9])|[A-Z]{3} [0-9]{3}(?![A-Za-z0-9])|"
    r"[0-9][A-Z]{2} [0-9][A-Z]{2}(?![A-Za-z0-9])"
)
_NO_PLATE = re.compile(r"(?:19|20)[0-9]{2} |[0-9]{4} (?:RPM|BMW|GMC|KMS|VND|LBS|PSI)|[A-Z]{3} [0-9]{2}[VWAR]")
_VEHICLE = re.compile(
    r"\b(?:reg|rego|registration|vrm|plate|plates|vehicle|car|van|lorry|truck|parked|keeper|driver|"
    r"taxi|cab|bike|motorbike|motorcycle|minibus|sedan|ute|suv|transit|pickup|trailer|"
    r"scooter|auto|bay|towed|clamped)\b|车",
    re.I,
)
_PLATE_LABELLED = re.compile(
    rf"车(?:牌|号|牌号码?|辆)(?:是|"
    rf"为)?[：: ]{{0,2}}([{_PROVINCES}][A-Z][ ·•.-]?[A-Z0-9]{{5,8}})(?![A-Za-z0-9])"
)


def _chinese(text: str, start: int, _: int) -> Iterator[Finding]:
    match = _PLATE.match(text, start)
    if match is None:
        return
    if sum(map(str.isdigit, match[0])) >= 2 or "车" in text[max(0, start - 12) : match.end() + 6]:
        yield Finding(*match.span(), "plate")


def _is_abroad(text: str, match: re.Match[str]) -> bool:
    code = match[1].replace(" ", "").replace("-", "")
    mixed = any(map(str.isalpha, code)) or "late" in match[0] or "ag" in match[0]
    return any(map(str.isdigit, code)) and mixed and 5 <= len(code) <= 10


def _logged(text: str, low: int, high: int) -> Iterator[Finding]:
    for match in _PLATE_LOGGED.finditer(text, low, high):
        if alone(text, *match.span()):
            yield Finding(*match.span(), "plate")


def _by_form(text: str, low: int, high: int) -> Iterator[Finding]:
    for match in _PLATE_OTHER.finditer(text, low, high):
        said = _SAID_PLATE.search(text, max(0, match.start() - 44), match.start())
        if said and not _NO_PLATE.match(match[0]) and alone(text, *match.span()):
            yield Finding(*match.span(), "plate")
    for pattern in (_PLATE_BRITISH, _PLATE_INDIAN):
        for match in pattern.finditer(text, low, high):
            start, end = match.span()
            if alone(text, start, end) and around(text, start, end, _VEHICLE, 60):
                yield Finding(start, end, "plate")


DETECTORS = (
    Detector(
        _chinese,
        tuple(f"{province}{letter}" for province in _PROVINCES for letter in "abcdefghjklmnpqrstuvwxyz"),
    ),
    labelled(_PLATE_LABELLED, "plate", ("车牌", "车号", "车辆")),
    labelled(
        _PLATE_ABROAD,
        "plate",
        (
            *listed("license licence number plate registration rego reg vehicle veh tag vrm vrn trailer"),
            *("tractor unit", "parking:", "kennzeichen"),
        ),
        _is_abroad,
    ),
    Detector(
        _logged,
        ("gate log", "car park", "parking log", "parking list", "vehicle log"),
        merged=True,
        before=80,
        after=80,
    ),
    Detector(_by_form, shape="plate", merged=True, before=8, after=10),
)
