"""Commands about the mix: train pilots, fit laws to them and ask for a share."""

import re
import shlex
import sys
from dataclasses import asdict
from pathlib import Path

import click

from rewarm.cli.terminal import FILE, JSON, Teller, lines_or_json, print_json

LEVELS = ("full", "lora", "merged")


def tokens(text: str) -> float:
    """A number of tokens with an optional k, M, B or T."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?(?:e[0-9]+)?)([kMBT]?)", text)
    number = float(found[1]) * {"": 1.0, "k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}[found[2]] if found else 0.0
    if number <= 0:
        raise click.BadParameter(f"{text!r} is not a number of tokens, as in 50M or 1.5B")
    return number


def rates(text: str) -> tuple[float, ...]:
    """Learning rates, separated by commas."""
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if not found or not all(0 < rate < 1 for rate in found) or len(set(found)) < len(found):
        raise click.BadParameter(f"{text!r} is not a list of different learning rates, as in 1e-4,3e-4")
    return found


def span(text: str) -> tuple[float, float]:
    """Two shares with a colon between."""
    found = re.fullmatch(r"([0-9.]+):([0-9.]+)", text)
    try:
        low, high = (float(found[1]), float(found[2])) if found else (1.0, 0.0)
    except ValueError:
        low, high = 1.0, 0.0
    if not 0 <= low < high <= 1:
        raise click.BadParameter(f"{text!r} is not a range of shares, as in 0.05:0.95")
    return low, high


@click.group()
def mix() -> None:
    """Choose the domain share: train pilots, fit laws to their losses, forecast."""


@mix.command()
@click.argument("pilots", type=FILE)
@click.option("--out", type=FILE, help="Where to write the fit. Default: fit.json beside PILOTS.")
@click.option("--loss", "losses", multiple=True, help="Fit only this loss. Repeatable. Default: all.")
@click.option("--form", "forms", multiple=True, help="Consider only this form. Repeatable. Default: all.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Seed of starts and draws. Default: 0.")
@JSON
def fit(
    pilots: Path, out: Path | None, losses: tuple[str, ...], forms: tuple[str, ...], seed: int, as_json: bool
) -> None:
    """Fit laws to the losses of PILOTS (CSV, Parquet or JSON lines); cross-validation chooses the form."""
    from rewarm.laws import fit_file, report
    from rewarm.laws.catalogue import LAWS, named
    from rewarm.laws.pilots import read

    chosen = tuple(map(named, forms)) or LAWS
    found = fit_file.fit(
        read(pilots), losses, chosen, seed, lambda line: click.echo(f"fitting {line}", err=True)
    )
    path = out or pilots.with_name("fit.json")
    fit_file.write(found, path)
    lines_or_json(
        lambda: (*report.fit_lines(found), f"written to {path}"),
        lambda: {"channels": fit_file.values(found)},
        as_json,
    )


@mix.command()
@click.argument("fitted", type=FILE, metavar="FIT")
@click.option("--domain", default="domain", help="Source, and its loss, to learn. Default: domain.")
@click.option("--general", multiple=True, help="Loss to retain. Repeatable. Default: all others.")
@click.option(
    "--tolerate",
    type=click.FloatRange(0),
    default=0.01,
    help="Nats by which a retained loss may rise. Default: 0.01.",
)
@click.option(
    "--domain-tokens", type=tokens, help="Unique tokens of the domain, as in 50M. Default: no limit."
)
@click.option("--budget", type=tokens, help="Training tokens, as in 2B. Default: the most of a pilot.")
@JSON
def advise(
    fitted: Path,
    domain: str,
    general: tuple[str, ...],
    tolerate: float,
    domain_tokens: float | None,
    budget: float | None,
    as_json: bool,
) -> None:
    """Advise the domain share with the lowest domain loss at a tolerated rise of the others."""
    from rewarm.laws import advice, fit_file, report

    question = advice.Question(domain, general, tolerate, budget, domain_tokens)
    found = advice.advise(fit_file.load(fitted), question)
    lines_or_json(lambda: report.advice_lines(found), lambda: asdict(found), as_json)


@mix.command()
@click.argument("recipe", type=FILE)
@click.option("--study", "folder", type=FILE, help="Study directory. Default: runs/NAME-pilots.")
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    default="full",
    show_default=True,
    help="full: short trainings; lora: of adapters; merged: one model per entry, combined.",
)
@click.option("--domain", help="Entry of the mix to learn. Default: the one labelled task=domain.")
@click.option("--stage", help="Stage whose mix is studied. Default: the first.")
@click.option("--tokens", "budget", type=tokens, help="Tokens of a pilot. Default: a tenth of the stage.")
@click.option("--rates", type=rates, help="Learning rates, as in 1e-4,3e-4. Default: the stage's.")
@click.option("--mixes", type=click.IntRange(3), help="Mixes to train. Default: as few as the laws need.")
@click.option(
    "--range",
    "span",
    type=span,
    default="0.05:0.95",
    show_default=True,
    help="Lowest and highest share of the domain.",
)
@click.option(
    "--repeats",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Repeated runs of one mix at each rate, to measure noise.",
)
@click.option(
    "--points",
    type=click.IntRange(1),
    default=4,
    show_default=True,
    help="Measurements of each run, evenly spaced.",
)
@click.option(
    "--tolerate",
    type=click.FloatRange(0),
    default=0.01,
    show_default=True,
    help="Nats by which a retained loss may rise.",
)
@click.option("--general", multiple=True, help="Loss to retain. Repeatable. Default: all others.")
@click.option("--form", "forms", multiple=True, help="Consider only this form. Repeatable. Default: all.")
@click.option("--parallel", type=click.IntRange(1), help="Pilots at a time. Default: one for each GPU, or 1.")
@click.option("--confirm", is_flag=True, help="Train the advised mix and compare with its forecast.")
@click.option("--dry-run", is_flag=True, help="Print design and cost, then stop.")
@click.option("--slurm", is_flag=True, help="Prepare the data and print an array job for sbatch.")
@JSON
def pilot(
    recipe: Path, folder: Path | None, level: str, domain: str | None, stage: str | None,
    budget: float | None, rates: tuple[float, ...] | None, mixes: int | None, span: tuple[float, float],
    repeats: int, points: int, tolerate: float, general: tuple[str, ...], forms: tuple[str, ...],
    parallel: int | None, confirm: bool, dry_run: bool, slurm: bool, as_json: bool,
) -> None:  # fmt: skip
    """Design and train short runs of RECIPE with different mixes, fit laws, advise a share.

    Finished pilots are not repeated: call it again after an interruption, or with other options.
    """
    from rewarm.laws.catalogue import LAWS, named
    from rewarm.pilots import command, report, running, study
    from rewarm.recipe import reading

    settings = study.Settings(
        domain, None if budget is None else round(budget), rates or (), mixes, *span, repeats, stage, points
    )
    root = folder or Path("runs") / f"{reading.load(recipe).name}-pilots"
    planned = study.plan(recipe, root, settings)
    for line in report.plan_lines(planned, level):
        click.echo(line, err=as_json or slurm)
    if dry_run:
        if as_json:
            print_json(report.plan_values(planned, level))
        return
    request = command.Request(
        level,
        parallel or max(1, running.gpus()),
        confirm,
        tolerate,
        general,
        tuple(map(named, forms)) or LAWS,
    )
    tell = Teller(to_stderr=True)
    if slurm:
        again = shlex.join(["rewarm", *(one for one in sys.argv[1:] if one != "--slurm")])
        click.echo(command.slurm(planned, request, tell, again))
        return
    found = command.run(planned, request, tell, lambda line: click.echo(f"fitting {line}", err=True))
    lines_or_json(lambda: report.lines(planned, found), lambda: report.values(planned, found), as_json)


COMMANDS = (mix,)
