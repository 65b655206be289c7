"""Single choice asked as multiple-select: the model must also decide that no second option is right.

Every non-empty set of options is a candidate, so that chance falls from 1/4 to 1/15 with four options.
"""

from dataclasses import replace

from rewarm.evaluate.reform.variant import Reform, Variant, of_variants
from rewarm.evaluate.score.task_scores import Asked
from rewarm.evaluate.tasks.item import Item
from rewarm.evaluate.tasks.language import is_chinese
from rewarm.evaluate.tasks.prompt import MOST_MULTIPLE

_INSTRUCTION = {
    "en": "One or more of the options are right. Name all of them.\n",
    "zh": "下列选项中有一个或多个正确，请选出全部正确选项。\n",
}


def as_multiple(asked: Asked) -> Reform:
    """The reform `multiple_select` of single-choice items in letters form."""
    fitting = [number for number, item in enumerate(asked.items) if _fits(item)]
    chinese = bool(fitting) and is_chinese(asked.items[fitting[0]].question)
    instruction = _INSTRUCTION["zh" if chinese else "en"]
    prompt = replace(
        asked.prompt, letters=asked.prompt.letters.replace("{question}", instruction + "{question}")
    )
    variant = Variant(
        replace(
            asked,
            items=[replace(asked.items[number], multiple=True) for number in fitting],
            shots=[replace(item, multiple=True) if _fits(item) else item for item in asked.shots],
            prompt=prompt,
        ),
        tuple(fitting),
    )
    return of_variants(
        "multiple_select",
        [variant],
        len(asked.items),
        f"no single-choice item has 2 to {MOST_MULTIPLE} options",
    )


def _fits(item: Item) -> bool:
    return 2 <= len(item.options) <= MOST_MULTIPLE and not item.multiple
