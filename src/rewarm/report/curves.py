"""Charts as inline SVG: lines over updates, a change with its interval, planned and consumed shares.

Colours come from page.css by class, so that they follow light, dark and print; every series also has
a dash pattern of its own, since one reader in twelve cannot distinguish the colours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from rewarm.report import figures

Array = npt.NDArray[np.float64]
WIDTH = 860
# Room for labels at the size that a phone needs, twice that of a desk.
_LEFT, _RIGHT, _TOP, _BOTTOM = 92, 16, 34, 60
_COLOURS = 6
_DASHES = 5


@dataclass(frozen=True, slots=True)
class Series:
    """A line: y over x, a gap where y is NaN. label: as the legend names it; detail: the same with
    less smoothing, drawn thin; heldout: values before and after training, drawn as circles; spikes: x, level
    and value of single updates, drawn as lines from the level that end at the top of the chart at most."""

    label: str
    x: Array
    y: Array
    detail: Array | None = None
    heldout: tuple[float, float] | None = None
    spikes: Sequence[tuple[float, float, float]] = ()

    def values(self) -> Array:
        """float64 [values]: all finite values that are drawn."""
        parts = [self.y, *([] if self.detail is None else [self.detail]), np.array(self.heldout or ())]
        joined: Array = np.concatenate(parts)
        finite: Array = joined[np.isfinite(joined)]
        return finite

    @property
    def path_ends(self) -> tuple[float, float] | None:
        """First and last finite value."""
        sound = self.y[np.isfinite(self.y)]
        return (float(sound[0]), float(sound[-1])) if len(sound) else None


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart. name: unique on the page; stages: (label, first update) for every stage."""

    name: str
    title: str
    description: str
    unit: str
    stages: list[tuple[str, float]]
    series: list[Series]
    height: int = 320


def style(index: int) -> str:
    """Class names of the colour and dash of series `index`: 30 differ."""
    return f"colour-{index % _COLOURS} dash-{(index + index // _COLOURS) % _DASHES}"


def svg(chart: Chart) -> Markup:
    """The chart; a sentence when no series has a value."""
    sound = [series for series in chart.series if series.path_ends]
    if not sound:
        return Markup('<p class="missing">No values to draw for {}.</p>').format(chart.title)
    values = np.concatenate([series.values() for series in sound])
    updates = np.concatenate([series.x for series in sound])
    low, high, ticks = _scale(float(values.min()), float(values.max()), 5 if chart.height > 200 else 3)
    first, last = float(updates.min()), max(float(updates.max()), float(updates.min()) + 1)
    bottom = chart.height - _BOTTOM

    def across(update: float) -> float:
        return _LEFT + (update - first) / (last - first) * (WIDTH - _LEFT - _RIGHT)

    def up(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - _TOP)

    parts = [_tick(up(tick), _short(tick)) for tick in ticks]
    for update in _scale(first, last, 6)[2]:
        if first <= update <= last and update == round(update):
            parts.append(_update(across(update), bottom, f"{update:,.0f}"))
    for number, (label, start) in enumerate(chart.stages):
        parts.append(_boundary(across(max(start, first)), bottom, str(figures.visible(label)), number > 0))

    def line(x: Array, y: Array) -> str:
        ends = zip(x, y, strict=True)
        return _path([(across(float(a)), up(float(b)) if isfinite(b) else None) for a, b in ends])

    for index, series in enumerate(chart.series):
        if series.detail is not None:
            thin = Markup('<path class="line {} thin" d="{}"></path>')
            parts.append(thin.format(style(index), line(series.x, series.detail)))
        title = figures.visible(series.label)
        for update, level, value in series.spikes:
            ends = (across(update), up(level), up(min(value, high)))
            parts.append(
                _spike(*ends, style(index), f"{title}, update {update:,.0f}: {figures.plain(value)}")
            )
        parts.append(
            Markup('<path class="line {}" d="{}"><title>{}</title></path>').format(
                style(index), line(series.x, series.y), title
            )
        )
    for index, series in enumerate(chart.series):
        for update, value in zip((first, last), series.heldout or (), strict=False):
            if isfinite(value):
                parts.append(_circle(across(update), up(value), style(index), series.label))
    return Markup(
        '<svg class="chart" role="img" viewBox="0 0 {w} {h}" aria-labelledby="{n}-title {n}-desc">'
        '<title id="{n}-title">{title}</title><desc id="{n}-desc">{description}</desc>{parts}'
        '<text class="axis end" x="{right}" y="{below}">update</text></svg>'
    ).format(
        w=WIDTH,
        h=chart.height,
        n=chart.name,
        title=figures.visible(chart.title),
        description=figures.visible(chart.description),
        parts=Markup("").join(parts),
        right=WIDTH - _RIGHT,
        below=chart.height - 8,
    )


