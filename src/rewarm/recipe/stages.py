"""The stages: what each trains on, in which sequences, at which rate."""

from decimal import Decimal
from math import fsum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from rewarm.recipe.order import Order
from rewarm.recipe.part import Count, Part, Share
from rewarm.recipe.shares import Group, GroupValue, Plain, check_sum

_DECAY = 0.2
# 0.33 three times is a third each; a sum of 0.9 is a mistake.
_MOST_ROUNDING = 0.01


class Schedule(Part):
    """Learning rate over the updates of a stage: warm-up, peak, decay."""

    shape: Literal["constant", "linear", "cosine", "sqrt", "exponential", "wsd", "infinite"] = "cosine"
    """`adapt` may hold the rate (`constant`, `infinite`) and leave the decay to `anneal`."""
    shift: Literal["strong", "weak"] = "strong"
    """Used by `auto`. `weak`: text similar to the training data of an annealed base: no re-warming, from its
    own final rate to a hundredth of it (Parmar et al. 2024, 2407.07263)."""
    peak: Annotated[float, Field(gt=0)] | Literal["auto"] = "auto"
    """`auto` depends on the base's size and prints the reason: half of the usual training rate of such a
    base, because 0.5–1 × re-warms (Ibrahim et al. 2024, 2403.08763) and a lower rate forgets less. Smaller
    updates than usual for the size lower it by the sixth root: a 64th of the tokens halves it. A later stage
    continues at the rate where the one before ended."""
    final: Annotated[float, Field(ge=0)] | Literal["auto"] = "auto"
    """`auto` is a tenth of the peak, as in the same paper; 0.55 of it for `infinite`, which holds it."""
    warmup: Share | Literal["auto"] = "auto"
    """Share of the stage's updates, `auto` 0.01: its length hardly matters, the peak does (Gupta 2023,
    2308.04014). From zero, or from the rate where the stage before ended, to the peak."""
    decay: Share = _DECAY
    """Share of the stage's updates in which `wsd` (at the end; 2404.06395: 10–20 %) or `infinite` (after the
    warm-up) decays."""
    decay_shape: Literal["linear", "cosine", "sqrt", "exponential"] = "sqrt"
    """Decay of `wsd`: 1 − √ was best in 2405.18392; `exponential` is the form of 2404.06395."""

    @model_validator(mode="after")
    def _falls(self) -> Self:
        partly = self.shape in ("wsd", "infinite")
        warmup = 0.0 if self.warmup == "auto" else self.warmup
        form = self.decay_shape if self.shape == "wsd" else self.shape
        if self.final != "auto" and self.peak != "auto" and self.final > self.peak:
            raise ValueError(f"final {self.final} is above peak {self.peak}: a stage's rate falls")
        if self.shape == "constant" and self.final not in ("auto", self.peak):
            raise ValueError(f"final {self.final}: `constant` ends at its peak; remove final")
        if form == "exponential" and self.final == 0:
            raise ValueError("final 0: an exponential fall never gets there; give a positive rate")
        if partly and self.decay == 0:
            raise ValueError(f"decay 0: `{self.shape}` does not fall without; give a share or `constant`")
        if partly and warmup + self.decay > 1:
            raise ValueError(f"warmup {warmup} + decay {self.decay} exceed the stage")
        if not partly and self.decay != _DECAY:
            raise ValueError(f"decay {self.decay}: only wsd and infinite have one; remove it")
        if self.shape != "wsd" and self.decay_shape != "sqrt":
            raise ValueError(f"decay_shape {self.decay_shape}: only wsd has one; remove it")
        if warmup == 1 and self.shape != "constant":
            raise ValueError(f"warmup 1: nothing is left in which `{self.shape}` falls; shorten it")
        if self.shift == "weak" and "auto" not in (self.peak, self.final, self.warmup):
            raise ValueError("shift weak: peak, final and warmup are already given; remove it")
        return self


class Rope(Part):
    """Rotary positions from this stage on, for sequences longer than in the base's training."""

    type: Literal["default", "linear", "yarn", "llama3"] = "default"
    """`default` only changes `theta`; `linear` interpolates (2306.15595), `yarn` (2309.00071)."""
    theta: Annotated[float, Field(gt=0)] | None = None
    """Base frequency. None: the base model's. Code Llama uses 1e6 for 16k (2308.12950)."""
    factor: Annotated[float, Field(ge=1)] | None = None
    """How many times longer, for all types but `default`."""
    original_positions: Count | None = None
    """The length that `factor` multiplies. None: the base model's."""

    @model_validator(mode="after")
    def _has_factor(self) -> Self:
        if (self.type == "default") != (self.factor is None):
            raise ValueError(
                f"type {self.type} and factor {self.factor}: default has none, the others need one"
            )
        if self.type == "default" and self.theta is None:
            raise ValueError("type default without theta changes nothing; give theta, or leave rope out")
        return self


