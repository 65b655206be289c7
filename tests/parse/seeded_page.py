"""A page to be typeset, with the random numbers of a name and seed."""

import random

from typst_source import Page, english


def seeded_page(name: str, seed: int, **more: object) -> Page:
    return Page(random.Random(f"{name}{seed}"), **more)  # type: ignore[arg-type]


def heading(page: Page, words: int = 5) -> str:
    return " ".join(english(page.rng, 2).rstrip(".;?").split()[:words]).strip(",;.?")
