"""Trains the stages one after the other, watched, with channel loss in every update.

Order and rate are pure functions of the update's number, and what the guard decides is on disk, so
a resume needs a checkpoint and gives the same bits as a run that was never stopped.
"""

import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import torch

from rewarm.corpus.tables.blocks import Blocks, Update, updates
from rewarm.corpus.tables.incident_words import in_words
from rewarm.corpus.tables.incidents import read as read_incidents
from rewarm.engine.progress import progress
from rewarm.engine.work import Counts, Work
from rewarm.errors import RewarmError
from rewarm.model import attention, causal_lm, fused_cross_entropy
from rewarm.model.packed_lm import PackedLM
from rewarm.model.precision import computed_in
from rewarm.model.rope import Rotary
from rewarm.trackers import follow
from rewarm.train import export, lora, metrics, optimizer, out_of_memory, rates, sessions
from rewarm.train.checkpoint import Checkpoints
from rewarm.train.distributed import ranks
from rewarm.train.distributed.ranks import Ranks
from rewarm.train.gradient import Gradients
from rewarm.train.guard import anchor, forgetting_guard, incidents
from rewarm.train.guard.evidence import Evidence
from rewarm.train.guard.judge import Guard
from rewarm.train.guard.recovery import BackTo, Recovery
from rewarm.train.schedule import Schedule, of_stage


def run(work: Work) -> Counts:
    """pack, tokenize, baseline, model → model/, metrics/, incidents.jsonl. Under torchrun on all ranks."""
    finished = export.finished(work.folder)
    if finished is not None:
        return finished
    with ranks.together(work, causal_lm.device_of(work.config["free"]["device"])) as group:
        return _Run(work, group).all()


