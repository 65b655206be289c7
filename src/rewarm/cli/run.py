"""Commands that work on a run: run, launch, prune."""

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rewarm.cli import terminal
from rewarm.cli.terminal import FILE, SET, say
from rewarm.engine import die_with_parent, run_log
from rewarm.errors import AnswerNeeded, RewarmError, Stopped

if TYPE_CHECKING:
    from rewarm.evaluate.of_run import Evaluated
    from rewarm.pipeline.earlier_training import Answer
    from rewarm.pipeline.running import Outcome
    from rewarm.pipeline.without_sources import Without
    from rewarm.report.removed_sources import Removal
    from rewarm.runs.run import Run


@click.command()
@click.argument("recipe", type=FILE)
@click.option("--run-dir", type=FILE, help="Run directory. Default: runs/NAME.")
@click.option("--dry-run", is_flag=True, help="Print which steps would run and why, then stop.")
@click.option("--until", help="Stop after this step, as in --until pack.")
@click.option("--variant", "variants", multiple=True, help="Run only this variant. Repeatable. Default: all.")
@click.option(
    "--continue",
    "go_on",
    is_flag=True,
    help="When an existing training has other settings: continue from its checkpoint, record the change.",
)
@click.option("--restart-training", is_flag=True, help="In the same case: train from the start.")
@click.option(
    "--stop-after-block", type=click.IntRange(1), help="Stop training after this block, keep its state."
)
@click.option("--from-block", type=click.IntRange(1), help="Go back to the state after this block.")
@click.option(
    "--without",
    "removed",
    multiple=True,
    metavar="SOURCE",
    help="Train without this source, as a variant beside the run with it, and compare both. Repeatable.",
)
@SET
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def run(
    recipe: Path, run_dir: Path | None, dry_run: bool, until: str | None, variants: tuple[str, ...],
    go_on: bool, restart_training: bool, stop_after_block: int | None, from_block: int | None,
    removed: tuple[str, ...], overrides: dict[str, Any], as_json: bool,
) -> None:  # fmt: skip
    """Run RECIPE: data, training, evaluation, report. Finished steps are not repeated.

    Exit codes: 0 done; 1 an error, or a training that needs --continue or --restart-training; 2 wrong
    usage; 3 done without some shards; 4 done, and the result is worse than its base; 70 an unexpected
    error; 75 stopped by SIGTERM with a checkpoint; 130 stopped by Ctrl-C.
    """
    die_with_parent.die_with_agent()
    if int(os.environ.get("RANK", "0")):
        from rewarm.train import step

        step.follow()
        return
    from rewarm.pipeline import preflight, run_directory, without_sources
    from rewarm.pipeline.at_blocks import AtBlocks
    from rewarm.pipeline.earlier_training import Answer
    from rewarm.recipe import reading
    from rewarm.report import next_commands, summary
    from rewarm.runs.run import Run

    answer = _answer(Answer, go_on=go_on, restart=restart_training)
    root = run_dir or Path("runs") / reading.load(recipe, overrides).name
    without = without_sources.plan(recipe, removed, variants, overrides)
    outcomes: list[dict[str, Any]] = []

    def tell(variant: str, outcome: "Outcome") -> None:
        outcomes.append(outcome.plain(variant))
        if not as_json:
            click.echo(outcome.line(variant))

    findings: list[dict[str, Any]] = []

    def report(found: list[preflight.Finding]) -> None:
        findings.extend(finding.plain() for finding in found)
        for finding in found if not as_json else []:
            click.echo(terminal.safe(finding.line()), err=True)

    try:
        folders = run_directory.run(
            recipe, root, tell, dry=dry_run, until=until, report=report, answer=answer, only=without.variants,
            overrides=without.overrides, blocks=AtBlocks(from_block, stop_after_block),
        )  # fmt: skip
        runs = [Run(folder) for folder in folders]
    except (preflight.Blocked, Stopped):
        if as_json:
            terminal.print_json({"run": str(root), "findings": findings, "steps": [], "results": []})
        raise
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        from rewarm.train.distributed import rendezvous

        rendezvous.dismiss()
    measured = [] if dry_run or until else [_tasks(run) for run in runs]
    evaluated = [one for one in measured if one is not None]
    removal = _compared(without, root, runs[0]) if removed and not (dry_run or until) else None
    if as_json:
        results = [summary.data(run) for run in runs]
        terminal.print_json({
            "run": str(root), "findings": findings, "steps": outcomes, "results": results,
            "evaluations": [one.plain() for one in evaluated],
            "next": [asdict(one) for one in next_commands.of_runs([] if dry_run or until else runs)],
            **({"without": removal.plain()} if removal else {}),
        })  # fmt: skip
        sys.exit(_code(outcomes, any(result["worse"] for result in results) and not (dry_run or until)))
    if dry_run or until:
        sys.exit(_lost(outcomes))
    if all(outcome["state"] == "done" for outcome in outcomes):
        click.echo(f"\nnothing to do: all {len(outcomes)} steps are up to date")
    worse = [run for run in runs if summary.worse(run)]
    _print_results(sorted(runs, key=lambda run: run not in worse), evaluated, root, removal)
    sys.exit(_code(outcomes, bool(worse)))


