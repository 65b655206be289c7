"""The command line: parse, call, print. Results on stdout, progress and errors on stderr."""

import json
import os
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from rewarm.cli import terminal
from rewarm.engine import die_with_parent
from rewarm.errors import AnswerNeeded, RewarmError, full_disk

_FILE = click.Path(path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="rewarm")
def cli() -> None:
    """Continue the pre-training of an open base model on your domain, and keep the rest."""


@cli.command()
@click.argument("recipe", type=_FILE)
@click.option("--run-dir", type=_FILE, help="Where the run lives; runs/NAME by default.")
@click.option("--dry-run", is_flag=True, help="Print what would run and why, and stop.")
@click.option("--until", help="Stop after this step, as in --until pack.")
@click.option(
    "--continue",
    "go_on",
    is_flag=True,
    help="If a training of this run was begun under other settings: go on from its state, and record it.",
)
@click.option("--restart-training", is_flag=True, help="In the same case: train anew.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def run(
    recipe: Path, run_dir: Path | None, dry_run: bool, until: str | None, go_on: bool,
    restart_training: bool, as_json: bool,
) -> None:  # fmt: skip
    """Run RECIPE: data, training, evaluation, report. Finished steps are not repeated.

    Exit codes: 0 done; 1 an error; 2 an unexpected error; 3 done without some shards; 4 done, and the
    result is worse than its base; 5 an earlier training needs --continue or --restart-training; 130
    stopped.
    """
    die_with_parent.die_with_agent()
    if int(os.environ.get("RANK", "0")):
        from rewarm.train import step

        step.follow()
        return
    from rewarm.pipeline import preflight, run_directory
    from rewarm.pipeline.earlier_training import Answer
    from rewarm.recipe import reading
    from rewarm.report import summary

    if go_on and restart_training:
        raise click.UsageError("--continue and --restart-training exclude each other; give one")
    answer = Answer.CONTINUE if go_on else Answer.RESTART if restart_training else Answer.NONE
    root = run_dir or Path("runs") / reading.load(recipe).name
    outcomes: list[dict[str, Any]] = []

    def tell(variant: str, outcome: Any) -> None:
        outcomes.append(
            {
                **{key: getattr(outcome, key) for key in ("step", "state", "why", "counts", "quarantined")},
                "variant": variant,
                "seconds": round(outcome.seconds, 1),
                "folder": str(outcome.folder) if outcome.folder else None,
            }
        )
        if not as_json:
            click.echo(terminal.outcome(variant, outcome))

    findings: list[dict[str, Any]] = []

    def report(found: list[preflight.Finding]) -> None:
        findings.extend(finding.plain() for finding in found)
        for finding in found if not as_json else []:
            click.echo(terminal.safe(finding.line()), err=True)

    try:
        folders = run_directory.run(
            recipe, root, tell, dry=dry_run, until=until, report=report, answer=answer
        )
    except preflight.Blocked:
        if as_json:
            click.echo(json.dumps({"run": str(root), "findings": findings, "steps": [], "results": []}))
        raise
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        from rewarm.train.distributed import rendezvous

        rendezvous.dismiss()
    if as_json:
        results = [summary.data(folder) for folder in folders]
        found = {"run": str(root), "findings": findings, "steps": outcomes, "results": results}
        click.echo(json.dumps(found, ensure_ascii=False))
        sys.exit(_code(outcomes, any(result["worse"] for result in results) and not (dry_run or until)))
    if dry_run or until:
        sys.exit(_lost(outcomes))
    if all(outcome["state"] == "done" for outcome in outcomes):
        click.echo(f"\nnothing to do: all {len(outcomes)} steps of {recipe} stand")
    worse = [folder for folder in folders if summary.worse(folder)]
    for folder in sorted(folders, key=lambda folder: folder not in worse):
        click.echo()
        if len(folders) > 1:
            click.echo(f"{folder.name}")
        _say(summary.lines(folder))
    click.echo(f"\nmodel     {folders[0] / 'model' if len(folders) == 1 else root / 'variants/*/model'}")
    click.echo(f"report    {root / 'report/index.html'}")
    sys.exit(_code(outcomes, bool(worse)))


