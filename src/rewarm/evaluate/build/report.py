"""What `rewarm bench build` prints: documents, items by set and kind, and what each filter dropped."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rewarm.evaluate.build.build import Built, guessed
from rewarm.evaluate.build.documents import Given
from rewarm.evaluate.tasks.item import BLANK, Item, record_of


def lines(built: Built, folder: Path) -> Iterator[str]:
    """The summary of a benchmark that was written to `folder`."""
    yield from _documents(built.documents)
    for item_set, items in built.items.items():
        kinds = Counter(item.group for item in items)
        told = " · ".join(f"{number:,} {kind}" for kind, number in sorted(kinds.items()))
        yield f"{item_set:<10}{len(items):,} items of {_origins(items):,} documents   {told}"
        if len(items) < built.settings.items:
            yield f"{'':<10}{built.settings.items:,} were wanted; the filters below say where the others went"
        for name, number in built.counts[item_set].items():
            dropped = "dropped " if "." in name else ""
            yield f"{'':<10}{number:>9,}  {dropped}{name.replace('.', ': ').replace('_', ' ')}"
        if (guesses := built.guesses[item_set]) is not None:
            yield (
                f"{'':<10}without the question the base chooses the right option in "
                f"{guesses.accuracy:.1%} of them; chance is {guesses.chance:.1%}"
            )
        yield f"{'':<10}{folder / f'{item_set}.jsonl'}"


def preview(built: Built, number: int) -> Iterator[str]:
    """Some items of each set, the right option first."""
    for item_set, items in built.items.items():
        yield f"{item_set}: {len(items):,} items, the first {min(number, len(items))}"
        for item in items[:number]:
            yield from _shown(item)


def values(built: Built, number: int = 0) -> dict[str, Any]:
    """The same for programs. number: items of each set to include."""
    return {
        "documents": dict(built.documents),
        "sets": {
            item_set: {
                "items": len(items),
                "documents": _origins(items),
                "kinds": dict(Counter(item.group for item in items)),
                "counts": dict(built.counts[item_set]),
                **({"preview": [record_of(item) for item in items[:number]]} if number else {}),
            }
            for item_set, items in built.items.items()
        },
        "guessed": guessed(built),
        "settings": built.settings.model_dump(mode="json"),
    }


def plan_lines(given: Given) -> Iterator[str]:
    """What a run has, for a dry run."""
    yield f"sources   {', '.join(given.sources)}; text as the step {given.step.name} left it"
    yield from _documents(given.counts)


def plan_values(given: Given) -> dict[str, Any]:
    """The same for programs."""
    return {"sources": given.sources, "documents": dict(given.counts)}


def _documents(counts: Counter[str]) -> Iterator[str]:
    told = " · ".join(
        f"{number:,} {name.partition('.')[2].replace('_', ' ')}" for name, number in counts.items()
    )
    yield f"documents {told}"


def _origins(items: list[Item]) -> int:
    return len({item.origin["document"] for item in items})


def _shown(item: Item) -> Iterator[str]:
    yield f"  {item.id}   {item.group}   {item.context}"
    right = item.options[item.gold[0]]
    wrong = [option for option in item.options if option != right]
    yield f"    {item.question.replace(BLANK, f'[{right}]')}"
    yield f"    not: {' · '.join(wrong)}"
