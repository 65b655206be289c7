"""`/.well-known/tdmrep.json` of a host: which of its pages are reserved from text and data mining.

TDM Reservation Protocol (W3C community report 2024, section 4.1): a list of rules, each with a pattern of
paths, `*` for any characters and `$` for the end; the first that matches a page counts.
"""

import json

TDMREP = "/.well-known/tdmrep.json"


def rules_of(data: bytes) -> list[tuple[str, bool]]:
    """Pattern and reservation of each rule, in order; what is no rule is left out."""
    try:
        given = json.loads(data)
    except ValueError:
        return []
    return [
        (rule["location"], str(rule.get("tdm-reservation")) == "1")
        for rule in (given if isinstance(given, list) else [])
        if isinstance(rule, dict) and isinstance(rule.get("location"), str)
    ]


def reserved_by(rules: list[tuple[str, bool]], path: str) -> bool:
    """Whether the rules reserve the page at a path."""
    return next((reserved for pattern, reserved in rules if _matches(pattern, path)), False)


def _matches(pattern: str, path: str) -> bool:
    """From left to right, each part at its first place: no pattern takes longer than its length times the
    path's."""
    whole = pattern.endswith("$")
    first, *parts = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    last = parts.pop() if parts and whole else None
    for part in parts:
        at = path.find(part, at)
        if at < 0:
            return False
        at += len(part)
    if last is None:
        return at == len(path) if whole else True
    return path.endswith(last) and len(path) - len(last) >= at