@cli.command()
@click.argument("run", type=_FILE)
@click.argument("document", required=False)
@click.option("--step", type=int, help="A training step: list its documents.")
@click.option("--json", "as_json", is_flag=True)
def explain(run: Path, document: str | None, step: int | None, as_json: bool) -> None:
    """What became of DOCUMENT (an id or its start) in RUN; or which documents a --step trained on."""
    from rewarm.inspect import explain as thread

    if (document is None) == (step is None):
        raise click.UsageError("give a document's id or --step, one of them")
    found = thread.document(run, document) if document is not None else thread.step(run, step or 0)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        lines = terminal.life(found) if document is not None else terminal.documents(found)
        _say(map(terminal.safe, lines))


@cli.command()
@click.argument("run", type=_FILE)
@click.option("--json", "as_json", is_flag=True)
def incidents(run: Path, as_json: bool) -> None:
    """What the guard met in RUN: what was seen, what was done, and which documents did it."""
    from rewarm.inspect import explain as thread

    found = thread.incidents(run)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    _say(map(terminal.safe, terminal.incidents(found)))


@cli.command()
@click.argument("run", type=_FILE)
@click.option("--most", type=int, default=10, show_default=True, help="Clusters to show, largest first.")
@click.option("--json", "as_json", is_flag=True)
def clusters(run: Path, most: int, as_json: bool) -> None:
    """Near-duplicates in RUN: what was kept, and what was dropped for it."""
    from rewarm.inspect import clusters

    found = clusters.clusters(run, most)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    _say(map(terminal.safe, terminal.clusters(found)))


@cli.command()
@click.argument("run", type=_FILE)
@click.option("--most", type=int, default=20, show_default=True, help="Phrases to show, by what they cost.")
@click.option("--json", "as_json", is_flag=True)
def phrases(run: Path, most: int, as_json: bool) -> None:
    """Phrases that a source of RUN repeats beyond measure, and what capping them takes."""
    from rewarm.inspect import phrases

    found = phrases.phrases(run, most)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    _say(map(terminal.safe, phrases.lines(found)))


@cli.command()
@click.argument("run", type=_FILE)
@click.option("--examples", type=int, default=3, show_default=True, help="Documents shown of each reason.")
@click.option("--json", "as_json", is_flag=True)
def funnel(run: Path, examples: int, as_json: bool) -> None:
    """What each step of RUN did to each source: in, kept, edited, masked, dropped by reason, examples."""
    from rewarm.report import flow

    found = flow.data(run, examples)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    _say(map(terminal.safe, flow.lines(found)))


@cli.command()
@click.argument("a", type=_FILE)
@click.argument("b", type=_FILE)
@click.option("--step", "only", help="One step, as in --step clean; all by default.")
@click.option("--examples", type=int, default=3, show_default=True, help="Documents shown of each change.")
@click.option("--json", "as_json", is_flag=True)
def diff(a: Path, b: Path, only: str | None, examples: int, as_json: bool) -> None:
    """What run B keeps, drops and edits otherwise than run A (or one step's directory than another)."""
    from rewarm.inspect import difference

    found = difference.between(a, b, only, examples)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    _say(map(terminal.safe, difference.lines(found)))


@cli.command()
@click.argument("recipe", type=_FILE)
@click.option("--nodes", type=int, default=1, show_default=True)
@click.option("--processes", type=int, default=1, show_default=True, help="Per node: one for each GPU.")
@click.option("--slurm", is_flag=True, help="Print an sbatch script.")
@click.option("--continue", "answer", flag_value="--continue", help="Pass this answer on, see `run`.")
@click.option("--restart-training", "answer", flag_value="--restart-training", help="Or this one.")
def launch(recipe: Path, nodes: int, processes: int, slurm: bool, answer: str | None) -> None:
    """Print the exact command that runs RECIPE on several GPUs or nodes."""
    from rewarm.pipeline import launch as commands
    from rewarm.recipe import reading

    read = reading.load(recipe)
    shown = commands.command(read, recipe, nodes=nodes, processes=processes, slurm=slurm, answer=answer or "")
    click.echo(shown)