def swatch(index: int) -> Markup:
    """A short piece of the line, for the legend."""
    return Markup(
        '<svg class="swatch" viewBox="0 0 36 10" aria-hidden="true">'
        '<path class="line {}" d="M0 5H36"></path></svg>'
    ).format(style(index))


def change_bar(change: float, low: float, high: float, limit: float) -> Markup:
    """A bar from zero with its interval as a whisker; limit: the change that fills half the width."""
    if not isfinite(change) or limit <= 0:
        return Markup("")

    def across(value: float) -> float:
        return 60 + max(-1.0, min(1.0, value / limit)) * 56

    side = "better" if change < 0 else "worse"
    whisker = Markup("")
    if isfinite(low) and isfinite(high):
        whisker = Markup('<path class="whisker" d="M{:.1f} 8H{:.1f}M{:.1f} 4V12M{:.1f} 4V12"></path>').format(
            across(low), across(high), across(low), across(high)
        )
    return Markup(
        '<svg class="bar" viewBox="0 0 120 16" aria-hidden="true"><path class="zero" d="M60 0V16"></path>'
        '<rect class="{}" x="{:.1f}" y="3" width="{:.1f}" height="10"></rect>{}</svg>'
    ).format(side, min(60, across(change)), abs(across(change) - 60), whisker)


def share_bar(planned: float, consumed: float) -> Markup:
    """Consumed as a bar, planned as a mark; both shares of 1."""
    parts = [Markup('<rect class="room" x="0" y="4" width="120" height="8"></rect>')]
    if isfinite(consumed):
        parts.append(
            Markup('<rect class="consumed" x="0" y="4" width="{:.1f}" height="8"></rect>').format(
                120 * consumed
            )
        )
    if isfinite(planned):
        parts.append(Markup('<path class="planned" d="M{0:.1f} 0V16"></path>').format(120 * planned))
    return Markup('<svg class="bar" viewBox="0 0 120 16" aria-hidden="true">{}</svg>').format(
        Markup("").join(parts)
    )


def _path(points: list[tuple[float, float | None]]) -> str:
    """SVG path data; a single point between gaps is drawn as a dot."""
    parts: list[str] = []
    pen_down = False
    for i, (x, y) in enumerate(points):
        if y is not None:
            parts.append(f"{'L' if pen_down else 'M'}{x:.1f} {y:.1f}")
            alone = not pen_down and (i + 1 == len(points) or points[i + 1][1] is None)
            parts.extend(["h0.1"] if alone else [])
        pen_down = y is not None
    return "".join(parts)


def _scale(low: float, high: float, wanted: int) -> tuple[float, float, list[float]]:
    """Lower and upper end of an axis that contains low and high, and round ticks."""
    room = high - low or abs(high) or 1.0
    rough = room / wanted
    unit = 10.0 ** floor(log10(rough))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough * 0.999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    last = max(last, first + 1)
    ticks = [float(f"{i * step:.12g}") for i in range(first, last + 1)]
    return ticks[0], ticks[-1], ticks


def _tick(y: float, label: str) -> Markup:
    return Markup(
        '<path class="grid" d="M{0} {1:.1f}H{2}"></path><text class="axis end" x="{3}" y="{4:.1f}">{5}</text>'
    ).format(_LEFT, y, WIDTH - _RIGHT, _LEFT - 6, y + 4, label)


def _short(value: float) -> str:
    """A tick's label: 0.0001 as 1e−4, since the margin has room for six characters."""
    if value == 0 or abs(value) >= 0.001:
        text = f"{value:g}"
    else:
        digits, exponent = f"{value:e}".split("e")
        text = f"{float(digits):g}e{int(exponent)}"
    return text.replace("-", "−")


def _update(x: float, bottom: int, label: str) -> Markup:
    return Markup('<text class="axis middle" x="{:.1f}" y="{}">{}</text>').format(x, bottom + 24, label)


def _circle(x: float, y: float, style: str, label: str) -> Markup:
    return Markup(
        '<circle class="{} heldout" cx="{:.1f}" cy="{:.1f}" r="5"><title>{}, held out</title></circle>'
    ).format(style, x, y, figures.visible(label))


def _spike(x: float, level: float, top: float, style: str, label: str) -> Markup:
    return Markup(
        '<path class="line {} thin spike" d="M{:.1f} {:.1f}V{:.1f}"><title>{}</title></path>'
    ).format(style, x, level, top, label)


def _boundary(x: float, bottom: int, label: str, ruled: bool) -> Markup:
    rule = Markup('<path class="boundary" d="M{0:.1f} {1}V{2}"></path>').format(x, _TOP - 12, bottom)
    text = Markup('<text class="stage" x="{:.1f}" y="{}">{}</text>').format(x + 5, _TOP - 6, label)
    return (rule if ruled else Markup("")) + text
