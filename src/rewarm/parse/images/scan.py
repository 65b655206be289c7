"""Scanned pages and page images → lines with places, by RapidOCR (PP-OCR models inside its package).

Pages are drawn at 200 dpi, the resolution at which these models were measured. A page that was scanned
upside down or on its side is turned: where few of the lines found are wider than high, or the mean
confidence is low, the other directions are tried and the best is kept.
"""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rewarm.parse.images.gutters import gutter
from rewarm.parse.job import Job
from rewarm.parse.parsed import Item, Page, Parsed, Problem, Unreadable
from rewarm.parse.score.page_score import RECOGNISED

if TYPE_CHECKING:
    from rapidocr import RapidOCR

_DPI = 200
# Pixels of a page image: A0 at 200 dpi. Beyond, it is a bomb or no page.
_MOST_PIXELS = 62_000_000
_LONGEST_SIDE = 3400
_SURE = 0.85
_LEAST_CONFIDENCE = 0.5
_MOST_FRAMES = 2000

Line = tuple[float, float, float, float, str]
Found = tuple[list[Line], float, float]
"""Lines of the straightened page, their mean confidence, the angle by which the page lay askew."""
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
                quality = round(RECOGNISED * confidence, 3)
                pages.append(Page(number, start, size, quality, "ocr", ("ocr",), measures))
    except Image.DecompressionBombError as error:
        raise Unreadable("parse.expansion", str(error)) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise Unreadable("parse.truncated", f"the image is damaged: {error}") from None
    if not texts:
        raise Unreadable("parse.empty", "OCR found no text")
    yield Parsed("", "\n\n".join(texts), "image", tuple(pages))


def read_lines(picture: Pixels) -> tuple[list[Line], float, int]:
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
    upright = np.ascontiguousarray(np.rot90(picture, turned)) if turned else picture
    return *_columns_apart(upright, best), turned


def _columns_apart(picture: Pixels, found: Found) -> tuple[list[Line], float]:
    """Where the lines of two columns came out as one, each column read by itself."""
    lines, confidence, angle = found
    if abs(angle) > 0.001:
        from PIL import Image

        turned = Image.fromarray(picture).rotate(
            math.degrees(angle), center=(0, 0), fillcolor=(255, 255, 255), resample=Image.Resampling.BILINEAR
        )
        picture = np.asarray(turned).copy()
    between = gutter(picture, [line[:4] for line in lines])
    if between is None:
        return lines, confidence
    at, titles = between
    kept = [lines[number] for number in titles]
    picture = picture.copy()
    for x0, y0, x1, y1, _ in kept:
        picture[max(0, round(y0)) : round(y1), max(0, round(x0)) : round(x1)] = 255
    halves = [_once(np.ascontiguousarray(half)) for half in (picture[:, :at], picture[:, at:])]
    kept += halves[0][0]
    kept += [(x0 + at, y0, x1 + at, y1, text) for x0, y0, x1, y1, text in halves[1][0]]
    return kept, min(halves[0][1], halves[1][1]) if all(half[0] for half in halves) else confidence


def _worth(found: Found) -> float:
    lines, confidence, _ = found
    return confidence * sum(len(line[4]) for line in lines) * (0.5 if _upended(lines) else 1.0)


def _upended(lines: list[Line]) -> bool:
    """Whether most of the long lines are higher than wide."""
    long = [line for line in lines if len(line[4]) >= 4]
    return sum(line[3] - line[1] > line[2] - line[0] for line in long) * 2 > len(long)


def _once(picture: Pixels) -> Found:
    # Its classifier would turn each line by itself, and leave the lines of a turned page in reverse order.
    result = _engine()(picture, use_cls=False)
    if result.boxes is None or result.txts is None:
        return [], 0.0, 0.0
    kept = [
        (np.asarray(box, np.float64), str(text), float(score))
        for box, text, score in zip(result.boxes, result.txts, result.scores, strict=True)
        if score >= _LEAST_CONFIDENCE and text.strip()
    ]
    weight = sum(len(text) for _, text, _ in kept)
    confidence = sum(score * len(text) for _, text, score in kept) / weight if weight else 0.0
    angle = _skew([box for box, text, _ in kept if len(text) >= 8])
    cosine, sine = np.cos(-angle), np.sin(-angle)
    turn = np.array([[cosine, sine], [-sine, cosine]])
    lines = []
    for box, text, _ in kept:
        corners = box @ turn
        x0, y0 = corners.min(axis=0)
        x1, y1 = corners.max(axis=0)
        lines.append((float(x0), float(y0), float(x1), float(y1), text))
    return lines, confidence, angle


def _skew(boxes: list[npt.NDArray[np.float64]]) -> float:
    """The angle of the lines in radians; a page that lies askew has lines that overlap in height."""
    if len(boxes) < 3:
        return 0.0
    edges = np.array([[box[1] - box[0], box[2] - box[3]] for box in boxes]).sum(axis=1)
    angle = float(np.median(np.arctan2(edges[:, 1], edges[:, 0])))
    return angle if abs(angle) < 0.2 else 0.0


@lru_cache(maxsize=1)
def _engine() -> "RapidOCR":
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