@cli.command()
@click.argument("run", type=_FILE)
@click.argument("folder", type=_FILE)
@click.option("--to", required=True, type=click.Choice(["megatron", "llama-factory"]), help="The trainer.")
@click.option("--stage", help="One stage, as in --stage adapt; all by default.")
@click.option("--dry-run", is_flag=True, help="Print what would be written and how big it is, and stop.")
@click.option("--learn-masked", is_flag=True, help="Write masked tokens too: they carry loss there.")
@click.option("--json", "as_json", is_flag=True)
def blocks(
    run: Path, folder: Path, to: str, stage: str | None, dry_run: bool, learn_masked: bool, as_json: bool
) -> None:
    """Write RUN's blocks into FOLDER, a new one, for those who train with another trainer."""
    from rewarm.interop import write_blocks

    if dry_run:
        found = write_blocks.plan(run, folder, to, stage)
    else:
        found = write_blocks.write(run, folder, to, stage, learn_masked=learn_masked)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    _say(write_blocks.lines(found))


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=_FILE, metavar="RECIPE_OR_FILES...")
@click.option("--audit", is_flag=True, required=True, help="Plant values, report what the search finds.")
@click.option("--documents", type=click.IntRange(1), default=200, show_default=True, help="To sample.")
@click.option("--values", type=click.IntRange(1), default=200, show_default=True, help="To plant.")
@click.option(
    "--findings", type=click.IntRange(0), default=50, show_default=True, help="To show for judging."
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--show-values", is_flag=True, help="Print findings as they stand; masked by default.")
@click.option("--json", "as_json", is_flag=True)
def redact(paths: tuple[Path, ...], audit: bool, as_json: bool, **options: Any) -> None:
    """Report how well personal data is found in a sample of RECIPE_OR_FILES. Nothing is written."""
    from rewarm.inspect import personal_audit

    found = personal_audit.audit(paths, **options)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        _say(map(terminal.safe, personal_audit.lines(found)))


@cli.command()
def schema() -> None:
    """Print the recipe's JSON Schema, for editors."""
    from rewarm.recipe import Recipe

    click.echo(json.dumps(Recipe.model_json_schema(), indent=1))


@cli.command()
@click.argument("folder", type=_FILE)
@click.option("--model", required=True, help="Base model: folder, GGUF file or hub id.")
@click.option("--domain", required=True, type=_FILE, help="The domain's files: folder, file or glob.")
@click.option(
    "--format", "domain_format", default="auto", show_default=True, help="Format of the domain's files."
)
@click.option("--text", default="text", show_default=True, help="Field or column with the text.")
@click.option("--general", help="Replay: a path, or hub:OWNER/NAME[/GLOB]. Without it the model forgets.")
@click.option("--language", default="en", show_default=True)
@click.option(
    "--hardware", type=click.Choice(["cpu", "gpu-24g", "gpu-80g"]), default="cpu", show_default=True
)
@click.option("--seq-len", type=int, help="Tokens per sequence.")
@click.option("--tokens", help="Training tokens of both stages, as in 40k or 2B.")
@click.option("--name", help="The run's name.")
def init(folder: Path, **options: Any) -> None:
    """Write a commented recipe into FOLDER."""
    from rewarm import starter
    from rewarm.recipe import count

    if options["tokens"] is not None:
        tokens = count(options["tokens"])
        if not isinstance(tokens, int):
            raise click.UsageError(f"--tokens: {tokens!r} is no number of tokens; write it as in 40k or 2B")
        options["tokens"] = tokens
    path = starter.write(folder, **options)
    click.echo(f"wrote     {path}")
    _say(starter.kinds(path))
    click.echo(f"next      rewarm run {path} --dry-run")


@cli.command()
@click.argument("recipe", required=False, type=_FILE)
@click.option("--json", "as_json", is_flag=True)
@click.option("--gpu", is_flag=True, help="Check the GPU instead, in up to 8 minutes: docs/gpu.md.")
@click.option("--gpu-device", default=None, hidden=True)
@click.option("--gpu-size", default="1b", hidden=True)
def doctor(recipe: Path | None, as_json: bool, gpu: bool, gpu_device: str | None, gpu_size: str) -> None:
    """Check this machine and, with RECIPE, its model: versions, memory, isolation, accumulation …"""
    if gpu:
        _gpu(gpu_device, gpu_size, as_json)
        return
    from rewarm import doctor as checks
    from rewarm.model import base
    from rewarm.recipe import reading

    read = reading.load(recipe) if recipe else None
    model = base.resolve(read.model, recipe.parent).path if read and recipe else None
    found = []
    for check in checks.checks(read, model, Path("runs")):
        found.append({key: getattr(check, key) for key in ("name", "ok", "seen", "remedy")})
        if not as_json:
            remedy = f"\n{'':<24}{check.remedy}" if check.remedy and not check.ok else ""
            click.echo(f"{'ok' if check.ok else 'FAILS':<6}{check.name:<18}{check.seen}{remedy}")
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    if not all(check["ok"] for check in found):
        sys.exit(1)


def _gpu(device: str | None, size: str, as_json: bool) -> None:
    from dataclasses import asdict

    import torch

    from rewarm.doctor import gpu

    found = []
    for row in gpu.checks(torch.device(device) if device else None, size):
        found.append(row)
        if not as_json:
            click.echo(terminal.gpu_row(row))
    if as_json:
        click.echo(json.dumps([asdict(row) for row in found], ensure_ascii=False))
    if any(row.ok is False for row in found):
        sys.exit(1)


@cli.command()
@click.argument("run", type=_FILE)
@click.option("--dry-run", is_flag=True, help="Only list.")
def prune(run: Path, dry_run: bool) -> None:
    """Remove step directories that neither RUN nor its variants use; never an unfinished training's."""
    from rewarm.pipeline import run_directory

    for found in run_directory.prune(run, dry=dry_run):
        _say(terminal.pruned(found, dry=dry_run))


def main() -> None:
    """Entry point: turns every error into a letter and an exit code."""
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort) as stop:
        # click turns a KeyboardInterrupt into its own Abort; what it said is in the cause.
        said = str(stop) or str(stop.__cause__ or "")
        detail = f" ({said})" if said else ""
        click.echo(f"\nstopped{detail}: the same command goes on from here", err=True)
        sys.exit(130)
    except RewarmError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(1)
    except Exception as error:
        sys.exit(_crash(error))


