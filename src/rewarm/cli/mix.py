"""Commands about the mix: fit laws to pilot runs and ask them for a share."""

import re
from dataclasses import asdict
from pathlib import Path

import click

from rewarm.cli.terminal import FILE, JSON, lines_or_json


def tokens(text: str) -> float:
    """A number of tokens with an optional k, M, B or T."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?(?:e[0-9]+)?)([kMBT]?)", text)
    number = float(found[1]) * {"": 1.0, "k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}[found[2]] if found else 0.0
    if number <= 0:
        raise click.BadParameter(f"{text!r} is not a number of tokens, as in 50M or 1.5B")
    return number


@click.group()
def mix() -> None:
    """Choose the domain share: fit laws to pilot runs, forecast losses."""


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
        lambda: (*report.fit_lines(found), f"written to {path}"), lambda: fit_file.values(found), as_json
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


COMMANDS = (mix,)
