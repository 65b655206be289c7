"""Scanned pages and page images → lines with places, by RapidOCR (PP-OCR models inside its package).

Pages are drawn at 200 dpi, the resolution at which these models were measured. A page that was scanned
upside down or on its side is turned: where few of the lines found are wider than high, or the mean
confidence is low, the other directions are tried and the best is kept.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from rewarm.parse.job import Job
from rewarm.parse.parsed import Item, Page, Parsed, Problem, Unreadable

_DPI = 200
# Pixels of a page image: A0 at 200 dpi. Beyond, it is a bomb or no page.
_MOST_PIXELS = 62_000_000
_LONGEST_SIDE = 3400
_SURE = 0.85
_LEAST_CONFIDENCE = 0.5
_MOST_FRAMES = 2000

Pixels = npt.NDArray[np.uint8]


def read_scan(job: Job) -> Iterator[Item]:
    """Pages `options["pages"]` of a PDF: an item a page, its lines in `meta` for the PDF reader."""
    import pypdfium2

    document = pypdfium2.PdfDocument(job.path)
    try:
        for number in job.options["pages"]:
            position = str(number)
            if position in job.skip:
                continue
            job.begin(position)
            page = document[number - 1]
            width, height = page.get_size()
            scale = min(_DPI / 72, _LONGEST_SIDE / max(width, height, 1.0))
            picture = page.render(scale=scale, rev_byteorder=False).to_numpy()[:, :, :3]
            page.close()
            lines, confidence, turned = read_lines(np.ascontiguousarray(picture))
            if turned % 2:
                width, height = height, width
            placed = [
                (x0 / scale, height - y1 / scale, x1 / scale, height - y0 / scale, text)
                for x0, y0, x1, y1, text in lines
            ]
            meta = {"lines": placed, "width": width, "height": height, "confidence": confidence}
            yield Parsed(position, "", "scan", (), meta)
    finally:
        document.close()


def read_image(job: Job) -> Iterator[Item]:
    """One document; a page for each frame of a TIFF."""
    from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

    from rewarm.parse.images.layout import text_of_lines

    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    pages: list[Page] = []
    texts: list[str] = []
    size = 0
    try:
        with Image.open(job.path) as image:
            for number, frame in enumerate(ImageSequence.Iterator(image), 1):
                position = str(number)
                if number > _MOST_FRAMES:
                    yield Problem(position, "parse.too_many_pages", f"more than {_MOST_FRAMES:,} images")
                    break
                if position in job.skip:
                    continue
                job.begin(position)
                if frame.width * frame.height > _MOST_PIXELS:
                    yield Problem(position, "parse.expansion", f"{frame.width} × {frame.height} pixels")
                    continue
                upright = ImageOps.exif_transpose(frame).convert("RGB")
                upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
                lines, confidence, _ = read_lines(np.asarray(upright)[:, :, ::-1].copy())
                text = text_of_lines(lines, max(upright.height, 1))
                if not text:
                    yield Problem(position, "parse.empty", "OCR found no text")
                    continue
                start = size + 2 * bool(texts)
                texts.append(text)
                size = start + len(text)
                measures = {"confidence": round(confidence, 3)}
                pages.append(Page(number, start, size, round(confidence, 3), "ocr", ("ocr",), measures))
    except Image.DecompressionBombError as error:
        raise Unreadable("parse.expansion", str(error)) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise Unreadable("parse.truncated", f"the image is damaged: {error}") from None
    if not texts:
        raise Unreadable("parse.empty", "OCR found no text")
    yield Parsed("", "\n\n".join(texts), "image", tuple(pages))


def read_lines(picture: Pixels) -> tuple[list[tuple[float, float, float, float, str]], float, int]:
    """Lines (x0, y0, x1, y1, text) in pixels of the upright page, the mean confidence by length, and by how
    many quarters the page was turned counter-clockwise. picture: BGR [height, width, 3]."""
    best = _once(picture)
    turned = 0
    if best[1] < _SURE or _upended(best[0]):
        for turn in (2, 1, 3):
            found = _once(np.ascontiguousarray(np.rot90(picture, turn)))
            if _worth(found) > _worth(best) * 1.05:
                best, turned = found, turn
            if best[1] >= 0.93 and not _upended(best[0]) and turned:
                break
    return best[0], best[1], turned


def _worth(found: tuple[list[tuple[float, float, float, float, str]], float]) -> float:
    lines, confidence = found
    return confidence * sum(len(line[4]) for line in lines) * (0.5 if _upended(lines) else 1.0)


def _upended(lines: list[tuple[float, float, float, float, str]]) -> bool:
    """Whether most of the long lines are higher than wide."""
    long = [line for line in lines if len(line[4]) >= 4]
    return sum(line[3] - line[1] > line[2] - line[0] for line in long) * 2 > len(long)


def _once(picture: Pixels) -> tuple[list[tuple[float, float, float, float, str]], float]:
    # Its classifier would turn each line by itself, and leave the lines of a turned page in reverse order.
    result = _engine()(picture, use_cls=False)
    if result.boxes is None or result.txts is None:
        return [], 0.0
    lines = []
    total = weight = 0.0
    for box, text, score in zip(result.boxes, result.txts, result.scores, strict=True):
        if score < _LEAST_CONFIDENCE or not text.strip():
            continue
        corners = np.asarray(box)
        x0, y0 = corners.min(axis=0)
        x1, y1 = corners.max(axis=0)
        lines.append((float(x0), float(y0), float(x1), float(y1), str(text)))
        total += float(score) * len(text)
        weight += len(text)
    return lines, total / weight if weight else 0.0


@lru_cache(maxsize=1)
def _engine() -> Any:
    import logging

    logging.disable(logging.WARNING)
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "error",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
