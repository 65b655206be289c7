"""Renders a run, or its variants side by side, as one self-contained HTML file.

Autoescape is on for every value; only the charts and page.css, which rewarm writes itself, are marked
as safe. A content security policy that forbids scripts and requests is the second protection.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from rewarm.corpus.tables.channels import Channel, number
from rewarm.corpus.tables.leaves import in_reading_order
from rewarm.diagnose.diagnosis import diagnose
from rewarm.engine.publish import writing
from rewarm.recipe.reading import flatten
from rewarm.report import choices, curves, figures, shortfall, training
from rewarm.report.verdict import differences, judge
from rewarm.runs import evaluation, funnel, increment, provenance
from rewarm.runs.run import Run
from rewarm.runs.training_log import TrainingLog

_PAGE = Path("report", "index.html")


def render(run: Run) -> Path:
    """Write the page of a run or variant, `run/report/index.html`, and return its path.

    The section of a step that has not run reports that. Raises OSError from the disk.
    """
    metrics = training.read(run)
    verdicts = funnel.reasons(run)
    channels = run.evaluation[0]
    return _write(
        run.path / _PAGE,
        "page.html",
        record=run.record,
        name=_name(run),
        command=_command(run),
        verdict=judge(run),
        axes=_by_axis(channels),
        limit=_limit(channels),
        charts=_charts(metrics, channels),
        stages=_by_stage(training.mix(run, metrics)),
        evaluation=evaluation.read(run),
        completions=run.json("complete", "completions.json"),
        diagnosis=diagnose(run, metrics),
        shortfalls=[stage.sentence() for stage in shortfall.short(run)],
        mix_warnings=choices.warnings(run),
        mix_reasons=choices.sentences(run),
        medians={stage: value for stage, value in choices.medians(run).items() if value is not None},
        passages=funnel.passages(run, verdicts),
        reasons=verdicts,
        dated=provenance.dated(run),
        increment=increment.of_run(run),
        recipe=run.recipe,
        recipe_text=run.recipe_text,
        versions=flatten(run.record.versions),
        hardware=flatten(run.record.hardware),
        steps=_steps(run),
    )


def render_comparison(root: Path, variants: dict[str, Run]) -> Path:
    """Write `root/report/index.html` with the variants (by name) side by side.

    Links to each variant's own page are relative, so the run directory can be moved or zipped.
    """
    target = root / _PAGE
    held = {name: run.evaluation[0] for name, run in variants.items()}
    names = in_reading_order(channel.axis for channels in held.values() for channel in channels)
    values = {
        axis: list(dict.fromkeys(c.value for channels in held.values() for c in channels if c.axis == axis))
        for axis in names
    }
    by_name = {name: {(c.axis, c.value): c for c in channels} for name, channels in held.items()}
    mixes = {
        name: {(p.stage, p.source): p for p in training.mix(run, training.read(run))}
        for name, run in variants.items()
    }
    return _write(
        target,
        "comparison.html",
        name=root.name,
        variants=list(variants),
        links={
            name: quote(os.path.relpath(run.path / _PAGE, target.parent).replace(os.sep, "/"))
            for name, run in variants.items()
        },
        verdicts={name: judge(run) for name, run in variants.items()},
        axes={
            axis: [(v, _row(axis, v, by_name), _best(axis, v, by_name, variants)) for v in values[axis]]
            for axis in names
        },
        limit=_limit([channel for channels in held.values() for channel in channels]),
        mixes=mixes,
        portions=list(dict.fromkeys(key for mix in mixes.values() for key in mix)),
    )


def _row(axis: str, value: str, held: dict[str, dict[tuple[str, str], Channel]]) -> dict[str, Channel | None]:
    return {name: channels.get((axis, value)) for name, channels in held.items()}


def _best(
    axis: str, value: str, held: dict[str, dict[tuple[str, str], Channel]], variants: dict[str, Run]
) -> dict[str, Any] | None:
    """The variant with the lowest bits per byte, and its lead over the next, with its interval."""
    ranked = sorted(
        (channel.after_bits, name)
        for name, channel in _row(axis, value, held).items()
        if channel and channel.after_bits == channel.after_bits
    )
    if len(ranked) < 2:
        return None
    (_, first), (_, second) = ranked[:2]
    lead = differences(variants[second], variants[first], axis, value)
    return {"name": first, "next": second, "bits": ranked[1][0] - ranked[0][0], "lead": lead}


def _charts(metrics: TrainingLog | None, channels: list[Channel]) -> list[tuple[str, curves.Chart]]:
    """(axis, chart) of losses, task first; then rate and gradient norm under the axis ""."""
    if metrics is None:
        return []
    positions, start, stop = training.windows(metrics)
    trend = training.trends(metrics, positions)
    heldout = {(c.axis, c.value): (c.before_nats, c.after_nats) for c in channels if c.tokens}
    updates = metrics.updates[positions].astype(float)
    stages = [(name, float(metrics.updates[first])) for name, first, _ in metrics.stages]
    stage_starts = ", ".join(f"{name} from update {first:.0f}" for name, first in stages)
    charts: list[tuple[str, curves.Chart]] = []
    for axis in in_reading_order(["source", *(key for leaf in metrics.leaves for key in leaf.labels)]):
        series = []
        for value, (nats, tokens) in training.sums(metrics, axis).items():
            if tokens.sum() > 0:
                detail = training.ratio(nats, tokens, start, stop)
                spikes = training.spikes(metrics, nats, tokens, positions, detail)
                smooth = training.ratio(nats, tokens, *trend)
                held = heldout.get((axis, value))
                series.append(curves.Series(value, updates, smooth, detail, held, spikes))
        title = f"Training loss by {axis}"
        ends = "; ".join(f"{s.label} {figures.plain(s.y[0])} to {figures.plain(s.y[-1])}" for s in series)
        description = f"Lines over {len(metrics.updates)} updates, {stage_starts}. First to last: {ends}."
        charts.append(
            (axis, curves.Chart(f"loss-{len(charts)}", title, description, "nats per token", stages, series))
        )
    largest = [metrics.scalars["grad_norm"][a:b].max() for a, b in zip(start, stop, strict=True)]
    for name, title, values in (
        ("rate", "Learning rate", metrics.scalars["rate"][positions]),
        ("norm", "Gradient norm before clipping, the largest of each window", largest),
    ):
        line = curves.Series(title, updates, np.array(values, dtype=np.float64))
        description = f"One line over {len(metrics.updates)} updates, {stage_starts}."
        charts.append(("", curves.Chart(name, title, description, "", stages, [line], 190)))
    return charts


def _steps(run: Run) -> list[dict[str, Any]]:
    return [
        {
            "step": name,
            "folder": step.path.name,
            "seconds": number(step.manifest.seconds),
            "quarantined": step.manifest.quarantined,
        }
        for name, step in run.steps.items()
    ]


def _by_axis(channels: list[Channel]) -> dict[str, list[Channel]]:
    return {axis: [c for c in channels if c.axis == axis] for axis in dict.fromkeys(c.axis for c in channels)}


def _by_stage(portions: list[training.Portion]) -> dict[str, list[training.Portion]]:
    names = dict.fromkeys(portion.stage for portion in portions)
    return {name: [portion for portion in portions if portion.stage == name] for name in names}


def _limit(channels: list[Channel]) -> float:
    """The largest change or end of an interval: the scale that all bars share."""
    ends = [abs(end) for c in channels for end in (c.change_bits, c.low, c.high) if end == end]
    return max(ends, default=0.0)


def _name(run: Run) -> str:
    name, variant = run.record.name or run.root.name, run.record.variant
    return f"{name}, variant {variant}" if variant else name


def _command(run: Run) -> str:
    """The path of the run for the command line: as given; of an absolute path the last two parts."""
    return "/".join(run.root.parts[-2:]) if run.root.is_absolute() else run.root.as_posix()


def _write(target: Path, template: str, **values: object) -> Path:
    text = _environment().get_template(template).render(**values)
    target.parent.mkdir(parents=True, exist_ok=True)
    with writing(target) as aside:
        aside.write_text(text, encoding="utf-8", newline="\n")
    return target


def _environment() -> Environment:
    css = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    environment = Environment(
        loader=PackageLoader("rewarm", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=figures.visible,
    )
    shared: Mapping[str, Any] = {"css": Markup(css), "f": figures, "curves": curves}
    environment.globals.update(shared)
    return environment
