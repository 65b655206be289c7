"""Commands about an evaluation: a run, or any two models, on tasks and texts."""

from pathlib import Path

import click

from rewarm.cli import terminal
from rewarm.cli.terminal import FILE, JSON, lines_or_json


@click.command()
@click.argument("run", type=FILE, required=False)
@click.option("--base", type=FILE, help="Folder of the base model, without a RUN.")
@click.option("--result", type=FILE, help="Folder of the model to compare with it.")
@click.option(
    "--task", "tasks", multiple=True, metavar="NAME[=PATH]",
    help="A known benchmark (arc_easy, mmlu …), a file of items, or lm_eval:TASK[=FOLDER]. Repeatable.",
)  # fmt: skip
@click.option("--tasks", "tasks_file", type=FILE, help="YAML file with a list of tasks (docs/tasks.md).")
@click.option("--heldout", type=FILE, help="Texts for perplexity per channel: JSON lines with `text`.")
@click.option("--out", type=FILE, help="Directory of the results. Default: RUN/evaluation, or ./evaluation.")
@click.option("--limit", type=click.IntRange(1), help="Score only so many items of each task.")
@click.option(
    "--checkpoints", type=click.IntRange(0), default=4, show_default=True,
    help="Score so many of the last kept checkpoints of RUN too, to measure each task's noise.",
)  # fmt: skip
@click.option(
    "--reform", default="", metavar="NAMES",
    help="Ask the tasks in other forms too: names separated by commas, or default (docs/reform.md).",
)  # fmt: skip
@click.option("--leaks", is_flag=True, help="Test whether the result has seen the items (docs/leaks.md).")
@click.option("--llm", type=FILE, help="YAML file of a language model that rewords questions (docs/llm.md).")
@click.option("--no-instructions", is_flag=True, help="Do not check whether instructions are followed.")
@click.option("--fail-on", metavar="CONDITION", help="Exit with code 4 if it holds, as in 'forgetting>0.01'.")
@click.option("--dry-run", is_flag=True, help="Read and check all items, print their numbers, score nothing.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@JSON
def evaluate(
    run: Path | None, base: Path | None, result: Path | None, tasks: tuple[str, ...], tasks_file: Path | None,
    heldout: Path | None, out: Path | None, limit: int | None, checkpoints: int, reform: str, leaks: bool,
    llm: Path | None,
    no_instructions: bool, fail_on: str | None, dry_run: bool, device: str, as_json: bool,
) -> None:  # fmt: skip
    """Compare base and result of RUN, or --base and --result: tasks, perplexity per channel, verdict.

    Exit codes: 0 done; 1 an error; 4 the condition of --fail-on holds.
    """
    from rewarm.evaluate import command, verdict
    from rewarm.evaluate.compare import shown
    from rewarm.evaluate.probes import Probes
    from rewarm.report import page
    from rewarm.runs.run import Run

    if (run is None) == (base is None or result is None) or (run and (base or result)):
        raise click.UsageError("give either a RUN, or both --base and --result")

    def tell(text: str) -> None:
        click.echo(terminal.safe(text), err=True)

    asked = command.tasks_of(run, tasks, tasks_file, limit)
    if dry_run:
        lines_or_json(lambda: command.preview_lines(asked), lambda: command.preview(asked), as_json)
        return
    how = command.How(
        tasks, limit, checkpoints, device, not no_instructions, Probes.of_options(reform, leaks, llm)
    )
    if run is not None:
        found = command.run_evaluation(run, asked, how, tell)
        page.render(Run(run))
    else:
        assert base is not None and result is not None
        folder = out or Path("evaluation")
        found = command.of_models(base, result, asked, heldout, folder, how, tell)
    lines_or_json(lambda: shown.lines(found), found.plain, as_json)
    if fail_on:
        verdict.fail_on(fail_on, found.verdict)


COMMANDS = (evaluate,)
