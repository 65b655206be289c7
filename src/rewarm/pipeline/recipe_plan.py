"""The plan of a recipe: tokens, updates, time, memory, disk and cost, before anything is collected or bought.

Every number is a `Figure` with its formula and source. Tokens of the sources are the estimates of preflight;
the shapes of the base are read from its files where they are on this machine, else from the catalogue of base
models; for any other they are typical for the size in its name, and the plan says so.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rewarm.data.mix.start_shares import start_shares
from rewarm.engine.durations import duration
from rewarm.errors import RewarmError
from rewarm.model import base
from rewarm.pipeline.preflight import budget, machine, mix_plan
from rewarm.pipeline.preflight.subject import Subject
from rewarm.pipeline.preflight.survey import Survey
from rewarm.pipeline.probe.figures import Combination, combination_lines, of_probe
from rewarm.plan import compute, disk, layouts, memory, models
from rewarm.plan.accelerators import Accelerator
from rewarm.plan.figure import Figure, big, figure_lines, gb
from rewarm.plan.layouts import ROOM, Layout
from rewarm.plan.probe import Probe
from rewarm.recipe import Recipe, reading
from rewarm.train import rates

_MEGATRON = 70e9


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a stage's mix. available: estimated tokens of one pass, None where not known; epochs:
    tokens / available."""

    stage: str
    entry: str
    share: float
    tokens: float
    available: float | None
    epochs: float | None
    max_epochs: float


@dataclass(frozen=True, slots=True)
class RecipePlan:
    """entries: of all stages; figures: in the order of printing; notes: what they rest on, and warnings;
    probe: the measurement that time and memory come from; combinations: what it predicts."""

    entries: list[Entry]
    figures: list[Figure]
    notes: list[str]
    probe: Probe | None = None
    combinations: list[Combination] = field(default_factory=list)

    def lines(self, why: bool = False) -> list[str]:
        """For the terminal. why: with formula and source of each figure."""
        shown = ["stage       entry                       share        tokens   passes"]
        for row in self.entries:
            passes = "not known" if row.epochs is None else f"{row.epochs:.2g} of {row.max_epochs:g}"
            shown.append(f"{row.stage:<12}{row.entry:<28}{row.share:>5.0%}{big(row.tokens):>14}   {passes}")
        shown += [*figure_lines(self.figures, why), *combination_lines(self.combinations)]
        return [*shown, *(f"note: {note}" for note in self.notes)]

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "format": 1,
            "entries": [asdict(row) for row in self.entries],
            "figures": [asdict(figure) for figure in self.figures],
            "notes": self.notes,
            "probe": self.probe.model_dump(mode="json") if self.probe else None,
            "combinations": [asdict(row) for row in self.combinations],
        }


def of_recipe(
    path: Path,
    card: Accelerator,
    cards: int,
    *,
    efficiency: float | None = None,
    price: float | None = None,
    overrides: Mapping[str, Any] | None = None,
    probe: Probe | None = None,
) -> RecipePlan:
    """Plan the recipe at `path` on `cards` accelerators.

    efficiency: measured share of the peak, None for the table's; price: of one card for an hour;
    overrides: of the recipe's values; probe: of this machine, which is then planned instead of `card`.
    Raises RewarmError for a recipe that is not valid.
    """
    recipe = reading.load(path, overrides)
    sources = {source.model_dump_json() for source in recipe.sources}
    subject = Subject(
        recipe, path, Path("runs") / recipe.name, "", None, reading.lines(path), Survey(len(sources))
    )
    notes: list[str] = []
    model = _shapes(subject, notes)
    entries = _entries(subject, notes)
    batch, why_batch = reading.batch_size(recipe)
    figures = [
        _trained(recipe),
        Figure("tokens per update", batch, "tokens", big(batch), why_batch, "recipe/batch_size.py"),
        *_rates(recipe, model, batch),
    ]
    longest = max(stage.seq_len or recipe.pack.seq_len for stage in recipe.stages)
    if probe is not None:
        found = of_probe(probe, recipe, model, cards, batch, price)
        figures += [*found.figures, _disk(subject, model)]
        return RecipePlan(entries, figures, [*notes, *found.notes], probe, found.combinations)
    tokens = recipe.train.micro_batch * longest
    room = card.memory * 1e9 * ROOM
    layout = layouts.cheapest(model, recipe.train, tokens, cards, card.cards, room)
    recompute = recipe.train.activation_checkpointing or (layout is not None and layout.recompute)
    figures += _time(recipe, model, card, cards, efficiency, recompute, longest, price)
    figures += _memory(recipe, model, tokens, card, cards, layout, notes)
    figures.append(_disk(subject, model))
    if model.parameters > _MEGATRON:
        notes.append(
            f"{big(model.parameters)} parameters: above about 70 B, and for trillions of tokens, Megatron's "
            "pipeline and context parallelism pay; `rewarm blocks` writes its format"
        )
    return RecipePlan(entries, figures, notes)


