"""The settings of each training stage: learning rates, and positions for its sequence length."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rewarm.corpus.tables.blocks import Blocks, Update
from rewarm.engine.publish import writing
from rewarm.model.rope import Rotary
from rewarm.train import rates
from rewarm.train.distributed.ranks import Ranks
from rewarm.train.schedule import Schedule, of_stage


class Stages:
    """The stages of a training, in order.

    config: of the step; weights: number of the model's; advised_rate: the peak that `auto` takes.
    """

    def __init__(
        self, config: dict[str, Any], plan: Sequence[Update], weights: int, rotary: Rotary, ranks: Ranks
    ) -> None:
        self._stages: list[dict[str, Any]] = config["stages"]
        self._rotary = rotary
        self._entered = ""
        lora = bool(config["train"]["lora"])
        suits = rates.suiting(lora)
        batch: int = config["train"]["batch_tokens"]
        self.advised_rate, _ = suits(weights, "strong", batch)
        self._too_high = rates.too_high(weights, batch, lora)
        self._schedules: dict[str, Schedule] = {}
        # Continuing an earlier run without re-warming begins where that ended.
        rate = 0.0 if config["rewarm"] else config["state_rate"]
        for stage in self._stages:
            updates = sum(update.stage == stage["name"] for update in plan)
            shape, why = rates.resolve(stage["schedule"], weights, batch, rate, suits)
            if not self._schedules and not config["rewarm"]:
                shape["warmup"] = 0.0
            ranks.say(f"rate      {stage['name']}: {why}" if why else "")
            self._schedules[stage["name"]] = of_stage(shape, updates, start=rate)
            rate = self._schedules[stage["name"]].rate(updates - 1)

    @property
    def names(self) -> list[str]:
        return [stage["name"] for stage in self._stages]

    def rate(self, update: Update) -> float:
        """The planned learning rate of an update."""
        return self._schedules[update.stage].rate(update.number_in_stage)

    def rates(self, stage: str) -> tuple[float, float]:
        """The stage's peak learning rate as planned, and the rate that `auto` would take."""
        return self._schedules[stage].peak, self.advised_rate

    def note(self, folder: Path) -> None:
        """Write `_rates.json` for readers of the run: the peak of each stage, the one that `auto` would take,
        and the one from which on a base is damaged."""
        peaks = {name: schedule.peak for name, schedule in self._schedules.items()}
        found = {"peaks": peaks, "auto": self.advised_rate, "too_high": self._too_high}
        with writing(folder / "_rates.json") as aside:
            aside.write_text(json.dumps(found))

    def enter(self, name: str, blocks: dict[str, Blocks]) -> None:
        """Set the positions of this stage: its own, otherwise those of the stage before."""
        if name == self._entered:
            return
        self._entered = name
        so_far = self._stages[: self.names.index(name) + 1]
        ropes = [stage["rope"] for stage in so_far if stage["rope"] is not None]
        longest = max(int(blocks[stage["name"]].manifest["seq_len"]) for stage in so_far)
        self._rotary.set(ropes[-1] if ropes else None, longest)
