"""A pilot study: its directory, its design, and the recipe of its runs.

The directory is an ordinary run directory: `pilots.yaml` is the recipe with one stage at a constant rate and
one variant for each pilot, so pilots share every data step, and a repeated command redoes only what changed.
At a constant rate one run measures the loss at every number of tokens (Hu et al. 2024, 2404.06395).
`study.json` holds the design, so that a later call adds mixes to those that were trained.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from rewarm.engine.publish import writing
from rewarm.errors import RewarmError
from rewarm.model import base
from rewarm.pilots import design
from rewarm.pilots.design import Design, Mix
from rewarm.plan import memory
from rewarm.recipe import Recipe, Stage, reading, selectors
from rewarm.train import rates

FORMAT = 1
STAGE = "pilot"
LEVELS = ("full", "lora", "merged")
# Fewer updates say more about the optimizer's start than about the data.
LEAST_UPDATES = 8
_PART_OF_STAGE = 10


@dataclass(frozen=True)
class Settings:
    """
    Attributes:
        domain: the entry of the mix to learn; None for the only one whose sources are labelled task=domain.
        tokens: of each pilot; None for a tenth of the stage.
        rates: learning rates; none for the stage's own.
        mixes: how many; None for as many as the laws need.
        low, high: range of the domain's share.
        repeats: further runs of one mix at each rate, on other documents: they show the noise.
        stage: of the recipe, whose mix and sequence length are used; None for the first.
        points: measurements along each run.
        documents: held-out documents of each leaf in a measurement.
        lora_factor: rate of LoRA pilots divided by that of full ones.
    """

    domain: str | None = None
    tokens: int | None = None
    rates: tuple[float, ...] = ()
    mixes: int | None = None
    low: float = 0.05
    high: float = 0.95
    repeats: int = 1
    stage: str | None = None
    points: int = 4
    documents: int = 64
    lora_factor: float = 5.0


@dataclass(frozen=True)
class Pilot:
    """A run. kind: mix, repeat or confirm; shares: of the study's entries; rate: of full training."""

    level: str
    shares: Mix
    rate: float
    seed: int
    kind: str = "mix"

    @property
    def name(self) -> str:
        shares = "-".join(f"{share:.3f}" for share in self.shares[:-1])
        return f"{self.level}-{shares}-rate{self.rate:g}-seed{self.seed}"