class _Run:
    def __init__(self, work: Work, group: Ranks) -> None:
        self.work, self.group = work, group
        self.config = {**work.config["train"], **work.config["free"]}
        self.packed = work.inputs["pack"]
        self.plan = updates(self.packed, self.config["batch_tokens"])
        torch.manual_seed(work.config["seed"])
        # What the device could not hold whole in fp32 is made smaller in host memory first.
        early = self.config["lora"] or self.config["offload"] == "parameters"
        model = causal_lm.load(work.inputs["model"], torch.device("cpu") if early else group.device)
        causal_lm.verify(model)
        if self.config["lora"]:
            self._say(lora.inject(model, self.config["lora"], work.config["seed"]))
        frozen = optimizer.freeze(model, self.config["freeze"])
        self._say(f"frozen    {frozen:,} weights" if frozen else "")
        precision = computed_in(group.device, self.config["precision"])
        if self.config["lora"] and precision == "bf16":
            lora.hold_frozen_in_bf16(model)
        if self.config["offload"] != "parameters":
            model.to(group.device)
        how = (self.config["attention"], group.device, precision)
        elsewhere = next(model.parameters()).device.type != group.device.type
        paths = attention.take(model, *how) if elsewhere else attention.choose(model, *how)
        self._say(f"attention {paths}")
        if precision != self.config["precision"]:
            self._say("precision fp32 instead of bf16: this CPU has no bf16 instructions")
        if self.config["activation_checkpointing"]:
            model.gradient_checkpointing_enable({"use_reentrant": False})
        weights = sum(parameter.numel() for parameter in model.parameters())
        if self.config["loss_kernel"] == "liger":
            fused_cross_entropy.available()
        z_loss, kernel = self.config["z_loss"], self.config["loss_kernel"]
        self.lm = PackedLM(model, self.config["loss_chunk"], z_loss=z_loss, kernel=kernel)
        if self.config["compile"]:
            for layer in self.lm.layers():
                layer.compile()
        ranks.shard(self.lm, group, self.config)
        if elsewhere:
            vocabulary = model.config.get_text_config().vocab_size
            attention.checked(paths, self.lm, vocabulary, *how[1:])
        self.rotary = Rotary(model)
        self.stage = ""
        self.lm.train()
        self.optimizer = optimizer.build(self.lm, self.config)
        self.schedules = self._schedules(weights)
        tokenized = work.inputs["tokenize"]
        self.leaves = len(json.loads((tokenized / "leaves.json").read_text()))
        self.blocks = {stage: Blocks(self.packed, stage, verify=True) for stage in self.schedules}
        self.checkpoints = Checkpoints(
            work.folder / "checkpoints",
            group,
            keep=self.config["keep_checkpoints"],
            keep_every=self.config["keep_every"],
        )
        self.decisions = incidents.Decisions(work.folder / "decisions.json", writes=group.first)
        self.guard = Guard(self.leaves, work.config["guard"], anchor.read(work.inputs["baseline"]))
        self.heldout = forgetting_guard.Heldout(work, group) if work.config["forgetting"]["every"] else None
        self.recovery = Recovery(
            Gradients(self.lm, group, self.config, np.load(tokenized / "token_bytes.npy")),
            self.guard,
            self.decisions,
            incidents.Incidents(work.folder / "incidents.jsonl", writes=group.first),
            self.blocks,
            pq.read_table(self.packed / "documents.parquet", columns=["id"])["id"].to_pylist(),
            work.config["guard"],
            lambda stage: (self.schedules[stage].peak, self.advised_rate),
        )
        group.wait()

    def all(self) -> Counts:
        done, extra, refused = self.checkpoints.restore(self.lm, self.optimizer)
        for letter in refused:
            self._say(f"refused   {letter}")
        if extra:
            self._load_guard(extra["guard"])
            self.recovery.load(extra.get("suspects", []), self.plan)
        if self.decisions.stopped:
            raise RewarmError(self.decisions.stopped)
        if self.group.first:
            sessions.note(self.work.folder, done, self.work.config["free"], self.group)
        told = follow.of_step(self.work) if self.group.first else None
        self.log = log = metrics.Log(self.work.folder, done, writes=self.group.first, trackers=told)
        if self.work.config["state"]:
            earlier = Path(self.work.config["state"])
            if not done and not extra:
                self.checkpoints.adopt(earlier, self.lm, self.optimizer)
            if self.config["freeze"]:
                self.checkpoints.adopt_frozen(earlier, self.lm)
        if not done:
            # Before the first update: room on disk is known, and there is always a way back.
            self._save(0)
        total = sum(map(self._size, self.plan))
        seen = sum(map(self._size, self.plan[:done]))
        with (
            closing(log),
            _interruptible(self.group) as interrupted,
            progress(
                "train", total=total, unit="tok", initial=seen, scale=True, quiet=not self.group.first
            ) as bar,
        ):
            while done < len(self.plan):
                update = self.plan[done]
                try:
                    with out_of_memory.explained(update.step, self.config):
                        row = self._update(update)
                except BackTo as back:
                    done = self._go_back(back, log)
                    bar.n = sum(map(self._size, self.plan[:done]))
                    continue
                log.add(row)
                done += 1
                bar.set_description(f"{update.stage:<9}", refresh=False)
                if row["loss"] is not None:
                    bar.set_postfix(loss=f"{row['loss']:.3f}", refresh=False)
                bar.update(self._size(update))
                self._look_back(done, update, log)
                self.checkpoints.poll()
                stop = interrupted()
                if stop or (self._due(done) and done < len(self.plan)):
                    self._save(done, wait=stop)
                if stop:
                    raise KeyboardInterrupt(f"after update {done} of {len(self.plan)}, checkpoint saved")
            every = self.config["keep_every"]
            if self.config["keep_last"] or (every and done % every == 0):
                self._save(done, wait=True)
        self.checkpoints.finish()
        return self._publish(log, total)

    def _load_guard(self, state: dict[str, Any]) -> None:
        """Take up the guard's past; where other code wrote it, under which the user had training continued,
        its past may have another form, and begins here."""
        fresh = self.guard.state()
        try:
            self.guard.load(state)
        except (KeyError, IndexError, TypeError, ValueError):
            if not (self.work.folder / "continued.json").exists():
                raise
            self.guard.load(fresh)
            self._say("guard     the checkpoint was written by other code: what is usual is learned anew")

    def _update(self, update: Update) -> dict[str, Any]:
        """One update, and its row of the log."""
        began = time.monotonic()
        self._enter(update.stage)
        weights = self._weights(update)
        rate = self._rate(update)
        try:
            evidence = self.recovery.gradient(update, weights)
        finally:
            self._tell()
        if evidence is not None:
            self.recovery.gradients.clip(evidence.norm)
            for group in self.optimizer.param_groups:
                group["lr"] = rate * group["rate_factor"]
            self.optimizer.step()
            self.guard.accept(evidence)
        return {
            "step": update.step,
            "stage": update.stage,
            "rate": rate,
            "loss": evidence.loss if evidence else None,
            "grad_norm": evidence.norm if evidence else None,
            "tokens": evidence.targets if evidence else 0,
            "seconds": time.monotonic() - began,
            "first_sequence": update.sequences.start,
            "sequences": len(update.sequences),
            "leaves": self._sums(evidence),
        }

    def _rate(self, update: Update) -> float:
        factor = self.decisions.rate_factor(update.step)
        return self.schedules[update.stage].rate(update.step_in_stage) * factor

    def _due(self, done: int) -> bool:
        every = self.config["keep_every"]
        return done % self.config["checkpoint_steps"] == 0 or bool(every and done % every == 0)

    def _weights(self, update: Update) -> np.ndarray:
        """What the tokens of each leaf weigh: more than 1 for what is to be kept, where it was breached."""
        weights = np.ones(self.leaves)
        if self.heldout is not None:
            weights[self.heldout.kept] = self.decisions.keep_factor(update.step)
        return weights

    def _enter(self, stage: str) -> None:
        """Positions as this stage has them: its own, else those of the stage before it."""
        if stage == self.stage:
            return
        self.stage = stage
        names = [item["name"] for item in self.work.config["stages"]]
        so_far = self.work.config["stages"][: names.index(stage) + 1]
        ropes = [item["rope"] for item in so_far if item["rope"] is not None]
        longest = max(int(self.blocks[item["name"]].manifest["seq_len"]) for item in so_far)
        self.rotary.set(ropes[-1] if ropes else None, longest)

    def _sums(self, evidence: Evidence | None) -> list[list[float]]:
        found: list[list[float]] = evidence.leaves(self.leaves).tolist() if evidence else []
        return found

    def _go_back(self, back: BackTo, log: metrics.Log) -> int:
        """Restore a good checkpoint and decide what is different this time; finished updates there."""
        self.checkpoints.finish()
        suspects = back.suspects
        first = suspects[0].update
        # The trial is judged by what was usual when the suspects came: an early checkpoint knows of nothing.
        past = self.guard.state()
        good = self.recovery.good(self.checkpoints.steps(), first.step, sound=back.diverged)
        done, extra, refused = (
            (0, {}, []) if good is None else self.checkpoints.restore(self.lm, self.optimizer, before=good)
        )
        for letter in refused:
            self._say(f"refused   {letter}")
        if not extra:
            raise RewarmError(
                f"train: update {first.step}: beyond the usual, and no good checkpoint to go back to; "
                "`rewarm incidents RUN` lists what was seen. Lower schedule.peak or train.checkpoint_steps"
            )
        verdict = "state"
        if not back.diverged:
            self.guard.load(past)
            self._enter(first.stage)
            verdict = self.recovery.try_from_here(suspects, self._weights(first))
        self._load_guard(extra["guard"])
        self.recovery.went_back(done, suspects, verdict)
        self.checkpoints.forget_after(done)
        log.cut(done)
        self._tell()
        return done

    def _look_back(self, done: int, update: Update, log: metrics.Log) -> None:
        """The forgetting guard: measure held-out losses, and act as the recipe says."""
        config = self.work.config["forgetting"]
        if self.heldout is None or not forgetting_guard.due(done, config["every"]) or done == len(self.plan):
            return
        changes = self.heldout.measure(self.lm)
        log.add_kept([{"step": done, **asdict(change)} for change in changes])
        domain = forgetting_guard.worse_domain(changes, config["tolerance"])
        if domain is not None:
            self._report(done, update, "domain: warn", _seen(domain))
        worst = forgetting_guard.breach(changes, config["tolerance"])
        if worst is None:
            return
        action = config["on_breach"]
        if action == "lower_rate":
            self.decisions.cut_rate(done, config["rate_cut"])
        elif action == "raise_replay":
            factor = min(config["replay_factor"], config["most_replay"] / self.decisions.keep_factor(done))
            if factor <= 1:
                action = "raise_replay is at its most"
            else:
                self.decisions.raise_keep(done, factor)
        seen = _seen(worst)
        self._report(done, update, f"forgetting: {action}", seen)
        if action == "stop":
            self._save(done, wait=True)
            why = (
                f"train: after update {done}: {seen} against the base, tolerance {config['tolerance']:g}. "
                "A checkpoint is saved. Go on from it by a recipe with more replay, a lower rate or "
                f"another forgetting.on_breach, and `start: {{run: {self.work.folder.parent.parent}, "
                f"step: {done}}}`"
            )
            self.decisions.stop(why)
            raise RewarmError(why)

    def _report(self, done: int, update: Update, action: str, seen: str) -> None:
        row = incidents.row(done, update.stage, action, seen, [], None, [], [])
        if self.recovery.account.add(row):
            self.recovery.told.append(row)
        self._tell()

    def _save(self, done: int, *, wait: bool = False) -> None:
        steps = self.checkpoints.steps()
        chosen = [self.recovery.good(steps, done, sound=sound) for sound in (False, True)]
        good = {step for step in chosen if step is not None}
        last = self.plan[done - 1] if done else None
        extra = {
            "guard": self.guard.state(),
            "suspects": self.recovery.state(),
            "rate": self._rate(last) if last else None,
        }
        self.log.seal()
        self.checkpoints.save(done, self.lm, self.optimizer, extra, good=good, wait=wait)

    def _publish(self, log: metrics.Log, total: int) -> Counts:
        counts: Counts = {}
        self.group.wait()
        self._enter(self.plan[-1].stage)
        export.write(self.lm, self.work, self.group)
        if self.group.first:
            updates, targets = log.publish()
            found = read_incidents(self.work.folder / "incidents.jsonl")
            counts = {
                "updates": updates,
                "tokens": total,
                "targets": targets,
                "incidents": len(found),
            }
            kept = self.checkpoints.kept_after(done=len(self.plan), last=self.config["keep_last"])
            export.finish(self.work.folder, kept, counts)
        self.group.wait()
        return counts

    def _schedules(self, weights: int) -> dict[str, Schedule]:
        schedules: dict[str, Schedule] = {}
        suits = lora.peak_rate if self.config["lora"] else rates.peak_rate
        self.advised_rate, _ = suits(weights, "strong")
        rewarm = self.work.config["rewarm"]
        rate = 0.0 if rewarm else self.work.config["state_rate"]
        for stage in self.work.config["stages"]:
            steps = sum(update.stage == stage["name"] for update in self.plan)
            shape, why = rates.resolve(stage["schedule"], weights, rate, suits)
            if not schedules and not rewarm:
                shape["warmup"] = 0.0
            self._say(f"rate      {stage['name']}: {why}" if why else "")
            schedules[stage["name"]] = of_stage(shape, steps, start=rate)
            rate = schedules[stage["name"]].rate(steps - 1)
        return schedules

    def _size(self, update: Update) -> int:
        """Tokens of an update as the progress bar counts them: full sequences."""
        return len(update.sequences) * int(self.blocks[update.stage].manifest["seq_len"])

    def _tell(self) -> None:
        for row in self.recovery.told:
            self._say(f"incident  {in_words(row)}")
        self.recovery.told.clear()

    def _say(self, line: str) -> None:
        if line and self.group.first:
            print(line, file=sys.stderr)


def _seen(change: forgetting_guard.Change) -> str:
    return f"{change.source} {change.bits_per_byte:+.3f} bits/byte"


@contextmanager
def _interruptible(group: Ranks) -> Iterator[Any]:
    """Ctrl-C and SIGTERM finish the running update, so that its checkpoint is whole, on all ranks."""
    asked: list[int] = []

    def ask(number: int, _frame: Any) -> None:
        if asked:
            raise KeyboardInterrupt("twice: stopped without a checkpoint")
        asked.append(number)
        print("\nstopping after this update (again: at once)", file=sys.stderr)

    def agreed() -> bool:
        if group.world == 1:
            return bool(asked)
        votes = torch.tensor([float(bool(asked))], device=group.device)
        return bool(group.add_up(votes).item())

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield agreed
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
