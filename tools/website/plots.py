"""The plots of the explanation pages, drawn from rewarm's own code: `python tools/website/plots.py`.

Writes docs/images/NAME.svg. The files are committed, so that the pages are whole on a code host too; a test
draws them again and compares.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from rewarm.train.schedule import Schedule

IMAGES = Path(__file__).resolve().parents[2] / "docs/images"
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 640, 280, 56, 16, 44
# Told apart also without colour vision (Okabe and Ito), on white and on black.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00")


def schedules() -> str:
    """The rate over a stage of 1,000 updates, by shape."""
    updates, peak = 1_000, 1.0
    kinds = {
        "cosine": Schedule("cosine", peak, 0.1, updates, 10, 0),
        "linear": Schedule("linear", peak, 0.1, updates, 10, 0),
        "constant": Schedule("constant", peak, peak, updates, 10, 0),
        "wsd": Schedule("wsd", peak, 0.0, updates, 10, 200, "sqrt"),
        "infinite": Schedule("infinite", peak, 0.55, updates, 10, 200),
    }
    at = range(0, updates, 10)
    lines = {name: [(update, kind.rate(update)) for update in at] for name, kind in kinds.items()}
    return _lines(lines, "update", "rate / peak", updates, 1.1)


def two_stages() -> str:
    """`adapt` with a constant rate, then `anneal` from it down to zero: the rate continues."""
    adapt = Schedule("constant", 1.0, 1.0, 800, 8, 0)
    anneal = Schedule("linear", 1.0, 0.0, 200, 0, 0, "sqrt", 1.0)
    points = [(update, adapt.rate(update)) for update in range(0, 800, 8)]
    falling = [(800 + update, anneal.rate(update)) for update in range(0, 200, 2)]
    return _lines({"adapt": points, "anneal": [points[-1], *falling]}, "update", "rate / peak", 1_000, 1.1)


def _lines(
    lines: dict[str, Sequence[tuple[float, float]]], x_title: str, y_title: str, x_most: float, y_most: float
) -> str:
    """Lines over common axes from 0, each named in a legend of its colour."""
    right, low = _WIDTH - 110, _HEIGHT - _BOTTOM

    def place(x: float, y: float) -> str:
        across = _LEFT + (right - _LEFT) * x / x_most
        return f"{across:.1f},{low - (low - _TOP) * y / y_most:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<path d="M{_LEFT},{_TOP}V{low}H{right}" fill="none" stroke="#555"/>',
        f'<text x="{(_LEFT + right) / 2:.0f}" y="{_HEIGHT - 8}" text-anchor="middle">{x_title}</text>',
        f'<text transform="translate(14,{(low + _TOP) / 2:.0f}) rotate(-90)" text-anchor="middle">'
        f"{y_title}</text>",
    ]
    for share in (0, 0.5, 1):
        x, y = place(share * x_most, 0).split(",")[0], place(0, share)
        parts.append(f'<text x="{x}" y="{low + 18}" text-anchor="middle">{share * x_most:g}</text>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y.split(",")[1]}" text-anchor="end">{share:g}</text>')
    for number, (name, points) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        path = " ".join(place(x, y) for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        y = _TOP + 20 * number + 12
        parts.append(f'<text x="{right + 12}" y="{y}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


PLOTS: dict[str, Callable[[], str]] = {"schedules": schedules, "two-stages": two_stages}

if __name__ == "__main__":
    for name, draw in PLOTS.items():
        (IMAGES / f"{name}.svg").write_text(draw(), encoding="utf-8")
