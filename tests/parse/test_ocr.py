"""Scans and page images, with the models of RapidOCR: seconds a page."""

import io

import made_pages
import numpy as np
import pytest
from PIL import Image

from rewarm.parse.images.gutters import gutter
from rewarm.parse.limits import Limits

pytestmark = pytest.mark.slow


def picture(typeset: made_pages.Typeset, turn: int = 0) -> Image.Image:
    import pypdfium2

    document = pypdfium2.PdfDocument(typeset.pdf)
    drawn = document[0].render(scale=150 / 72).to_pil().convert("L")
    document.close()
    return drawn.rotate(turn, expand=True, fillcolor=255)


def encoded(image: Image.Image, kind: str, **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


@pytest.mark.parametrize(
    "made",
    [
        lambda: made_pages.one_column("a", 2),
        lambda: made_pages.chinese_page("c", 2),
        lambda: made_pages.two_columns("b", 3),
    ],
    ids=["english", "chinese", "two columns"],
)
def test_scans_are_read(parsed, made):
    typeset = made()
    given = parsed(made_pages.scanned(typeset, pages=1).pdf, limits=Limits(), ocr=True)
    assert made_pages.accuracy(given.text, typeset.text) >= 0.93
    (page, *_) = given.documents[0].pages
    assert page.via == "ocr" and page.scores["confidence"] > 0.9 and 0.8 < page.quality <= 0.95


def test_only_the_pages_without_text_are_read_by_ocr(parsed):
    import pypdfium2

    sound, scan = made_pages.one_column("m", 2), made_pages.scanned(made_pages.one_column("n", 1), dpi=120)
    joined = pypdfium2.PdfDocument.new()
    for one in (sound, scan, made_pages.one_column("o", 2)):
        joined.import_pages(pypdfium2.PdfDocument(one.pdf))
    out = io.BytesIO()
    joined.save(out)
    given = parsed(out.getvalue(), limits=Limits(), ocr=True)
    assert [page.via for page in given.documents[0].pages] == ["text", "ocr", "text"]
    wanted = "\n".join([*sound.paragraphs, *made_pages.one_column("n", 1).paragraphs])
    wanted += "\n" + "\n".join(made_pages.one_column("o", 2).paragraphs)
    assert made_pages.accuracy(given.text, wanted) > 0.97


@pytest.mark.parametrize(("kind", "turn"), [("PNG", 180), ("JPEG", 90), ("TIFF", 0)])
def test_page_images_are_read_whatever_their_direction(parsed, kind, turn):
    typeset = made_pages.chinese_page("i", 1)
    page = picture(typeset, turn)
    more = {"save_all": True, "append_images": [page]} if kind == "TIFF" else {}
    given = parsed(encoded(page, kind, **more), limits=Limits(), ocr=True)
    frames = 2 if kind == "TIFF" else 1
    assert len(given.documents[0].pages) == frames
    assert made_pages.accuracy(given.text, "\n".join([typeset.text] * frames)) > 0.9


def test_a_page_on_which_ocr_finds_nothing_is_noted(parsed):
    blank = encoded(Image.new("L", (900, 1200), 240), "PDF", resolution=100)
    given = parsed(blank, limits=Limits(), ocr=True)
    assert given.reasons == ["parse.no_text", "parse.empty"] and not given.documents


def test_images_that_are_bombs_or_damaged(parsed):
    bomb = encoded(Image.new("1", (30_000, 30_000)), "PNG")
    assert parsed(bomb, limits=Limits(), ocr=True).reasons == ["parse.expansion"]
    damaged = encoded(picture(made_pages.chinese_page("i", 2)), "PNG")[:5000]
    assert parsed(damaged, limits=Limits(), ocr=True).reasons == ["parse.truncated"]
    assert parsed(encoded(Image.new("L", (800, 800), 255), "PNG"), ocr=True).reasons == ["parse.empty"] * 2


def test_a_gutter_is_found_in_pixels_and_word_spaces_are_none():
    page = np.full((400, 600, 3), 255, np.uint8)
    rng = np.random.default_rng(3)
    lines = []
    for row in range(10, 390, 20):
        for left, right in ((20, 290), (312, 580)):
            for x in range(left, right, 5):
                page[row : row + 12, x : x + 4] = 0
            for space in rng.integers(left + 10, right - 10, 4):
                page[row : row + 12, space : space + 7] = 255
        lines.append((20.0, float(row), 580.0, float(row + 12)))
    found = gutter(page, lines)
    assert found is not None and 290 <= found[0] <= 312 and found[1] == []
    page[10:22, 285:320] = 0
    assert gutter(page, lines)[1] == [0]
    page[:, 285:320] = 0
    assert gutter(page, lines) is None
