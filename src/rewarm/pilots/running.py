"""Run pilots: data steps once in this process, trainings as processes of their own, a few at a time.

Each training is `rewarm run pilots.yaml --variant NAME`, as a user could call it: it resumes from its
checkpoints, and a finished one only computes its key. Processes share GPUs in turn (CUDA_VISIBLE_DEVICES),
or the cores. A failed pilot does not stop the others. For Slurm the same command is an array job.
"""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rewarm.engine import die_with_parent
from rewarm.engine.progress import progress
from rewarm.errors import RewarmError
from rewarm.pipeline import run_directory
from rewarm.pipeline.running import Outcome

LAST = "evaluate"
_POLL_SECONDS = 0.5
_TAIL = 2000


@dataclass(frozen=True)
class Job:
    """A variant of a recipe to be run in a run directory. tokens: for the progress bar; last: step."""

    recipe: Path
    root: Path
    variant: str
    tokens: int
    last: str = LAST

    @property
    def command(self) -> list[str]:
        # A changed source means another training: that is what was asked for.
        return ["run", str(self.recipe), "--run-dir", str(self.root), "--variant", self.variant,
                "--until", self.last, "--restart-training"]  # fmt: skip

    @property
    def log(self) -> Path:
        return self.root / "logs" / f"{self.variant}.log"


def prepare(jobs: Sequence[Job], tell: Callable[[str, Outcome], None]) -> None:
    """The data steps and the base's losses of all jobs, in this process."""
    for (recipe, root), names in _by_recipe(jobs).items():
        run_directory.run(recipe, root, tell, until="baseline", only=names)


def pending(jobs: Sequence[Job]) -> list[Job]:
    """The jobs whose results are missing, or out of date."""
    left: set[tuple[Path, str]] = set()
    for (recipe, root), names in _by_recipe(jobs).items():
        last = next(job.last for job in jobs if job.root == root)

        def note(variant: str, outcome: Outcome, root: Path = root) -> None:
            if outcome.state != "done":
                left.add((root, variant))

        run_directory.run(recipe, root, note, dry=True, until=last, only=names)
    return [job for job in jobs if (job.root, job.variant) in left]


def _by_recipe(jobs: Sequence[Job]) -> dict[tuple[Path, Path], list[str]]:
    found: dict[tuple[Path, Path], list[str]] = {}
    for job in jobs:
        found.setdefault((job.recipe, job.root), []).append(job.variant)
    return found


def run(jobs: Sequence[Job], parallel: int, gpus: int) -> None:
    """Run jobs, `parallel` at a time.

    Raises:
        RewarmError: some failed; the others are done.
    """
    waiting, failed = list(jobs), []
    running: dict[int, tuple[Job, subprocess.Popen[bytes]]] = {}
    free = list(range(parallel))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with progress("pilots", total=sum(job.tokens for job in jobs), unit="tok", scale=True) as bar:
        try:
            while waiting or running:
                while waiting and free:
                    slot = free.pop(0)
                    job = waiting.pop(0)
                    running[slot] = (job, _start(job, slot, gpus, max(1, cores // parallel)))
                    bar.set_postfix_str(f"{job.variant}", refresh=False)
                for slot, (job, process) in list(running.items()):
                    code = process.poll()
                    if code is None:
                        continue
                    del running[slot]
                    free.append(slot)
                    bar.update(job.tokens)
                    # 3: done without some shards, which the run's own log names.
                    if code not in (0, 3):
                        failed.append((job, code))
                if running:
                    time.sleep(_POLL_SECONDS)
        finally:
            if running:
                print(f"stopping {len(running)} pilots, which save a checkpoint", file=sys.stderr)
            for _, process in running.values():
                process.terminate()
            for _, process in running.values():
                process.wait()
    if failed:
        job, code = failed[0]
        raise RewarmError(
            f"{len(failed)} of {len(jobs)} pilots failed, first {job.variant} (exit code {code}): "
            f"{_last_line(job.log)}\nIts log is {job.log}. The same command continues"
        )


def _start(job: Job, slot: int, gpus: int, threads: int) -> "subprocess.Popen[bytes]":
    environment = dict(os.environ)
    if gpus:
        environment["CUDA_VISIBLE_DEVICES"] = str(slot % gpus)
    elif "OMP_NUM_THREADS" not in environment:
        environment["OMP_NUM_THREADS"] = str(threads)
    job.log.parent.mkdir(parents=True, exist_ok=True)
    with job.log.open("ab") as log:
        return subprocess.Popen(
            _command(job),
            stdout=log,
            stderr=log,
            env=environment,
            # Ctrl-C reaches this process alone, which then asks each training once to save a checkpoint; a
            # second signal would stop it without one.
            start_new_session=True,
            preexec_fn=die_with_parent.end_with_parent,
        )


def _command(job: Job) -> list[str]:
    return [sys.executable, "-m", "rewarm", *job.command]


def _last_line(log: Path) -> str:
    text = log.read_bytes()[-_TAIL:].decode("utf-8", "replace")
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"


def gpus() -> int:
    """The number of GPUs that torch sees here."""
    import torch

    return torch.cuda.device_count()


def slurm(jobs: Sequence[Job], name: str, again: str) -> str:
    """An array job, one GPU for each pilot, and the command that fits afterwards.

    again: the command that was called, without `--slurm`.
    """
    lines = [
        "#!/bin/bash",
        f"#SBATCH --job-name={name}",
        f"#SBATCH --array=0-{len(jobs) - 1}",
        "#SBATCH --ntasks=1",
        "#SBATCH --gpus=1",
        "#SBATCH --signal=TERM@120",
        "#SBATCH --requeue",
        "set -e",
        "pilots=(",
        *(f"  {shlex.quote(shlex.join(job.command))}" for job in jobs),
        ")",
        'eval "exec rewarm ${pilots[$SLURM_ARRAY_TASK_ID]}"',
        f"# afterwards: {again}",
    ]
    return "\n".join(lines)
