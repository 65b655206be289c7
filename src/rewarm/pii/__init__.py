"""Personal data: where it stands in a text, in Chinese and English.

`find` gives the places by type; `hide` is for excerpts in ledgers, which never show a value. What is
done about them in documents is the step `redact`'s business.
"""

from rewarm.pii.finding import TYPES, Finding
from rewarm.pii.search import find, hide

__all__ = ["TYPES", "Finding", "find", "hide"]
