"""Runs whose losses have no noise, for a value just below a limit and one just above it."""

from collections.abc import Mapping
from math import log
from pathlib import Path
from typing import Any

from logged_runs import Curve, Source, logged

from rewarm.diagnose.finding import Finding
from rewarm.diagnose.rules import RULES
from rewarm.diagnose.texts import Texts
from rewarm.diagnose.view import View
from rewarm.runs.run import Run

PLAIN = Texts(documents=200, garbled=0.0, compressed=0.35, copies=0.05, framed=0.02, markup=0.02)
SIZE = 4.0  # bytes per token
BIT = SIZE * log(2)  # nats per token of one bit per byte


def flat(nats: float) -> Curve:
    return lambda _: nats


def step(start: float, end: float, at: float = 1 / 12) -> Curve:
    """Loss at the start, then at the end. The first of 12 windows is the start."""
    return lambda t: start if t < at else end


def window(base: float, peak: float, number: int, end: float) -> Curve:
    """`base` up to a window, which is at `peak`, then `end`."""
    return lambda t: base if t < number / 12 else peak if t < (number + 1) / 12 else end


def domain(curve: Curve, other: float = 2.7) -> dict[str, Source]:
    return {"law": ("domain", curve, SIZE), "web": ("general", flat(other), SIZE)}


def general(curve: Curve) -> dict[str, Source]:
    return {"law": ("domain", flat(2.6), SIZE), "web": ("general", curve, SIZE)}


def beside(*others: float, start: float) -> dict[str, Source]:
    """A domain, and other sources, by the nats of their flat losses."""
    sources: dict[str, Source] = {"law": ("domain", flat(start), SIZE)}
    return sources | {f"s{at}": ("general", flat(nats), SIZE) for at, nats in enumerate(others)}


def found(run: Run, texts: Mapping[str, Texts] | None = None) -> list[Finding]:
    view = View(run, None, {one: (texts or {}).get(one, PLAIN) for one in ("law", "web", "s0", "s1", "s2")})
    return [one for rule in RULES for one in rule(view)]


def has(folder: Path, rule: str, channel: str, sources: Mapping[str, Source], **more: Any) -> bool:
    texts = more.pop("texts", None)
    run = logged(folder, sources, noise=0.0, **more)
    return (rule, channel) in {(one.rule, one.channel) for one in found(run, texts)}
