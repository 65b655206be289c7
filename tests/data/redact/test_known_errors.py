"""The errors of `find` on the labelled sentences, one by one, as known_errors.jsonl lists them.

Recall and precision by type, which `test_find.py` bounds, hardly move when one weight of the name model or
one limit of a pattern changes. The list does: after a change of a rule it shows which sentences are repaired
and which are broken. UPDATE_ERRORS=1 writes the list again.
"""

import json
import os
from pathlib import Path

from measure import LABELLED, rows

from rewarm.pii import find

LIST = Path(__file__).with_name("known_errors.jsonl")


def _errors() -> set[str]:
    """Values that are missed, and findings that differ from every label: lines of JSON."""
    errors = set()
    for text, spans in rows("zh", "en"):
        found = {(item.start, item.end, item.type) for item in find(text, LABELLED)}
        for error, values in (("missed", set(spans) - found), ("found", found - set(spans))):
            for start, end, kind in values:
                errors.add(json.dumps([error, kind, text[start:end], start, text], ensure_ascii=False))
    return errors


def test_errors_on_labelled_sentences_are_the_known_ones() -> None:
    errors = _errors()
    if os.environ.get("UPDATE_ERRORS"):
        LIST.write_text("".join(f"{line}\n" for line in sorted(errors)), encoding="utf-8")
    known = set(LIST.read_text(encoding="utf-8").splitlines())
    assert (sorted(errors - known), sorted(known - errors)) == ([], []), "new errors, errors that are gone"
