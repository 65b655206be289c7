"""The committed plots are those that the code draws."""

from xml.etree import ElementTree

import plots
import pytest


@pytest.mark.parametrize("name", plots.PLOTS)
def test_the_committed_plot_is_up_to_date(name: str) -> None:
    drawn = plots.PLOTS[name]()
    assert (plots.IMAGES / f"{name}.svg").read_text(encoding="utf-8") == drawn, (
        "run python tools/website/plots.py"
    )
    lines = ElementTree.fromstring(drawn).findall("{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == {"schedules": 5, "two-stages": 2}[name]
