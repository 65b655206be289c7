"""What a model is asked: items, prompt and form."""

from collections.abc import Sequence
from dataclasses import dataclass

from rewarm.evaluate.tasks.item import Item
from rewarm.evaluate.tasks.prompt import Form, Prompt


@dataclass(frozen=True, slots=True)
class Asked:
    """Items and how they are asked. open: `generation` or `continuation`, of items without options;
    normalise: None takes none with letters and bytes in cloze form; max_tokens: of a generated answer."""

    items: Sequence[Item]
    prompt: Prompt
    form: Form
    shots: Sequence[Item] = ()
    open: str = "generation"
    normalise: str | None = None
    max_tokens: int = 256

    @property
    def normalisation(self) -> str:
        return self.normalise or ("none" if self.form == "letters" else "bytes")
