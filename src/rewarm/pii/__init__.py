"""Detection of personal data in Chinese and English text.

`find` returns the positions by type; `hide` replaces values in excerpts of ledgers, which never show one. The
step `redact` edits documents.
"""

from rewarm.pii.finding import TYPES, Finding
from rewarm.pii.search import find, hide

__all__ = ["TYPES", "Finding", "find", "hide"]
