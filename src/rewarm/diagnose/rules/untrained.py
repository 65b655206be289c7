"""Parts that do not train: nothing at all, or the embeddings."""

from collections.abc import Iterator
from fnmatch import fnmatch

from rewarm.diagnose.finding import Finding
from rewarm.diagnose.rules.level import HIGH
from rewarm.diagnose.view import View

_TABLES = ("model.embed_tokens.weight", "lm_head.weight")


def nothing_trains(view: View) -> Iterator[Finding]:
    """Held-out losses are exactly as before, although updates were made."""
    changes = [one.change_bits for one in view.held_out.values() if one.tokens]
    if changes and view.series and all(abs(change) < 1e-7 for change in changes):
        yield Finding(
            "nothing-trains", "error", "all", view.first_stage,
            "the loss of every held-out document is exactly that of the base",
            "No weight changed: look at train.freeze, the peak rate, and train.lora.targets.", 0.999,
            {"largest_change": max(map(abs, changes))},
        )  # fmt: skip


def embeddings(view: View) -> Iterator[Finding]:
    """Embedding and head are frozen while the domain starts high: its tokens stay what they were."""
    lora, freeze = view.train("lora"), view.train("freeze") or []
    frozen = [name for name in _TABLES if any(fnmatch(name, pattern) for pattern in freeze)]
    if not frozen and not (lora and not lora.get("embeddings", True)):
        return
    for one in view.domains:
        if view.start(one) > HIGH:
            what = "train.lora.embeddings is false" if lora else f"train.freeze holds {', '.join(frozen)}"
            yield Finding(
                "embeddings-frozen", "warning", one.name, one.stage,
                f"{view.start(one):.2f} bits per byte at the start, and {what}",
                "New words and languages need trained embeddings: train embedding and head too.", 0.9,
                {"bits_per_byte": view.start(one)},
            )  # fmt: skip