@dataclass(frozen=True)
class Study:
    """
    Attributes:
        entries: of the mix; domain: the place of the one to learn.
        parameters: of the model.
        tokens, batch_tokens: of a pilot and of its updates.
        repeated: the mix that is trained more than once.
        confirmations: further runs of advised mixes.
    """

    folder: Path
    path: Path
    recipe: Recipe
    settings: Settings
    entries: tuple[str, ...]
    domain: int
    parameters: int
    tokens: int
    batch_tokens: int
    rates: tuple[float, ...]
    design: Design
    repeated: Mix
    confirmations: tuple[Pilot, ...] = ()

    @property
    def file(self) -> Path:
        """The recipe of the pilots."""
        return self.folder / "pilots.yaml"

    @property
    def stage(self) -> Stage:
        return _stage(self.recipe, self.settings.stage)

    def pilots(self, level: str) -> list[Pilot]:
        """The runs of a level. Merged models are no runs, so there are more of them and none is repeated."""
        seed = self.recipe.training_seed
        mixes = self.merged_mixes if level == "merged" else self.design.mixes
        found = [Pilot(level, mix, rate, seed) for rate in self.rates for mix in mixes]
        if level != "merged":
            found += [
                Pilot(level, self.repeated, rate, seed + 1 + number, "repeat")
                for rate in self.rates
                for number in range(self.settings.repeats)
            ]
        return found

    @cached_property
    def merged_mixes(self) -> tuple[Mix, ...]:
        """Twice as many mixes as are trained, among them those."""
        low, high = self.settings.low, self.settings.high
        most = len(design.candidates(len(self.entries), self.domain, low, high))
        return design.choose(
            len(self.entries),
            self.domain,
            low=low,
            high=high,
            points=1,
            count=min(most, 2 * len(self.design.mixes)),
            keep=self.design.mixes,
        ).mixes

    def with_confirmations(self, pilots: Sequence[Pilot]) -> "Study":
        known = {pilot.name: pilot for pilot in (*self.confirmations, *pilots)}
        return replace(self, confirmations=tuple(known.values()))

    def write(self) -> None:
        """Write `study.json` and `pilots.yaml`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = {
            "format": FORMAT,
            "recipe": str(self.path),
            "settings": asdict(self.settings),
            "entries": self.entries,
            "domain": self.entries[self.domain],
            "tokens": self.tokens,
            "rates": self.rates,
            "design": asdict(self.design),
            "repeated": self.repeated,
            "confirmations": [asdict(pilot) for pilot in self.confirmations],
        }
        with writing(self.folder / "study.json") as aside:
            aside.write_text(json.dumps(kept, indent=1, ensure_ascii=False), encoding="utf-8")
        trained = [pilot for level in LEVELS[:2] for pilot in self.pilots(level)]
        plain = self.plain()
        plain["variants"] = {
            **self._earlier_variants(),
            **{pilot.name: self._variant(pilot) for pilot in (*trained, *self.confirmations)},
        }
        with writing(self.file) as aside:
            text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=110)
            aside.write_text(text, encoding="utf-8")

    def _earlier_variants(self) -> dict[str, Any]:
        """Those of other calls, which may still run: with other rates, mixes or repeats."""
        if not self.file.exists():
            return {}
        earlier = yaml.safe_load(self.file.read_text(encoding="utf-8"))
        found: dict[str, Any] = earlier["variants"]
        return found if set(earlier["stages"][0]["mix"]) == set(self.entries) else {}

    def plain(self) -> dict[str, Any]:
        """The recipe of the pilots without variants, every default written out."""
        plain = self.recipe.model_dump(mode="json")
        local = self.path.parent / Path(self.recipe.model).expanduser()
        plain["model"] = str(local.absolute()) if local.exists() else self.recipe.model
        plain["name"] = f"{self.recipe.name}-pilots"
        updates = self.tokens // self.batch_tokens
        stage = self.stage.model_dump(mode="json")
        mix = dict.fromkeys(self.entries, 1 / len(self.entries))
        plain["stages"] = [
            {**stage, "name": STAGE, "tokens": self.tokens, "mix": mix, "schedule": schedule(self.rates[0])}
        ]
        plain["train"] |= {"batch_tokens": self.batch_tokens, "keep_last": False, "keep_every": 0}
        plain["forgetting"] |= {
            "every": max(1, updates // self.settings.points),
            "documents": self.settings.documents,
            "on_breach": "warn",
        }
        plain["evaluate"]["tasks"] = []
        return plain

    def _variant(self, pilot: Pilot) -> dict[str, Any]:
        # An entry without a share is only measured.
        mix = {entry: share for entry, share in zip(self.entries, pilot.shares, strict=True) if share > 0}
        own = self.recipe.train.lora
        lora = None if pilot.level == "full" else (own.model_dump(mode="json") if own else {})
        rate = pilot.rate * (1 if pilot.level == "full" else self.settings.lora_factor)
        return {
            "stages": [{"name": STAGE, "mix": mix, "schedule": schedule(rate)}],
            "train": {"lora": lora},
            "mix": {**self.recipe.mix.model_dump(mode="json"), "seed": pilot.seed},
        }


def schedule(rate: float) -> dict[str, Any]:
    """A constant rate after a short warm-up."""
    return {"shape": "constant", "peak": rate, "final": rate, "warmup": 0.05}


def plan(path: Path, folder: Path, settings: Settings) -> Study:
    """The study of a recipe in a folder, with the mixes that it has already.

    Raises RewarmError for what the recipe and the settings do not allow, with the remedy.
    """
    recipe = reading.load(path)
    if recipe.variants:
        raise RewarmError(f"{path}: has variants, and pilots are variants. Remove them from a copy of it")
    stage = _stage(recipe, settings.stage)
    entries = tuple(entry.name for entry in recipe.entries(stage))
    if len(entries) < 2:
        raise RewarmError(f"{path}: stages.{stage.name}.mix: one entry leaves no mix to choose. Add another")
    domain = _domain(recipe, entries, settings.domain)
    parameters = memory.shapes(base.resolve(recipe.model, path.parent).path).parameters
    tokens = settings.tokens or max(1, stage.tokens // _PART_OF_STAGE)
    batch = reading.batch_size(recipe)[0]
    if tokens // batch < LEAST_UPDATES:
        raise RewarmError(
            f"--tokens: {tokens:,} tokens are {tokens // batch} updates of {batch:,} (train.batch_tokens); a "
            f"pilot needs {LEAST_UPDATES} or more. Give {LEAST_UPDATES * batch:,} or more, or smaller updates"
        )
    peak = stage.schedule.peak
    own = rates.peak_rate(parameters, stage.schedule.shift, batch)[0] if peak == "auto" else peak
    before = _before(folder / "study.json", entries)
    chosen = design.choose(
        len(entries),
        domain,
        low=settings.low,
        high=settings.high,
        points=settings.points,
        count=settings.mixes,
        keep=before.mixes,
    )
    middle = chosen.mixes[len(chosen.mixes) // 2]
    return Study(
        folder, path, recipe, settings, entries, domain, parameters, tokens, batch,
        settings.rates or (own,), chosen, before.repeated if before.repeated in chosen.mixes else middle,
        before.confirmations,
    )  # fmt: skip


def _stage(recipe: Recipe, name: str | None) -> Stage:
    named = {stage.name: stage for stage in recipe.stages}
    if name is not None and name not in named:
        raise RewarmError(f"--stage: {name!r} is not one of {', '.join(named)}")
    return named[name] if name else recipe.stages[0]


def _domain(recipe: Recipe, entries: tuple[str, ...], name: str | None) -> int:
    if name is not None:
        if name not in entries:
            raise RewarmError(f"--domain: {name!r} is not in the mix; its entries are {', '.join(entries)}")
        return entries.index(name)
    found = [place for place, entry in enumerate(entries) if _is_domain(recipe, entry)]
    if len(found) != 1:
        raise RewarmError(
            f"--domain: {len(found)} entries of the mix are labelled task=domain. Name one of "
            f"{', '.join(entries)}"
        )
    return found[0]


def _is_domain(recipe: Recipe, entry: str) -> bool:
    wanted = selectors.parse(entry)
    return wanted.get("task") == "domain" or any(
        source.may_be(wanted) and source.fixed_labels.get("task") == "domain" for source in recipe.sources
    )


@dataclass(frozen=True)
class _Before:
    """What an earlier call left."""

    mixes: tuple[Mix, ...] = ()
    repeated: Mix = ()
    confirmations: tuple[Pilot, ...] = ()


def _before(file: Path, entries: tuple[str, ...]) -> _Before:
    """Of the study in this file; nothing where it has other entries."""
    if not file.exists():
        return _Before()
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        if kept["format"] != FORMAT:
            raise RewarmError(f"{file}: format {kept['format']!r} is not {FORMAT}. Give another --study")
        if tuple(kept["entries"]) != entries:
            return _Before()
        mixes = tuple(tuple(mix) for mix in kept["design"]["mixes"])
        repeated = tuple(kept["repeated"])
        pilots = tuple(
            Pilot(**{**pilot, "shares": tuple(pilot["shares"])}) for pilot in kept["confirmations"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise RewarmError(f"{file}: not written by `rewarm mix pilot` ({error}). Remove it") from None
    return _Before(mixes, repeated, pilots)
