"""The training loop: stages in order, with guard and channel loss in every update.

Order and rate are pure functions of the update's number, and what the guard decides is on disk, so
a resume needs a checkpoint and gives the same bits as a run that was never stopped.
"""

import signal
import time
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rewarm.corpus.tables import leaves
from rewarm.corpus.tables.blocks import Blocks, Update, end_of, spans, updates
from rewarm.corpus.tables.incident_words import in_words
from rewarm.corpus.tables.incidents import read as read_incidents
from rewarm.engine.progress import progress
from rewarm.engine.work import Counts, Work
from rewarm.errors import RewarmError, Stopped, Terminated
from rewarm.trackers import event, follow
from rewarm.trackers.notifier import Notifier
from rewarm.train import export, metrics, optimizer, out_of_memory, peak_memory, sessions, trained_model
from rewarm.train.checkpoint import Checkpoints
from rewarm.train.distributed.ranks import Ranks
from rewarm.train.gradient import Gradients
from rewarm.train.guard import anchor, forgetting_actions, forgetting_guard, incidents
from rewarm.train.guard.decisions import Decisions
from rewarm.train.guard.judge import Guard
from rewarm.train.guard.recovery import Recovery, RollBack
from rewarm.train.interruption import interruptible
from rewarm.train.stages import Stages


