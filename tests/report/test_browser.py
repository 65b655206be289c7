"""The pages in a real browser: nothing overflows, nothing is cut off, on a desk and on a phone.

Needs Chromium on the PATH (or CHROMIUM) and the package playwright; `make test-browser` runs it.
"""

import os
from pathlib import Path

import pytest

from rewarm.report import page
from rewarm.runs.run import Run

pytestmark = pytest.mark.browser

# Elements whose text is wider than the element, or that reach beyond the page.
_FAULTS = """() => {
  const faults = [];
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) faults.push('the page scrolls sideways');
  const name = (e) => e.tagName.toLowerCase() + ' ' + (e.textContent || '').trim().slice(0, 40);
  const hidden = (e) => e.closest('.unseen') || getComputedStyle(e).clipPath !== 'none'
    || e.closest('thead') && getComputedStyle(e.closest('thead')).clipPath !== 'none';
  for (const e of document.querySelectorAll('th, td, dd, dt, li, p, h1, h2, h3, caption, strong')) {
    if (hidden(e)) continue;
    const box = e.getBoundingClientRect();
    if (!box.width) continue;
    if (box.right > width + 0.5 || box.left < -0.5) faults.push('beyond the page: ' + name(e));
    if (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline')
      faults.push('cut off: ' + name(e));
    const range = document.createRange();
    range.selectNodeContents(e);
    for (const line of range.getClientRects())
      if (line.width > 1 && line.height > 1 && (line.right > width + 0.5 || line.left < -0.5))
        faults.push('text beyond the page: ' + name(e));
  }
  for (const e of document.querySelectorAll('svg.chart text')) {
    const box = e.getBoundingClientRect(), frame = e.ownerSVGElement.getBoundingClientRect();
    if (!box.width) continue;
    if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1)
      faults.push('label outside its chart: ' + e.textContent);
    if (box.height < 9) faults.push('label too small to read: ' + e.textContent);
  }
  for (const e of document.querySelectorAll('.wide, .stack'))
    if (e.scrollWidth > e.clientWidth + 1) faults.push('needs scrolling: ' + name(e));
  return [...new Set(faults)];
}"""
_CONTRAST = """() => {
  const light = (c) => { const v = c.match(/[\\d.]+/g).slice(0, 3).map((x) => x / 255)
    .map((x) => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
  const style = getComputedStyle(document.body);
  const [a, b] = [light(style.color), light(style.backgroundColor)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}"""


@pytest.fixture
def pages(run) -> list[Path]:
    """A run's page and a comparison of four variants, one with a name as long as names get."""
    changes = {"domain": -0.15, "general": 0.05}
    names = ("without-replay", "replay-25-percent-and-a-lower-peak-rate", "中文变体", "d")
    variants = {name: Run(run.variant(name, changes)) for name in names}
    return [page.render(variants["without-replay"]), page.render_comparison(run.folder, variants)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_pages_fit_the_screen(browser, pages, width, scheme):
    for path in pages:
        screen = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        screen.goto(path.as_uri())
        screen.evaluate("document.querySelectorAll('details').forEach((e) => e.open = true)")
        folder = os.environ.get("REWARM_SCREENSHOTS")
        if folder:
            kind = "comparison" if path is pages[1] else "run"
            screen.screenshot(path=f"{folder}/{kind}-{width}-{scheme}.png", full_page=True)
        assert screen.evaluate(_FAULTS) == []
        assert screen.evaluate(_CONTRAST) > 7
        screen.close()


def test_a_clipped_cell_is_noticed(browser, pages):
    screen = browser.new_page(viewport={"width": 390, "height": 900})
    screen.goto(pages[0].as_uri())
    screen.add_style_tag(content=".stack td { display: table-cell; white-space: nowrap; min-width: 500px }")
    assert any("cut off" in fault or "beyond" in fault for fault in screen.evaluate(_FAULTS))
    screen.close()
