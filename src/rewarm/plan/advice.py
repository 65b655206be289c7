"""The first questions of a small team, each answered by a rule with its evidence.

1. A base or a chat model?
2. All weights, or LoRA, on these cards?
3. Does the base already know this domain?
4. Is there enough text, or would retrieval or fine-tuning serve better?

The thresholds are rules of thumb between published points, not laws; each answer names its source, and a
pilot (docs/pilots.md) decides where the answer matters.
"""

from dataclasses import asdict, dataclass
from typing import Any

from rewarm.plan.accelerators import Accelerator
from rewarm.plan.figure import big, gb
from rewarm.plan.memory import Shapes
from rewarm.plan.training_way import training_way

# Domain tokens below which nothing is learnt reliably, which need other wordings, and which need no help.
RETRIEVAL, REWORDED, PLAIN = 1e6, 20e6, 100e6
# A domain that costs the base at most this many more bits per byte than general text is no news to it.
KNOWN = 0.05


@dataclass(frozen=True, slots=True)
class Situation:
    """tokens: of the domain's text, None for not known; chat: whether the base was trained on instructions;
    domain_bits, general_bits: bits per byte of one base on own and on general text of one language."""

    tokens: float | None = None
    chat: bool | None = None
    model: Shapes | None = None
    card: Accelerator | None = None
    cards: int = 1
    seq_len: int = 4096
    domain_bits: float | None = None
    general_bits: float | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """answer: what to do; because: the rule with its numbers; source: paper or measurement."""

    question: str
    answer: str
    because: str
    source: str


def advise(situation: Situation) -> list[Advice]:
    """The four answers, in order."""
    return [base_or_chat(situation), full_or_lora(situation), known(situation), enough(situation)]


def lines(found: list[Advice], why: bool) -> list[str]:
    """For the terminal. why: with rule and source."""
    shown = []
    for advice in found:
        shown.append(f"{advice.question:<34}{advice.answer}")
        if why:
            shown += [f"    = {advice.because}", f"    source: {advice.source}"]
    return shown


def plain(found: list[Advice]) -> list[dict[str, Any]]:
    """For JSON."""
    return [asdict(advice) for advice in found]


def base_or_chat(situation: Situation) -> Advice:
    """Question 1."""
    source = "arXiv 2310.04799 (chat vector); 2405.09673 (LoRA forgets less)"
    if situation.tokens is not None and situation.tokens < REWORDED:
        answer = "chat model, with LoRA and conversations in the mix"
        if situation.chat is False:
            answer = "base, if you train instructions afterwards; otherwise its chat version with LoRA"
        because = (
            f"{big(situation.tokens)} tokens change little, and instruction training costs more than they add"
        )
        return Advice("base or chat model?", answer, because, source)
    answer = "base; train instructions afterwards, or add the chat vector"
    because = "long plain training overwrites instructions, and the base keeps its general ability better"
    return Advice("base or chat model?", answer, because, source)


def full_or_lora(situation: Situation) -> Advice:
    """Question 2."""
    question = "all weights or LoRA?"
    source = "plan/memory.py (1910.02054); arXiv 2405.09673: LoRA learns less and forgets less"
    if situation.model is None or situation.card is None:
        return Advice(question, "not known: give --base and --gpu", "depends on memory per card", source)
    model, card, cards = situation.model, situation.card, situation.cards
    way = training_way(model, card, cards, situation.seq_len)
    where = f"{big(model.parameters)} on {cards} x {card.title}"
    if way is None:
        more = next((n for n in (1, 2, 4, 8) if n > cards and training_way(model, card, n, 4096)), None)
        answer = f"neither fits; {more} cards do" if more else "neither fits: take a smaller base"
        return Advice(question, answer, where, source)
    because = f"{where}: {way.words()} takes {gb(way.total)} a card"
    if way.kind != "LoRA":
        few = situation.tokens is not None and situation.tokens < REWORDED
        answer = "all weights fit; LoRA still forgets less on so few tokens" if few else "all weights"
        return Advice(question, answer, because, source)
    full = [n for n in (1, 2, 4, 8) if n > cards]
    enough_cards = next(
        (n for n in full if (w := training_way(model, card, n, situation.seq_len)) and w.kind != "LoRA"), None
    )
    answer = "LoRA, with a high rank and the embeddings trained"
    if way.changes.get("lora", {}).get("embeddings") is False:
        answer = "LoRA without embeddings"
    if enough_cards:
        answer += f"; all weights need {enough_cards} cards"
    return Advice(question, answer, because, source)


def known(situation: Situation) -> Advice:
    """Question 3."""
    question = "does the base know the domain?"
    source = "bits per byte on held-out text; docs/models.md"
    own, general = situation.domain_bits, situation.general_bits
    if own is None:
        answer = "not measured: --text OWN --general OTHER --loss MODEL"
        return Advice(question, answer, "the base's loss on own text against general text", source)
    if general is None:
        answer = f"{own:.3f} bits per byte; give --general text of the same language to judge it"
        return Advice(question, answer, "a loss says nothing without one to compare it with", source)
    difference = own - general
    because = f"{own:.3f} bits per byte on own text, {general:.3f} on general text"
    if difference <= KNOWN:
        answer = "mostly: expect a small gain, and test with probes and a pilot first"
    else:
        answer = f"no: own text costs {difference:.2f} bits per byte more than general text"
    return Advice(question, answer, because, source)


def enough(situation: Situation) -> Advice:
    """Question 4."""
    question = "is this text enough?"
    tokens = situation.tokens
    if tokens is None:
        return Advice(question, "not known: give --tokens", "depends on their number", "docs/models.md")
    size = f"{big(tokens)} domain tokens"
    if tokens < RETRIEVAL:
        return Advice(
            question, "no: use retrieval; fine-tune for form and tone only",
            f"{size}: a fact must be seen many times, in many wordings, before a model can use it",
            "arXiv 2312.05934 (retrieval beats unsupervised training on new facts); 2309.14316",
        )  # fmt: skip
    if tokens < REWORDED:
        return Advice(
            question, "only with other wordings of it (rewarm synthesize); compare with retrieval",
            f"{size}: 1.3M tokens taught closed-book answers once they were rewritten into 455M",
            "arXiv 2409.07431 (EntiGraph)",
        )  # fmt: skip
    if tokens < PLAIN:
        return Advice(
            question, "yes, for up to 4 passes with replay; other wordings still help",
            f"{size}: up to 4 passes are worth nearly as much as new text",
            "arXiv 2305.16264 (data-constrained scaling); 2403.08763 (replay)",
        )  # fmt: skip
    return Advice(
        question, "yes", f"{size} with replay of general text", "arXiv 2403.08763; 2406.01375 (D-CPT law)"
    )
