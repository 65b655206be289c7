"""The loss at the start: low, so known, easy or repetitive; high, so new or garbled."""

from collections.abc import Iterator
from statistics import median

from rewarm.diagnose.finding import Finding
from rewarm.diagnose.texts import Texts
from rewarm.diagnose.view import View

# Bits per byte. Plain prose in a language that a base knows has 0.6 to 1.2, from 70 B parameters to 0.1 B.
LOW, HIGH = 0.5, 1.5
# And beside the run's other sources, since small bases are high everywhere.
BESIDE = 1.25
GARBLED, COMPRESSED, REPEATED = 0.005, 0.2, 0.3


def initial(view: View) -> Iterator[Finding]:
    """Initial loss far from that of plain text, and of the run's other sources."""
    firsts = [one for one in view.sources if one.stage == view.first_stage and one.bits[0] == one.bits[0]]
    for one in firsts:
        bits = float(one.bits[0])
        others = [float(other.bits[0]) for other in firsts if other is not one]
        beside = median(others) if others else bits
        evidence = {"bits_per_byte": bits, "nats_per_token": one.start, "others": beside}
        texts = view.texts(one.value)
        if bits < LOW and (not others or bits < beside / BESIDE):
            says, advice = _low(texts)
            documents = texts.worst if texts and texts.repeated > REPEATED else ()
            yield Finding(
                "initial-low", "note", one.name, one.stage, f"{bits:.2f} bits per byte at the start: {says}",
                advice, 0.9, {**evidence, **_of(texts)}, documents,
            )  # fmt: skip
        elif bits > HIGH and (not others or bits > beside * BESIDE):
            garbled = texts is not None and texts.garbled > GARBLED
            says = "the text is garbled" if garbled else "it is new to the base: a language or kind of text"
            advice = (
                "Repair or drop these documents: `clean` and `select` have rules for wrong characters, "
                "`rewarm parse FILE` shows how a file is read."
                if garbled
                else "Expect more forgetting: raise the general share, and give this source more tokens."
            )
            yield Finding(
                "initial-high", "warning" if garbled else "note", one.name, one.stage,
                f"{bits:.2f} bits per byte at the start: {says}", advice, 0.9, {**evidence, **_of(texts)},
                texts.worst if texts and garbled else (),
            )  # fmt: skip


def _low(texts: Texts | None) -> tuple[str, str]:
    if texts and texts.repeated > REPEATED:
        return (
            f"{texts.repeated:.0%} of the text are lines that many documents share",
            "Templates teach their frame: cap them with `phrases` or `dedupe.near`, or lower the share.",
        )
    if texts and texts.compressed < COMPRESSED:
        return "the text is repetitive", "Deduplicate it (`dedupe`, `trim`), or lower its share."
    return (
        "the base knows this text, or it is easy",
        "Little can be learnt from it: use it as replay, or spend the tokens elsewhere.",
    )


def _of(texts: Texts | None) -> dict[str, float]:
    if texts is None:
        return {}
    return {
        "garbled": texts.garbled, "compressed": texts.compressed, "repeated": texts.repeated,
        "markup": texts.markup,
    }  # fmt: skip