class Training:
    """A training on one rank, from its last checkpoint to the exported model."""

    def __init__(self, work: Work, ranks: Ranks, notifier: Notifier) -> None:
        self.work, self.ranks, self.notifier = work, ranks, notifier
        self.config = {**work.config["train"], **work.config["free"]}
        packed = work.table("blocks")
        self.plan = updates(packed, self.config["batch_tokens"])
        self.spans = spans(packed, self.config["batch_tokens"])
        torch.manual_seed(work.config["seed"])
        model = trained_model.build(work, ranks, self.config)
        self.lm = model.lm
        self.optimizer = optimizer.build(self.lm, self.config)
        self.stages = Stages(work.config, self.plan, model.weights, model.rotary, ranks)
        if ranks.first:
            self.stages.note(work.folder)
        known = leaves.read(work.table("leaves"))
        self.leaves = len(known)
        self.blocks = {stage: Blocks(packed, stage, verify=True) for stage in self.stages.names}
        self.kept_blocks = {one.updates for one in self.spans} if self.config["keep_blocks"] else set()
        self.checkpoints = Checkpoints(
            work.folder / "checkpoints",
            ranks,
            keep=self.config["keep_checkpoints"],
            keep_every=self.config["keep_every"],
            also=self.kept_blocks,
        )
        self.decisions = Decisions(work.folder / "decisions.json", writes=ranks.first)
        self.incidents = incidents.Incidents(work.folder / "incidents.jsonl", writes=ranks.first)
        base = anchor.read(work.table("scores"), work.table("heldout_leaf_of"))
        self.guard = Guard(self.leaves, work.config["guard"], base, leaves.channels(known))
        watches = work.config["forgetting"]["every"]
        self.forgetting_guard = forgetting_guard.ForgettingGuard(work, ranks) if watches else None
        self.gradients = Gradients(self.lm, ranks, self.config, np.load(work.table("token_bytes")))
        self.recovery = Recovery(
            self.gradients,
            self.guard,
            self.decisions,
            self.incidents,
            self.blocks,
            work.config["guard"],
            self.stages.rates,
        )
        ranks.wait()

    def run(self) -> Counts:
        """Do the remaining updates and publish. Raises RewarmError when the guard stops the run,
        KeyboardInterrupt after Ctrl-C and Terminated after SIGTERM, when the checkpoint is written."""
        done = self._resume()
        stop_at = self._stop_at(done)
        total = sum(map(self._size, self.plan))
        quiet = not self.ranks.first
        bar = progress("train", total=total, unit="tok", initial=self._tokens(done), scale=True, quiet=quiet)
        with closing(self.log), interruptible(self.ranks) as interrupted, bar:
            while done < len(self.plan) and done != stop_at:
                update = self.plan[done]
                try:
                    with out_of_memory.explained(update.number, self.config):
                        row = self._update(update)
                except RollBack as roll_back:
                    done = self._roll_back(roll_back)
                    bar.n = self._tokens(done)
                    continue
                self.log.add(row)
                done += 1
                self.notifier.update = done
                bar.set_description(f"{update.stage:<9}", refresh=False)
                if row["loss"] is not None:
                    bar.set_postfix(loss=f"{row['loss']:.3f}", refresh=False)
                bar.update(self._size(update))
                self._watch_forgetting(done, update)
                self.checkpoints.poll()
                stop = interrupted()
                if stop or (self._checkpoint_due(done) and done < len(self.plan)):
                    self._save(done, wait=bool(stop))
                if stop:
                    reason = Terminated if stop == signal.SIGTERM else KeyboardInterrupt
                    raise reason(f"after update {done} of {len(self.plan)}, checkpoint saved")
            if done == stop_at:
                self._save(done, wait=True)
                raise Stopped(self._stopped(done))
            every = self.config["keep_every"]
            if self.config["keep_last"] or (every and done % every == 0) or done in self.kept_blocks:
                self._save(done, wait=True)
        self.checkpoints.finish()
        return self._publish(total)

    def _resume(self) -> int:
        """Restore the newest checkpoint, or the state that `start` names; returns finished updates."""
        back = self._back()
        done, state, refused = self.checkpoints.restore(self.lm, self.optimizer, before=back)
        if back is not None:
            self.checkpoints.forget_after(back)
            self.decisions.forget_after(back, self.plan)
            self.incidents.forget_after(back)
        for reason in refused:
            self.ranks.say(f"refused   {reason}")
        if state:
            self._load_guard(state["guard"])
            self.recovery.load(state.get("suspects", []), self.plan)
        if self.decisions.stopped:
            raise RewarmError(self.decisions.stopped)
        if self.ranks.first:
            sessions.note(self.work.folder, done, self.work.config["free"], self.ranks, self.lm)
        trackers = follow.of_step(self.work) if self.ranks.first else None
        self.log = metrics.Log(self.work.folder, done, writes=self.ranks.first, trackers=trackers)
        if self.work.config["state"]:
            earlier = Path(self.work.config["state"])
            if not done and not state:
                self.checkpoints.adopt(earlier, self.lm, self.optimizer)
            if self.config["freeze"]:
                self.checkpoints.adopt_frozen(earlier, self.lm)
        if not done:
            # Before the first update: a full disk shows at once, and there is always a checkpoint.
            self._save(0)
        return done

    def _back(self) -> int | None:
        """Finished updates of the block that the user goes back to; None for none.

        Raises RewarmError when no state of it is kept.
        """
        number = self.work.config.get("from_block")
        if number is None:
            return None
        span = end_of(self.spans, number, "--from-block")
        kept = set(self.ranks.same(self.checkpoints.updates()))
        if span.updates not in kept:
            there = [str(one.number) for one in self.spans if one.updates in kept]
            states = f"blocks {', '.join(there)}" if there else "no block"
            raise RewarmError(
                f"--from-block {number}: no state after its update {span.updates} is kept, only of {states}. "
                "Set train.keep_blocks: true"
            )
        return span.updates

    def _stop_at(self, done: int) -> int | None:
        """Finished updates at which the user wants to stop. Raises RewarmError when training is past them."""
        number = self.work.config.get("stop_after_block")
        if number is None:
            return None
        span = end_of(self.spans, number, "--stop-after-block")
        if done > span.updates:
            raise RewarmError(
                f"--stop-after-block {number}: it ended after {span.updates} updates, and {done} are done; "
                f"--from-block {number} goes back to it where train.keep_blocks kept its state"
            )
        return span.updates if span.updates < len(self.plan) else None

    def _stopped(self, done: int) -> str:
        number, of = self.work.config["stop_after_block"], len(self.spans)
        return (
            f"stopped after block {number} of {of}, update {done:,} of {len(self.plan):,}, as asked; its "
            "state is kept. Run again without --stop-after-block to go on"
        )

    def _load_guard(self, state: dict[str, Any]) -> None:
        """Restore the guard's history.

        After `--continue` it may come from other code and have another form; then it starts fresh.
        """
        fresh = self.guard.state()
        try:
            self.guard.load(state)
        except (KeyError, IndexError, TypeError, ValueError):
            if not (self.work.folder / "continued.json").exists():
                raise
            self.guard.load(fresh)
            self.ranks.say(
                "guard     the checkpoint was written by other code: the statistics of the guard start fresh"
            )

    def _update(self, update: Update) -> dict[str, Any]:
        """One update, and its row of the log."""
        began = time.monotonic()
        self.stages.enter(update.stage, self.blocks)
        rate = self._rate(update)
        try:
            evidence = self.recovery.gradient(update, self._leaf_weights(update))
        finally:
            self._print_incidents()
        if evidence is not None:
            self.gradients.clip(evidence.norm)
            for group in self.optimizer.param_groups:
                group["lr"] = rate * group["rate_factor"]
            self.optimizer.step()
            self.guard.accept(evidence)
        return {
            "update": update.number,
            "stage": update.stage,
            "rate": rate,
            "loss": evidence.loss if evidence else None,
            "grad_norm": evidence.norm if evidence else None,
            "tokens": evidence.targets if evidence else 0,
            "seconds": time.monotonic() - began,
            "first_sequence": update.sequences.start,
            "sequences": len(update.sequences),
            "data_seconds": self.gradients.take_data_seconds(),
            "peak_memory": peak_memory.now(),
            "leaves": _present(evidence.leaves(self.leaves)) if evidence else [],
        }

    def _rate(self, update: Update) -> float:
        return self.stages.rate(update) * self.decisions.rate_factor(update.number)

    def _leaf_weights(self, update: Update) -> np.ndarray:
        """float64 [leaves], factors of the tokens' loss: more than 1 for retained leaves after a breach."""
        weights = np.ones(self.leaves)
        if self.forgetting_guard is not None:
            weights[self.forgetting_guard.retained] = self.decisions.retained_factor(update.number)
        return weights

    def _roll_back(self, roll_back: RollBack) -> int:
        """Restore a good checkpoint and change data or rate; returns its finished updates."""
        self.checkpoints.finish()
        suspects = roll_back.suspects
        first = suspects[0].update
        # The trial uses the history from before the suspects: an early checkpoint has none.
        history = self.guard.state()
        good = self.recovery.good(self.checkpoints.updates(), first.number, sound=roll_back.diverged)
        done, state, refused = (
            (0, {}, []) if good is None else self.checkpoints.restore(self.lm, self.optimizer, before=good)
        )
        for reason in refused:
            self.ranks.say(f"refused   {reason}")
        if not state:
            raise RewarmError(
                f"train: update {first.number}: beyond the usual, and no good checkpoint to go back to; "
                "`rewarm incidents RUN` lists what was seen. Lower schedule.peak or train.checkpoint_updates"
            )
        verdict = "state"
        if not roll_back.diverged:
            self.guard.load(history)
            self.stages.enter(first.stage, self.blocks)
            verdict = self.recovery.try_from_here(suspects, self._leaf_weights(first))
        self._load_guard(state["guard"])
        self.recovery.went_back(done, suspects, verdict)
        self.checkpoints.forget_after(done)
        self.log.cut(done)
        self._print_incidents()
        return done

    def _watch_forgetting(self, done: int, update: Update) -> None:
        """Measure held-out losses when it is due, and react to a breach as the recipe says."""
        config = self.work.config["forgetting"]
        guard = self.forgetting_guard
        if guard is None or not forgetting_guard.due(done, config["every"]) or done == len(self.plan):
            return
        changes = guard.measure(self.lm)
        self.log.add_retained([{"update": done, **asdict(change)} for change in changes])

        def report(action: str, change: forgetting_guard.Change) -> None:
            self.incidents.add(incidents.row(done, update.stage, action, str(change), [], None, []))
            self._print_incidents()

        domain = forgetting_guard.worse_domain(changes, config["tolerance"])
        if domain is not None:
            report("domain: warn", domain)
        worst = forgetting_guard.breach(changes, config["tolerance"])
        if worst is not None:
            forgetting_actions.ACTIONS[config["on_breach"]](
                forgetting_actions.Breach(
                    done,
                    worst,
                    config,
                    self.decisions,
                    lambda action: report(f"forgetting: {action}", worst),
                    lambda: self._save(done, wait=True),
                    self.work.folder.parent.parent,
                )
            )

    def _checkpoint_due(self, done: int) -> bool:
        every = self.config["keep_every"]
        due = done % self.config["checkpoint_updates"] == 0 or done in self.kept_blocks
        return due or bool(every and done % every == 0)

    def _save(self, done: int, *, wait: bool = False) -> None:
        saved = self.checkpoints.updates()
        candidates = [self.recovery.good(saved, done, sound=sound) for sound in (False, True)]
        good = {updates for updates in candidates if updates is not None}
        state = {
            "guard": self.guard.state(),
            "suspects": self.recovery.state(),
            "rate": self._rate(self.plan[done - 1]) if done else None,
        }
        self.log.seal()
        self.checkpoints.save(done, self.lm, self.optimizer, state, good=good, wait=wait)

    def _publish(self, total: int) -> Counts:
        counts: Counts = {}
        self.ranks.wait()
        self.stages.enter(self.plan[-1].stage, self.blocks)
        if self.ranks.first:
            export.note_memory(self.work.folder)
        export.write(self.lm, self.work, self.ranks)
        if self.ranks.first:
            updates, targets = self.log.publish()
            rows = read_incidents(self.work.folder / "incidents.jsonl")
            counts = {"updates": updates, "tokens": total, "targets": targets, "incidents": len(rows)}
            kept = self.checkpoints.kept_after(done=len(self.plan), last=self.config["keep_last"])
            export.finish(self.work.folder, kept, counts)
        self.ranks.wait()
        return counts

    def _size(self, update: Update) -> int:
        """Tokens of an update as the progress bar counts them: full sequences."""
        return len(update.sequences) * int(self.blocks[update.stage].manifest["seq_len"])

    def _tokens(self, done: int) -> int:
        return sum(map(self._size, self.plan[:done]))

    def _print_incidents(self) -> None:
        for row in self.incidents.unreported:
            self.ranks.say(f"incident  {in_words(row)}")
            seen = event.incident(row["update"], in_words(row))
            self.log.alert(seen)
            self.notifier.send(seen)
        self.incidents.unreported.clear()


def _present(table: np.ndarray) -> list[list[float]]:
    """[leaf, nats, tokens, bytes] of the leaves that an update has. table: float64 [leaves, 3]."""
    return [[int(leaf), *table[leaf].tolist()] for leaf in np.flatnonzero(table[:, 1])]
