"""The command that checks a machine and a base model."""

import sys
from pathlib import Path

import click

from rewarm.cli import terminal
from rewarm.cli.terminal import FILE, JSON


@click.command()
@click.argument("recipe", required=False, type=FILE)
@JSON
@click.option("--gpu", is_flag=True, help="Check the GPU instead (up to 8 minutes, see docs/gpu.md).")
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
        terminal.print_json({"checks": found})
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
        terminal.print_json({"checks": [asdict(row) for row in found]})
    if any(row.ok is False for row in found):
        sys.exit(1)


COMMANDS = (doctor,)