def _shapes(subject: Subject, notes: list[str]) -> memory.Shapes:
    named = subject.recipe.model
    found = base.on_disk(named, subject.folder)
    if found:
        with suppress(OSError, ValueError, KeyError, RewarmError):
            return memory.shapes(found)
    listed = models.find(named) if base.is_hub_id(named) else None
    if listed:
        notes.append(f"{named} is not on this machine: shapes are those of the catalogue of base models")
        return listed.shapes()
    parameters = memory.named_parameters(Path(named).name)
    if parameters is None:
        raise RewarmError(
            f"model {named}: is not on this machine, and its name has no size such as 7B; download it first"
        )
    notes.append(f"{named} is not on this machine: shapes are typical for {big(parameters)}")
    return memory.typical(parameters)


def _entries(subject: Subject, notes: list[str]) -> list[Entry]:
    available, how = budget.available(subject)
    if how:
        notes.append(f"tokens of the sources are estimates ({how}; before cleaning drops any)")
    rows = []
    starts = [start_shares(subject.recipe, number) for number in range(len(subject.recipe.stages))]
    plans = mix_plan.plans(subject.recipe, starts, available)
    for stage, plan in zip(subject.recipe.stages, plans, strict=True):
        for entry, share in plan.shares.items():
            tokens, have, most = share * stage.tokens, available.get(entry), plan.caps[entry]
            passes = tokens / have if have else None
            rows.append(Entry(stage.name, entry, share, tokens, have, passes, most))
            if passes and passes > most:
                notes.append(
                    f"{stage.name}: {entry} gives {big(have or 0)} tokens a pass, so {passes:.2g} passes "
                    f"are asked for and {most:g} allowed (mix.shortfall: "
                    f"{subject.recipe.mix.shortfall})"
                )
    return rows


def _trained(recipe: Recipe) -> Figure:
    parts = [f"{stage.name} {big(stage.tokens)}" for stage in recipe.stages]
    whole = sum(stage.tokens for stage in recipe.stages)
    return Figure("training tokens", whole, "tokens", big(whole), " + ".join(parts), "the recipe's stages")


_RATE_SOURCES = "GPT-3's table (2005.14165), re-warming (2403.08763), small batches (2507.07101)"


def _rates(recipe: Recipe, model: memory.Shapes, batch: int) -> list[Figure]:
    found, before = [], 0.0
    suits = rates.suiting(bool(recipe.train.lora))
    for stage in recipe.stages:
        updates = max(1, round(stage.tokens / batch))
        found.append(
            Figure(
                f"updates of {stage.name}", updates, "updates", f"{updates:,}",
                f"{stage.tokens:,} / {batch:,}", "the recipe",
            )
        )  # fmt: skip
        schedule, why = rates.resolve(stage.schedule.model_dump(), model.parameters, batch, before, suits)
        warm = round(schedule["warmup"] * updates)
        found.append(
            Figure(
                f"peak rate of {stage.name}", schedule["peak"], "",
                f"{schedule['peak']:.2g}, warm-up {warm:,} updates", why or "given in the recipe",
                _RATE_SOURCES if why else "the recipe",
            )
        )  # fmt: skip
        before = schedule["final"]
    return found


