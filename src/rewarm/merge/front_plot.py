"""The front as an SVG file: gain over forgetting, a curve over merge weights for each training setting."""

from dataclasses import dataclass
from math import floor, isfinite, log10

from markupsafe import Markup

from rewarm.merge.front import Front, Measured
from rewarm.statistics.bootstrap import Estimate

_WIDTH, _HEIGHT = 860, 520
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 250, 30, 60
_COLOURS = ("#0b62a4", "#c2410c", "#15803d", "#7e22ce", "#b45309", "#0e7490", "#be123c", "#4d7c0f")


@dataclass(frozen=True)
class _Frame:
    """Values to places. x0, x1: forgetting at the left and right edge; y0, y1: gain at bottom and top."""

    x0: float
    x1: float
    y0: float
    y1: float

    def x(self, value: float) -> float:
        return _LEFT + (value - self.x0) / (self.x1 - self.x0) * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        return _HEIGHT - _BOTTOM - (value - self.y0) / (self.y1 - self.y0) * (_HEIGHT - _TOP - _BOTTOM)

    def at(self, one: Measured) -> tuple[float, float]:
        return self.x(one.forgetting.value), self.y(one.gain.value)


def svg(front: Front) -> str:
    """Points of the reporting half; the chosen one has its intervals, the front is a grey line."""
    points, chosen = front.reporting, front.reporting[front.chosen]
    frame = _Frame(
        *_padded([one.forgetting for one in points], chosen.forgetting, front.tolerance),
        *_padded([one.gain for one in points], chosen.gain, 0.0),
    )
    parts = [_axes(frame), _tolerance(frame, front.tolerance)]
    line = "M" + "L".join("{:.1f} {:.1f}".format(*frame.at(points[number])) for number in front.best)
    parts.append(Markup('<path d="{}" fill="none" stroke="#ccc" stroke-width="8"/>').format(line))
    settings = dict.fromkeys(one.point.setting for one in points if one.point.weight)
    for number, setting in enumerate(settings):
        own = [one for one in points if one.point.setting == setting or not one.point.weight]
        own.sort(key=lambda one: one.point.weight)
        parts.append(_curve(own, _COLOURS[number % len(_COLOURS)], frame))
        parts.append(_legend(setting, _COLOURS[number % len(_COLOURS)], number))
    parts.append(_cross(chosen, frame))
    return str(
        Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" role="img" font-size="13" '
            'font-family="sans-serif"><title>{title}</title><desc>{desc}</desc>'
            '<rect width="{w}" height="{h}" fill="#fff"/>{parts}</svg>\n'
        ).format(
            w=_WIDTH,
            h=_HEIGHT,
            title="Gain in the domain over forgetting in the worst retained channel",
            desc=front.verdict,
            parts=Markup("").join(parts),
        )
    )


def _padded(values: list[Estimate], chosen: Estimate, more: float) -> tuple[float, float]:
    """The ends of an axis that shows all values and the chosen one's interval."""
    shown = [one.value for one in values] + [0.0, more]
    shown += [value for value in (chosen.low, chosen.high) if isfinite(value)]
    room = (max(shown) - min(shown) or 1.0) * 0.06
    return min(shown) - room, max(shown) + room


def _axes(frame: _Frame) -> Markup:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = [
        Markup('<path d="M{0} {1}V{2}H{3}" fill="none" stroke="#333"/>').format(_LEFT, _TOP, bottom, right)
    ]
    text = Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}" fill="#333">{}</text>')
    for value in _ticks(frame.x0, frame.x1):
        parts.append(text.format(frame.x(value), bottom + 20, "middle", _number(value)))
    for value in _ticks(frame.y0, frame.y1):
        parts.append(text.format(_LEFT - 8, frame.y(value) + 4, "end", _number(value)))
    parts.append(text.format((_LEFT + right) / 2, bottom + 46, "middle", "forgetting, bits per byte"))
    parts.append(text.format(_LEFT, _TOP - 12, "middle", "gain, bits per byte"))
    return Markup("").join(parts)


def _tolerance(frame: _Frame, tolerance: float) -> Markup:
    return Markup(
        '<path d="M{0:.1f} {1}V{2}" stroke="#999" stroke-dasharray="4 4"/>'
        '<text x="{3:.1f}" y="{4}" fill="#666">tolerance</text>'
    ).format(frame.x(tolerance), _TOP, _HEIGHT - _BOTTOM, frame.x(tolerance) + 5, _HEIGHT - _BOTTOM - 8)


def _curve(own: list[Measured], colour: str, frame: _Frame) -> Markup:
    path = "M" + "L".join("{:.1f} {:.1f}".format(*frame.at(one)) for one in own)
    parts = [Markup('<path d="{}" fill="none" stroke="{}" stroke-width="1.5"/>').format(path, colour)]
    dot = Markup(
        '<circle cx="{:.1f}" cy="{:.1f}" r="4" fill="{}"><title>{}</title></circle>'
        '<text x="{:.1f}" y="{:.1f}" fill="#666" font-size="10">{:g}</text>'
    )
    for one in own:
        across, up = frame.at(one)
        parts.append(dot.format(across, up, colour, one.point.name, across + 6, up - 5, one.point.weight))
    return Markup("").join(parts)


def _legend(setting: str, colour: str, number: int) -> Markup:
    left, row = _WIDTH - _RIGHT + 16, _TOP + 20 + 22 * number
    return Markup(
        '<rect x="{}" y="{}" width="14" height="4" fill="{}"/><text x="{}" y="{}">{}</text>'
    ).format(left, row - 6, colour, left + 20, row, setting)


def _cross(chosen: Measured, frame: _Frame) -> Markup:
    """The chosen point: a ring with both intervals."""
    across, up = frame.at(chosen)
    parts = [
        Markup('<circle cx="{:.1f}" cy="{:.1f}" r="8" fill="none" stroke="#000" stroke-width="2"/>').format(
            across, up
        )
    ]
    if isfinite(chosen.forgetting.low):
        ends = frame.x(chosen.forgetting.low), frame.x(chosen.forgetting.high)
        parts.append(Markup('<path d="M{:.1f} {:.1f}H{:.1f}" stroke="#000"/>').format(ends[0], up, ends[1]))
        ends = frame.y(chosen.gain.low), frame.y(chosen.gain.high)
        parts.append(
            Markup('<path d="M{:.1f} {:.1f}V{:.1f}" stroke="#000"/>').format(across, ends[0], ends[1])
        )
    return Markup("").join(parts)


def _ticks(low: float, high: float) -> list[float]:
    rough = (high - low) / 6
    unit = 10.0 ** floor(log10(rough))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough)
    first = floor(low / step) + 1
    return [round(step * number, 12) for number in range(first, floor(high / step) + 1)]


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")
