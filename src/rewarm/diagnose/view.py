"""What the rules look at: losses by channel and stage, held-out changes, samples of text, the recipe."""

from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite, log, sqrt
from operator import methodcaller
from typing import Any

import numpy as np
import pyarrow.compute as pc

from rewarm.corpus.tables.channels import Channel
from rewarm.corpus.tables.documents import shards
from rewarm.corpus.tables.leaves import grouped
from rewarm.diagnose.change import Change
from rewarm.diagnose.series import Series, series
from rewarm.diagnose.texts import Texts, look
from rewarm.runs import step_tables
from rewarm.runs.run import Run
from rewarm.runs.training_log import LogReader, TrainingLog
from rewarm.statistics.outcome import LEARN

_SAMPLE = 200


@dataclass
class View:
    """A run as the rules see it. Values are read when asked for and kept. log: of the run, when the caller
    has read it."""

    run: Run
    log: TrainingLog | None = None
    _texts: dict[str, Texts | None] = field(default_factory=dict)

    @cached_property
    def series(self) -> list[Series]:
        """Each channel of each stage with enough updates; axis `all` is the whole update."""
        log = self.log or LogReader().read(self.run)
        if log is None:
            return []
        channels = _channels(log)
        norms = log.scalars["grad_norm"]
        found = []
        for stage, first, last in log.stages:
            part = slice(first, last)
            for axis, value, rows in channels:
                sums = np.stack(
                    [table[rows, part].sum(0) for table in (log.nats, log.tokens, log.bytes)], axis=1
                )
                one = series(axis, value, stage, log.updates[part], sums, norms[part])
                if one is not None:
                    found.append(one)
        return found

    @cached_property
    def sources(self) -> list[Series]:
        """Those of single sources."""
        return [one for one in self.series if one.axis == "source"]

    @cached_property
    def first_stage(self) -> str:
        return self.series[0].stage if self.series else ""

    @cached_property
    def instruct(self) -> bool:
        """Whether the name of the base says that it was trained to follow instructions."""
        name = str(self.run.recipe.get("model", "")).lower()
        return any(word in name for word in ("instruct", "chat", "-it"))

    def is_domain(self, source: str) -> bool:
        """Whether a source's label on the axis task is the domain."""
        return any(leaf.source == source and leaf.labels.get("task") == LEARN for leaf in self.run.leaves)

    @cached_property
    def held_out(self) -> dict[str, Channel]:
        """Base against result, by source."""
        return {one.value: one for one in self.run.evaluation[0] if one.axis == "source"}

    @cached_property
    def domains(self) -> list[Series]:
        """Sources of the domain in the first stage."""
        return [one for one in self.sources if one.stage == self.first_stage and self.is_domain(one.value)]

    @cached_property
    def generals(self) -> list[Series]:
        """Sources of general text in the first stage."""
        first = (one for one in self.sources if one.stage == self.first_stage)
        return [one for one in first if not self.is_domain(one.value)]

    def measured(self, one: Series) -> Change:
        """The change of a source: on held-out documents, which are the same before and after, where they were
        scored; else of the training loss."""
        channel = self.held_out.get(one.value)
        if channel is None or not channel.tokens or not isfinite(channel.change_nats + channel.high):
            return one.change
        error = (channel.high - channel.low) / 3.92 * _nats_of_a_bit(channel)
        return Change(channel.change_nats, error, held_out=True)

    def start(self, one: Series) -> float:
        """Bits per byte of a source at the start: of the base on held-out documents where they were scored,
        else of the first window of the stage."""
        channel = self.held_out.get(one.value)
        if channel is not None and channel.tokens and isfinite(channel.before_bits):
            return channel.before_bits
        return float(one.bits[0])

    def beside(self, one: Series) -> list[float]:
        """Bits per byte of the run's other sources at the start, sorted; of this one where it is alone."""
        return self._beside[one.stage, one.value]

    @cached_property
    def _beside(self) -> dict[tuple[str, str], list[float]]:
        starts = [(one.stage, one.value, self.start(one)) for one in self.sources]
        return {
            (stage, value): sorted(bits for at, other, bits in starts if at == stage and other != value)
            or [own]
            for stage, value, own in starts
        }

    def during(self, source: str) -> list[tuple[int, float]]:
        """Update, and change of bits per byte against the base, of held-out documents that were scored during
        training (`forgetting.every`): the mean over the leaves of a source, weighted by documents."""
        found: dict[int, list[tuple[int, float]]] = {}
        for row in self._retained:
            if row["source"] == source:
                found.setdefault(row["update"], []).append((row["documents"], row["now"] - row["before"]))
        return [
            (update, sum(count * change for count, change in rows) / sum(count for count, _ in rows))
            for update, rows in sorted(found.items())
        ]

    def held_out_at(self, one: Series, update: int) -> tuple[float, float]:
        """Change of held-out documents against the base at an update and its standard error, nats per token;
        0 where none were scored during training.

        Interpolated between the scores before and after the update. Warm-up and decay bend the curve between
        them, so the error is that of a value which is anywhere between the two alike.
        """
        scored, channel = self.during(one.value), self.held_out.get(one.value)
        if not scored or channel is None or not channel.tokens:
            return 0.0, 0.0
        updates, changes = zip((int(one.numbers[0]), 0.0), *scored, strict=True)
        after = min(max(1, bisect_left(updates, update)), len(updates) - 1)
        nats = _nats_of_a_bit(channel)
        error = abs(changes[after] - changes[after - 1]) / sqrt(12)
        return float(np.interp(update, updates, changes)) * nats, error * nats

    @cached_property
    def _retained(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.run.metrics("retained").to_pylist()
        return rows

    def train(self, name: str) -> Any:  # noqa: ANN401
        """A setting of `train` in the recipe."""
        return self.run.recipe.get("train", {}).get(name)

    def stage(self, name: str) -> dict[str, Any]:
        """A stage of the recipe."""
        return next((one for one in self.run.recipe.get("stages", []) if one["name"] == name), {})

    def passes(self, stage: str, source: str) -> float:
        """How often a stage trains on each document of a source; 1 if the mix has no entry of this name."""
        entries = (self.run.json("mix", "plan.json") or {}).get(stage, {})
        return float(entries.get(source, {}).get("epochs", 1.0))

    def texts(self, source: str) -> Texts | None:
        """A sample of a source's training documents; None where the run has kept none."""
        if source not in self._texts:
            self._texts[source] = self._look(source)
        return self._texts[source]

    def _look(self, source: str) -> Texts | None:
        steps = [step for step in self.run.steps.values() if step.decides]
        if not steps:
            return None
        ids: list[str] = []
        texts: list[str] = []
        giver = next((one for one in reversed(steps) if (one.path / "documents").is_dir()), None)
        for shard in shards(giver.path / "documents") if giver else []:
            rows = step_tables.went_on(steps[-1], shard.name, ["id", "source", "text"])
            if rows is None:
                continue
            mine = rows.filter(pc.equal(rows["source"], source)).slice(0, _SAMPLE - len(ids))
            ids += mine["id"].to_pylist()
            texts += mine["text"].to_pylist()
            if len(ids) >= _SAMPLE:
                break
        return look(ids, texts)


def _nats_of_a_bit(channel: Channel) -> float:
    """Nats per token of one bit per byte."""
    return log(2) * channel.bytes / channel.tokens


def _channels(log: TrainingLog) -> list[tuple[str, str, list[int]]]:
    """Axis, value and leaves of every channel: all, then each axis, source first, by value."""
    found = [("all", "all", list(range(len(log.leaves))))]
    for axis in dict.fromkeys(["source", *(axis for leaf in log.leaves for axis in leaf.labels)]):
        rows = grouped(log.leaves, methodcaller("value", axis))
        found += [(axis, value, rows[value]) for value in sorted(rows)]
    return found
