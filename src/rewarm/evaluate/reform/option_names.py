"""Options named by digits or Chinese numerals instead of letters: a remembered letter is of no use."""

from dataclasses import replace

from rewarm.evaluate.reform.variant import Reform, Variant, of_variants
from rewarm.evaluate.score.task_scores import Asked

NAMES = {"digits": "123456789", "chinese_numerals": "一二三四五六七八九十"}


def renamed(asked: Asked, name: str) -> Reform:
    """The reform `digits` or `chinese_numerals` of a task in letters form."""
    ids = NAMES[name]
    fitting = [number for number, item in enumerate(asked.items) if 0 < len(item.options) <= len(ids)]
    variant = Variant(
        replace(
            asked,
            items=[asked.items[number] for number in fitting],
            shots=[shot for shot in asked.shots if len(shot.options) <= len(ids)],
            prompt=replace(asked.prompt, ids=ids),
        ),
        tuple(fitting),
    )
    return of_variants(name, [variant], len(asked.items), f"no item has 2 to {len(ids)} options")