class Lengths(Part):
    """Which documents a long-context stage draws by their length. Long ones are rare: drawn by their share of
    the corpus, most sequences would hold short documents side by side and teach no long dependency."""

    long: Count | None = None
    """Documents of at least this many tokens are long. None: half of the stage's sequence length."""
    share: Share = 0.6
    """Share of each entry's tokens from long documents, within `max_epochs`; the rest are short, which keeps
    what was learned. Per source, so that the mix stays (Fu et al. 2024, 2402.10171); 60 % long was
    best in ProLong (Gao et al. 2024, 2410.02660, section 3.2)."""


class Stage(Part):
    """One stage of training: its tokens, its mix of sources and its learning rate."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    """Name in tables and messages, as in `adapt` and `anneal`."""
    tokens: Count
    """Training tokens of the stage, e.g. 40k, 2M, 1.5B."""
    mix: dict[str, GroupValue]
    """Source, or labels (`task=math`, `language=zh,task=general`) → share of the stage's tokens; the sum is 1
    within the rounding of the shares. A share may be a range, `[0.1, 0.3]`, or `auto`, and a name may stand
    for a group, `general: {share: auto, mix: …}` (docs/mix.md). A document belongs to one entry; documents
    without an entry are only measured."""
    max_epochs: Annotated[float, Field(gt=0)] | dict[str, Annotated[float, Field(gt=0)]] | Literal["auto"] = (
        "auto"
    )
    """Passes over a document, of all entries or by entry. `auto`: 4 for text that is most of a stage, which
    cost almost nothing (Muennighoff et al. 2023, 2305.16264), up to 16 for text beside at least as much
    other text (15 to 20 in 2605.12715), less the share of the entry's own 13-grams that repeat."""
    best: Share = 1.0
    """Share of each source's tokens to sample from, the best by quality; useful for an anneal."""
    order: Order = Order()
    schedule: Schedule = Schedule()
    seq_len: int | None = Field(None, ge=8)
    """Tokens per sequence of this stage. None: pack.seq_len. A long-context stage comes last."""
    lengths: Lengths | None = None
    """Up-samples long documents for a stage of longer sequences. None: documents of all lengths alike."""
    rope: Rope | None = None
    """None: the positions of the stage before, initially those of the base model."""

    @field_validator("mix")
    @classmethod
    def _shares_of_one(cls, given: dict[str, Plain | Group]) -> dict[str, Any]:
        """Shares that are rounded, as six times 0.166667, are scaled to a sum of 1."""
        mix = {source: share for source, share in given.items() if isinstance(share, float | int)}
        if len(mix) < len(given):
            check_sum({name: one.share if isinstance(one, Group) else one for name, one in given.items()})
            return given
        total = fsum(mix.values())
        if abs(total - 1) <= 1e-9:
            return mix
        written = [Decimal(str(share)) for share in mix.values()]
        decimals = max((max(0, -int(one.as_tuple().exponent)) for one in written), default=0)
        rounding = len(mix) * 0.5 * 10.0**-decimals
        if abs(total - 1) > min(rounding, _MOST_ROUNDING) + 1e-9:
            terms = " + ".join(map(str, written))
            raise ValueError(f"shares sum to {sum(written, Decimal(0))} ({terms}), not 1")
        return {source: share / total for source, share in mix.items()}

    @model_validator(mode="after")
    def _limits_are_entries(self) -> Self:
        if isinstance(self.max_epochs, dict):
            groups = [one.mix for one in self.mix.values() if isinstance(one, Group)]
            if "auto" in groups:
                return self
            names = [*self.mix, *(name for one in groups for name in one)]
            for name in self.max_epochs:
                if name not in names:
                    raise ValueError(
                        f"max_epochs: '{name}' is not in the mix; entries are {', '.join(names)}"
                    )
        return self

    @model_validator(mode="after")
    def _draws_something(self) -> Self:
        if self.best == 0:
            raise ValueError("best: 0 leaves no documents; 1 takes all")
        return self
