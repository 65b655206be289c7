"""Checks of a base and a teacher by their names, before anything is downloaded.

An instruct or chat model is recognised by the usual endings of its name; Qwen3 and SmolLM3 name the
post-trained model without an ending and the base with `-Base`.
"""

import re

from rewarm.plan import memory, models
from rewarm.plan.figure import big
from rewarm.plan.models import BaseModelEntry

_CHAT = re.compile(r"(?i)[-_](instruct|chat|it|sft|dpo|rlhf|thinking|reasoning)(?=[-_.]|$)")


def base_of(name: str) -> BaseModelEntry | None:
    """The listed base that the instruct or chat model `name` was made from; None if `name` is a base or
    its base is not listed."""
    if models.find(name) is not None:
        return None
    short = name.rpartition("/")[2]
    plain = _CHAT.sub("", short)
    # Without an ending of its own, only a name whose base says so is that of a post-trained model.
    for ending in ("-Base",) if plain == short else ("", "-Base", "-pt", "-hf"):
        found = models.find(plain + ending)
        if found is not None:
            return found
    return None


def is_chat(name: str) -> bool:
    """Whether the name is that of an instruct or chat model."""
    return bool(_CHAT.search(name.rpartition("/")[2])) or base_of(name) is not None


def parameters_of(name: str) -> float | None:
    """Of a listed model or its instruct version, else the size in the name, as in 7B; None for neither."""
    found = models.find(name) or base_of(name)
    if found is not None:
        return float(found.parameters)
    size = memory.named_parameters(name)
    return None if size is None else float(size)


def base_warnings(name: str) -> list[str]:
    """What to know before continuing the pre-training of `name`."""
    if not is_chat(name):
        return []
    base = base_of(name)
    take = f"take {base.id}" if base else "take its base version"
    return [
        f"{name} was trained on instructions: plain continued pre-training overwrites them; {take} and train "
        "instructions afterwards, or mix conversations in, or add the chat vector (arXiv 2310.04799)"
    ]


def teacher_warnings(base: str, teacher: str) -> list[str]:
    """What to know before `teacher` writes or judges text for `base`."""
    small, large = parameters_of(base), parameters_of(teacher)
    if small is None or large is None:
        unknown = base if small is None else teacher
        return [f"the size of {unknown} is not known, so it is not checked that the teacher is larger"]
    if large <= small:
        return [
            f"teacher {teacher} ({big(large)}) is not larger than the base {base} ({big(small)}): what it "
            "writes teaches style at most; take a larger sibling"
        ]
    return []