def _answer(answers: "type[Answer]", *, go_on: bool, restart: bool) -> "Answer":
    if go_on and restart:
        raise click.UsageError("--continue and --restart-training exclude each other; give one")
    return answers.CONTINUE if go_on else answers.RESTART if restart else answers.NONE


def _compared(without: "Without", root: Path, run: "Run") -> "Removal | None":
    """The run without some sources against the one with them; None where that one is not finished."""
    from rewarm.report import removed_sources
    from rewarm.runs.run import Run

    first = without.first(root)
    try:
        compared = Run(first)
    except RewarmError:
        compared = None
    if compared is None or compared.file("evaluate", "channels.json") is None:
        click.echo(f"without   {first} is not finished: run it without --without to compare", err=True)
        return None
    return removed_sources.compare(compared, run, without.names)


def _print_results(
    runs: "list[Run]", evaluated: "list[Evaluated]", root: Path, removal: "Removal | None"
) -> None:
    """Results, where they lie and what fits next; also into the log of the run, or of all its variants."""
    from rewarm.evaluate.compare import shown
    from rewarm.report import next_commands, summary

    place = runs[0].path if len(runs) == 1 else root
    with run_log.copied_to(place):
        for run in runs:
            click.echo()
            if len(runs) > 1:
                click.echo(run.path.name)
            say(summary.lines(run))
        for one in evaluated:
            click.echo()
            say(map(terminal.safe, shown.lines(one)))
        if removal is not None:
            click.echo()
            say(map(terminal.safe, removal.lines()))
        click.echo(f"\nmodel     {place / ('model' if len(runs) == 1 else 'variants/*/model')}")
        click.echo(f"report    {place / 'report/index.html'}")
        say(map(terminal.safe, next_commands.lines(next_commands.of_runs(runs))))


def _tasks(run: "Run") -> "Evaluated | None":
    """The evaluation on the tasks of the recipe; None without tasks. Kept scores are not repeated."""
    if not run.recipe["evaluate"].get("tasks"):
        return None
    from rewarm.evaluate import command
    from rewarm.report import page

    asked = command.tasks_of(run.path, (), None, None)
    found = command.run_evaluation(run.path, asked, tell=lambda text: click.echo(text, err=True))
    page.render(run)
    return found


def _code(outcomes: list[dict[str, Any]], worse: bool) -> int:
    """The exit code of a run to its end: 4 when a result is worse than its base, else as `_lost`."""
    lost = _lost(outcomes)
    return 4 if worse else lost


def _lost(outcomes: list[dict[str, Any]]) -> int:
    """Names the shards that steps went on without; the exit code: 3 when there are any, 1 when a dry run
    found that the run would stop and ask."""
    lines = terminal.quarantined(outcomes)
    if any(outcome["state"] == "stops" for outcome in outcomes):
        return AnswerNeeded.exit_code
    for line in lines:
        click.echo(line, err=True)
    return 3 if lines else 0


@click.command()
@click.argument("recipe", type=FILE)
@click.option("--nodes", type=int, default=1, show_default=True)
@click.option("--processes", type=int, default=1, show_default=True, help="Per node: one for each GPU.")
@click.option("--slurm", is_flag=True, help="Print an sbatch script.")
@click.option("--continue", "answer", flag_value="--continue", help="Pass --continue to `run`.")
@click.option(
    "--restart-training", "answer", flag_value="--restart-training", help="Pass --restart-training to `run`."
)
def launch(recipe: Path, nodes: int, processes: int, slurm: bool, answer: str | None) -> None:
    """Print the exact command that runs RECIPE on several GPUs or nodes."""
    from rewarm.pipeline import launch as commands
    from rewarm.recipe import reading

    read = reading.load(recipe)
    shown = commands.command(read, recipe, nodes=nodes, processes=processes, slurm=slurm, answer=answer or "")
    click.echo(shown)


@click.command()
@click.argument("run", type=FILE)
@click.option("--dry-run", is_flag=True, help="List the directories, remove nothing.")
def prune(run: Path, dry_run: bool) -> None:
    """Remove step directories that neither RUN nor its variants use. Unfinished trainings are kept."""
    from rewarm.pipeline import run_directory

    for found in run_directory.prune(run, dry=dry_run):
        say(terminal.pruned(found, dry=dry_run))


COMMANDS = (run, launch, prune)
