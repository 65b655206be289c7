"""Retrieval form: each option stands as a passage in the context, and the question is answered freely.

    Passages: Which gas do plants take in? oxygen
    Which gas do plants take in? carbon dioxide
    …
    Question: Which gas do plants take in?
    Answer:

No letter is scored, so that a remembered letter or position is of no use, and the model needs no skill with
letters. The generated answer is matched to an option (`option_match.py`); unmatched ones count as wrong and
are counted. `retrieval_likelihood` reads the same prompt by the options' likelihood instead, which also
works for models that do not answer to the point.
"""

from dataclasses import replace

import numpy as np

from rewarm.evaluate.reform.variant import Reading, Reform, Variant, of_variants
from rewarm.evaluate.score.task_scores import Asked
from rewarm.evaluate.tasks.item import BLANK, Item
from rewarm.evaluate.tasks.language import is_chinese

_MAX_TOKENS = 48
_LIST = {"en": "Passages:\n", "zh": "材料：\n"}


def retrieval(asked: Asked, reading: Reading, rng: np.random.Generator) -> Reform:
    """The reform `retrieval` (generated answers) or `retrieval_likelihood`."""
    fitting = [
        number
        for number, item in enumerate(asked.items)
        if item.options and not item.multiple and item.kind != "blank"
    ]
    shown = [with_passages(asked.items[number], rng) for number in fitting]
    originals = tuple(asked.items[number] for number in fitting)
    generated = reading == "generation"
    items = [
        replace(item, options=(), gold=(), answers=(original.options[original.gold[0]],))
        if generated
        else item
        for item, original in zip(shown, originals, strict=True)
    ]
    shots = [with_passages(item, rng) if item.options and not item.multiple else item for item in asked.shots]
    variant = Variant(
        replace(
            asked, items=items, shots=shots, form="cloze", normalise="bytes", open="generation",
            max_tokens=min(asked.max_tokens, _MAX_TOKENS),
            prompt=replace(asked.prompt, context="{context}\n"),
        ),
        tuple(fitting),
        reading,
        originals if generated else (),
    )  # fmt: skip
    name = "retrieval" if generated else "retrieval_likelihood"
    return of_variants(name, [variant], len(asked.items), "no single-choice item")


def with_passages(item: Item, rng: np.random.Generator) -> Item:
    """The item with its options as passages in random order before the question."""
    question = " ".join(item.question.replace(BLANK, " ").split())
    order = rng.permutation(len(item.options)).tolist()
    listed = "\n".join(f"{question} {item.options[position]}" for position in order)
    head = _LIST["zh" if is_chinese(question) else "en"]
    before = f"{item.context.strip()}\n" if item.context.strip() else ""
    return replace(item, context=f"{before}{head}{listed}")