def _time(
    recipe: Recipe, model: memory.Shapes, card: Accelerator, cards: int, efficiency: float | None,
    recompute: bool, longest: int, price: float | None,
) -> list[Figure]:  # fmt: skip
    once = compute.work(model, longest, "full" if recompute else "none")
    share = card.efficiency if efficiency is None else efficiency
    measured = "measured by --probe" if efficiency is not None else card.measured
    told = measured or "assumed from cards of the same generation, not measured"
    speed = compute.tokens_per_second(once, card, cards, efficiency)
    whole = sum(stage.tokens for stage in recipe.stages)
    seconds = whole / speed
    found = [
        Figure(
            "work per token", once.done, "operations", f"{big(once.done)} operations",
            f"(6 x {big(model.parameters - compute.lookup(model))} + 6 x {model.layers} layers x "
            f"{model.width} x {longest})" + (" x 4/3 recomputed" if recompute else ""),
            "Kaplan et al. 2020, 2001.08361",
        ),
        Figure(
            "speed", speed, "tokens/s", f"{big(speed)} tokens/s, {big(speed * 86400)} a day",
            f"{cards} x {card.tflops:g} TFLOPS x {share:.2f} / {big(once.done)}",
            f"{card.source}; efficiency {told}",
        ),
        Figure(
            "training time", seconds, "seconds", duration(seconds), f"{big(whole)} / {big(speed)}",
            "the two above",
        ),
    ]  # fmt: skip
    if price is not None:
        cost = seconds / 3600 * cards * price
        formula = f"{seconds / 3600:.3g} hours x {cards} x {price:g}"
        found.append(Figure("cost", cost, "", f"{cost:,.0f}", formula, "--price per card and hour"))
    return found


def _memory(
    recipe: Recipe, model: memory.Shapes, tokens: int, card: Accelerator, cards: int,
    chosen: Layout | None, notes: list[str],
) -> list[Figure]:  # fmt: skip
    room = card.memory * 1e9
    shown = chosen or Layout(cards, recompute=True)
    rank = layouts.per_rank(model, recipe.train, tokens, shown)
    if chosen is None:
        fits = memory.fitting(model, recipe.train, tokens, room * ROOM)
        remedy = f"on one card train: {fits} fits" if fits else "take more cards, or a smaller base"
        notes.append(f"does not fit: {gb(rank.total)} of {gb(room)} a card with {shown.words()}; {remedy}")
    parts = {
        "weights": rank.weights, "gradients": rank.gradients, "moments": rank.moments,
        "gathered": rank.gathered, "accumulated": rank.accumulated, "activations": rank.activations,
        "reserved": rank.reserved,
    }  # fmt: skip
    formula = " + ".join(f"{name} {gb(size)}" for name, size in parts.items() if size)
    return [
        Figure(
            "layout", shown.ranks, "cards", shown.words(),
            f"the first with at most {ROOM:.0%} of {gb(room)}", "docs/plan.md",
        ),
        Figure(
            "memory per card", rank.total, "bytes", f"{gb(rank.total)} of {gb(room)}",
            f"({formula}) x {memory.SLACK:g} for fragments", "1910.02054, 2205.05198, plan/memory.py",
        ),
    ]  # fmt: skip


def _disk(subject: Subject, model: memory.Shapes) -> Figure:
    need = disk.need(model, subject.recipe.train, subject.recipe.export, machine.stored_bytes(subject))
    return Figure("disk", need.total, "bytes", need.words(), need.words(), "plan/disk.py")
