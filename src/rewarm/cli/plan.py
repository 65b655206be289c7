"""Commands before a run: what it needs, and which size of model given cards train or serve."""

from pathlib import Path
from typing import Any

import click

from rewarm.cli.mix import tokens as number
from rewarm.cli.terminal import FILE, JSON, SET, lines_or_json


@click.command()
@click.argument("recipe", type=FILE, required=False)
@click.option("--gpu", help="Accelerator, h100 by default; `--gpu list` names all.")
@click.option("--cards", type=click.FloatRange(0, min_open=True), help="Number of accelerators.")
@click.option("--size", metavar="SIZE", help="Parameters, as in 7B. Without a RECIPE.")
@click.option("--tokens", metavar="TOKENS", help="Training tokens, as in 50B. Without a RECIPE.")
@click.option("--days", type=click.FloatRange(0, min_open=True), help="Days of training. Without a RECIPE.")
@click.option("--seq-len", type=click.IntRange(1), default=4096, show_default=True, help="Without a RECIPE.")
@click.option("--serve", is_flag=True, help="Also the largest model that the cards serve.")
@click.option("--length", type=click.IntRange(1), default=8192, show_default=True, help="Tokens a request.")
@click.option("--concurrency", type=click.IntRange(1), default=4, show_default=True, help="Requests at once.")
@click.option("--price", type=click.FloatRange(0), help="Price of one card for one hour.")
@click.option("--efficiency", type=click.FloatRange(0, 1, min_open=True), help="Measured share of the peak.")
@click.option("--probe", is_flag=True, help="Measure this machine for about a minute, and plan from that.")
@click.option(
    "--ranks", default="1", show_default=True, help="With --probe: numbers of processes, as in 1,2."
)
@click.option("--why", is_flag=True, help="Show formula and source of each number.")
@SET
@JSON
def plan(
    recipe: Path | None, gpu: str | None, cards: float | None, size: str | None, tokens: str | None,
    days: float | None, seq_len: int, serve: bool, length: int, concurrency: int, price: float | None,
    efficiency: float | None, probe: bool, ranks: str, why: bool, overrides: dict[str, Any], as_json: bool,
) -> None:  # fmt: skip
    """Plan RECIPE on given cards: tokens, updates, time, memory, disk, cost.

    Without a RECIPE, three of --size, --tokens, --cards and --days give the fourth; --serve needs --cards.
    """
    from rewarm.plan import accelerators, sizes
    from rewarm.plan.figure import figure_lines
    from rewarm.plan.four import Four

    if gpu == "list":
        rows = accelerators.table()
        lines_or_json(
            lambda: [
                f"{one.name:<14}{one.tflops:>6g} TFLOPS{one.memory:>7g} GB   {one.title}" for one in rows
            ],
            lambda: {"accelerators": [one.model_dump() for one in rows]},
            as_json,
        )
        return
    if overrides and recipe is None:
        raise click.UsageError("--set changes a RECIPE; name one")
    if probe and (recipe is None or gpu or efficiency):
        raise click.UsageError("--probe measures this machine for a RECIPE; leave --gpu and --efficiency out")
    card = accelerators.find(gpu or "h100")
    if recipe is not None:
        from rewarm.pipeline import recipe_plan
        from rewarm.pipeline.probe import of_recipe

        if size or tokens or days:
            raise click.UsageError(
                "a RECIPE has its own model and tokens; leave --size, --tokens, --days out"
            )
        numbers = [1]
        measured, note = None, ""
        if probe:
            numbers = _numbers(ranks)
            measured = of_recipe.measure(recipe, numbers, overrides, lambda line: click.echo(line, err=True))
        elif not gpu and not efficiency:
            measured, note = of_recipe.earlier(recipe, overrides)
        count = max(1, round(cards or max(numbers)))
        found = recipe_plan.of_recipe(
            recipe, card, count, efficiency=efficiency, price=price, overrides=overrides, probe=measured
        )
        found.notes.extend([note] if note else [])
        more = sizes.serving_figures(card, count, length, concurrency) if serve else []
        lines_or_json(
            lambda: [*found.lines(why), *figure_lines(more, why)],
            lambda: {**found.plain(), **({"serving": sizes.plain(more)["figures"]} if more else {})},
            as_json,
        )
        return
    figures = []
    if size or tokens or days or not serve:
        asked = Four(number(size) if size else None, number(tokens) if tokens else None, cards, days)
        figures = sizes.four_figures(asked, card, seq_len, "none")
    if serve:
        if not cards:
            raise click.UsageError("--serve needs --cards")
        figures += sizes.serving_figures(card, round(cards), length, concurrency)
    lines_or_json(lambda: figure_lines(figures, why), lambda: sizes.plain(figures), as_json)


COMMANDS = (plan,)


def _numbers(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise click.UsageError(f"--ranks: {text!r} is not a list of numbers such as 1,2") from None
