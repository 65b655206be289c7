"""Faithful rewriting of text that parsed badly: the same content, readable.

Nothing is added or left out; what cannot be made out is left out rather than guessed. The checks compare
numbers, dates, citations and names in both directions.
"""

from collections.abc import Iterator

from rewarm.data.synthesize.prompts.common import Passage, Task, about, system, task
from rewarm.llm.request import Request

_PURPOSE = (
    "The material was damaged when it was extracted from a file: torn or joined words, broken lines, misread "
    "letters, running headers and page numbers in the text. Write it out as clean, complete prose in its "
    "own order "
    "and, where it is intact, in its own words. Keep every statement, number, date, name and citation. "
    "Leave out "
    "running headers, footers and page numbers. Where something cannot be made out, leave it out; never "
    "guess. "
    "Tables become sentences or lists with all their values."
)


def tasks(passage: Passage) -> Iterator[Task]:
    """One request. An answer may be a third longer than its passage."""
    most = max(512, len(passage.text.encode()) // 2)
    request = Request(system(_PURPOSE, passage), about(passage), max_tokens=most)
    yield task(passage, request, "rewrite", "rewrite", "rewrite")
