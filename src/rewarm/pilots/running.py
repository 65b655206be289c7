"""Run pilots: data steps once in this process, then trainings.

One at a time they run in this process, which loads torch once. Several at a time are processes of their own,
`rewarm run pilots.yaml --variant NAME`, as a user could call it; they share GPUs in turn
(CUDA_VISIBLE_DEVICES), or the cores. Either way a training resumes from its checkpoints, a finished one only
computes its key, and a failed one does not stop the others. For Slurm the same command is an array job.
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
from rewarm.pipeline.earlier_training import Answer
from rewarm.pipeline.running import Outcome

Tell = Callable[[str, Outcome], None]
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


def prepare(jobs: Sequence[Job], tell: Tell) -> None:
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


def run(jobs: Sequence[Job], parallel: int, tell: Tell) -> None:
    """Run jobs, `parallel` at a time.

    Raises:
        RewarmError: some failed; the others are done.
    """
    failed = _one_by_one(jobs, tell) if parallel == 1 else _processes(jobs, parallel, gpus())
    if failed:
        raise RewarmError(
            f"{len(failed)} of {len(jobs)} pilots failed, first {failed[0]}\nThe same command continues"
        )


def _one_by_one(jobs: Sequence[Job], tell: Tell) -> list[str]:
    """What failed: names and reasons."""
    failed = []
    for number, job in enumerate(jobs, 1):
        print(f"pilot {number} of {len(jobs)}: {job.variant}", file=sys.stderr)
        try:
            run_directory.run(
                job.recipe, job.root, tell, until=job.last, only=[job.variant], answer=Answer.RESTART
            )
        except RewarmError as error:
            failed.append(f"{job.variant}: {error}")
    return failed


def _processes(jobs: Sequence[Job], parallel: int, gpus: int) -> list[str]:
    """What failed: names, reasons and logs."""
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
                        last = _last_line(job.log)
                        failed.append(f"{job.variant} (exit code {code}): {last} ({job.log})")
                if running:
                    time.sleep(_POLL_SECONDS)
        finally:
            if running:
                print(f"stopping {len(running)} pilots, which save a checkpoint", file=sys.stderr)
            for _, process in running.values():
                process.terminate()
            for _, process in running.values():
                process.wait()
    return failed


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