def _crash(error: Exception) -> int:
    how = full_disk(error)
    if how:
        place = getattr(error, "filename", None) or "the run directory or the cache"
        click.echo(
            f"disk: {how} while writing {place}. Free space and run the same command again; "
            "what was finished stays",
            err=True,
        )
        return 1
    log = Path("rewarm-crash.log")
    try:
        log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        where = f"the whole of it is in {log.absolute()}"
    except OSError:
        where = "no log could be written"
    first = str(error).strip().split("\n")[0]
    notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
    click.echo(f"unexpected {type(error).__name__}: {first}{notes}; {where}. Please report it", err=True)
    return 2


def _code(outcomes: list[dict[str, Any]], worse: bool) -> int:
    """The exit code of a run to its end: 4 when a result is worse than its base, else as `_lost`."""
    lost = _lost(outcomes)
    return 4 if worse else lost


def _lost(outcomes: list[dict[str, Any]]) -> int:
    """Names the shards that steps went on without; the exit code: 3 when there are any, 5 when a dry run
    found that the run would stop and ask."""
    lines = terminal.quarantined(outcomes)
    if any(outcome["state"] == "stops" for outcome in outcomes):
        return AnswerNeeded.exit_code
    for line in lines:
        click.echo(line, err=True)
    return 3 if lines else 0


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)
