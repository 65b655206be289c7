"""Command that chooses a base: the catalogue, measurements on the user's text, and the first questions."""

from pathlib import Path

import click

from rewarm.cli.mix import tokens as number
from rewarm.cli.terminal import FILE, JSON, lines_or_json


@click.command()
@click.option("--language", default="", metavar="CODE", help="Language of the domain, as in zh or en.")
@click.option("--domain", default="general", show_default=True, help="Kind of domain; `list` names all.")
@click.option(
    "--need", type=click.Choice(["adapt", "reasoning"]), default="adapt", show_default=True,
    help="Whether the model must reason in many steps.",
)  # fmt: skip
@click.option("--gpu", metavar="NAME", help="Accelerator; `rewarm plan --gpu list` names all.")
@click.option("--cards", type=click.IntRange(1), default=1, show_default=True, help="Number of accelerators.")
@click.option("--tokens", metavar="TOKENS", help="Tokens of domain text, as in 20M.")
@click.option("--days", type=click.FloatRange(0, min_open=True), help="Leave out what takes longer.")
@click.option("--seq-len", type=click.IntRange(1), default=4096, show_default=True)
@click.option("--context", type=click.IntRange(0), default=0, help="Tokens that the base must read.")
@click.option("--base", default="", metavar="MODEL", help="A base to check: hub id, folder or GGUF.")
@click.option("--teacher", default="", metavar="MODEL", help="A teacher or judge for --base.")
@click.option("--text", type=FILE, help="Own text: .txt, or JSON lines, Parquet, CSV with `text`.")
@click.option("--general", type=FILE, help="General text of the same language, to compare losses with.")
@click.option("--local", multiple=True, metavar="MODEL", help="Measure this tokenizer too. Repeatable.")
@click.option("--loss", multiple=True, metavar="MODEL", help="Measure bits per byte of --text. Repeatable.")
@click.option("--sample", type=click.IntRange(1), default=200, show_default=True, help="Texts measured.")
@click.option("--cut", type=click.IntRange(16), default=2048, show_default=True, help="Bytes of each text.")
@click.option("--top", type=click.IntRange(1), default=8, show_default=True, help="Candidates shown.")
@click.option("--all", "everything", is_flag=True, help="Also list what is left out, and why.")
@click.option("--why", is_flag=True, help="Show points, reasons and sources.")
@JSON
def models(
    language: str, domain: str, need: str, gpu: str | None, cards: int, tokens: str | None,
    days: float | None, seq_len: int, context: int, base: str, teacher: str, text: Path | None,
    general: Path | None, local: tuple[str, ...], loss: tuple[str, ...], sample: int, cut: int, top: int,
    everything: bool, why: bool, as_json: bool,
) -> None:  # fmt: skip
    """Choose a base model for a language, domain and hardware, and answer the first questions.

    With --text, tokenizers on this machine are compared on it; --loss measures models on it.
    """
    from rewarm.pipeline.model_choice import Asked, answer
    from rewarm.plan import accelerators
    from rewarm.plan.choose import DOMAINS, Need, Wish

    if domain == "list":
        rows = [f"{name:<16}judged by {kind}" for name, kind in DOMAINS.items()]
        lines_or_json(lambda: rows, lambda: {"domains": DOMAINS}, as_json)
        return
    if domain not in DOMAINS:
        raise click.BadParameter(f"{domain!r} is not one of {', '.join(DOMAINS)}", param_hint="--domain")
    if loss and text is None:
        raise click.UsageError("--loss needs --text, the text to measure on")
    if general is not None and not loss:
        raise click.UsageError("--general needs --loss, the models to measure on it")
    if teacher and not base:
        raise click.UsageError("--teacher needs --base")
    wanted: Need = "reasoning" if need == "reasoning" else "adapt"
    card = accelerators.find(gpu) if gpu else None
    wish = Wish(
        language=language.lower(), domain=domain, need=wanted, card=card, cards=cards,
        tokens=number(tokens) if tokens else None, days=days, seq_len=seq_len, context=context,
    )  # fmt: skip
    found = answer(Asked(wish, base, teacher, text, general, local, loss, sample, cut))
    lines_or_json(lambda: found.lines(top, why, everything), found.plain, as_json)


COMMANDS = (models,)
