"""The score of a PDF page, and whether it must be read by OCR.

Every measure is taken from the characters and images of the page, never from text that the parser made of
them: a page that contains only `(cid:12)` or Markdown marks must not count as text.
"""

import re
from dataclasses import dataclass, field

from rewarm.parse.pdf.page import PageText
from rewarm.parse.score.order import DOUBTFUL
from rewarm.parse.score.plausible import plausibility

# Programs that make scans, as PDFs name them.
_SCANNERS = re.compile(
    r"scan|xerox|ricoh|canon|kyocera|konica|minolta|fujitsu|epson|brother|hp (?:officejet|laserjet|digital)|"
    r"adobe (?:paper capture|acrobat .{0,20}paper capture)|abbyy|finereader|omnipage|readiris|"
    r"tesseract|ocrmypdf|naps2|vuescan|luradocument|camscanner|genius scan|全能扫描",
    re.I,
)
# A page with fewer characters than this, and an image, is a picture with a caption at most.
_FEW = 40
_GARBLED = 0.15
# Recognised text is never as sure as text that was written: of two copies the written one is better.
RECOGNISED = 0.95
# A rule or a logo does not make a page an image.
_BLANK = 0.05
# Text of this width, in points, is more than a space or a bullet.
_WIDE = 40.0
# Codes of fonts without names of letters are guesses; they may still be right, which letters in the order of
# a language show.
_GUESSED, _LIKELY = 0.5, 0.5
# Names of glyphs where their characters should be, as some converters write them.
_NAMES = re.compile(r"\(cid:\d{1,5}\)|/[gG](?:lyph)?\d{1,5}\b|/?uni[0-9A-F]{4}\b|\.notdef")


@dataclass(slots=True)
class Score:
    """quality: 0..1; via: `text` or `ocr`; needs_ocr: the text layer cannot be used, and why."""

    quality: float
    via: str = "text"
    flags: tuple[str, ...] = ()
    needs_ocr: bool = False
    why: str = ""
    measures: dict[str, float] = field(default_factory=dict)


def scanner(producer: str) -> str:
    """The name of the scanner or OCR program, empty where it is none."""
    found = _SCANNERS.search(producer)
    return found[0].lower() if found else ""


def of_page(page: PageText, producer: str, confidence: float | None) -> Score:
    """producer: `scanner()` of the document; confidence: of OCR, 0..1, where the page was read by it."""
    text = "\n".join(one.text for one in page.segments)
    names = sum(len(found[0]) for found in _NAMES.finditer(text))
    garbled = min(1.0, (page.unreadable + names) / max(page.characters, 1))
    measures = {
        "characters": page.characters,
        "unreadable": round(garbled, 4),
        "images": round(page.images, 3),
    }
    if page.unmapped:
        measures["unmapped"] = round(page.unmapped, 3)
    plausible = plausibility(text)
    if plausible is not None:
        measures["plausible"] = round(plausible, 3)
    flags: list[str] = []
    if confidence is not None:
        measures["confidence"] = round(confidence, 3)
        quality = RECOGNISED * confidence * (0.5 + 0.5 * (1.0 if plausible is None else plausible))
        return Score(round(quality, 3), "ocr", ("ocr",), False, "", measures)
    if page.is_scan and page.characters < _FEW:
        return Score(0.0, "text", ("scanned",), True, "a scanned page without text layer", measures)
    if page.characters < 5:
        if page.drawn > _WIDE:
            why = "its text is drawn with glyphs that have no characters"
            return Score(0.0, "text", ("garbled",), True, why, measures)
        blank = page.images < _BLANK
        why = "blank" if blank else "an image without text layer"
        return Score(1.0 if blank else 0.0, "text", (why.split()[0],), page.images >= 0.2, why, measures)
    if garbled > _GARBLED:
        why = f"{garbled:.0%} of its characters are unreadable"
        return Score(0.0, "text", ("garbled",), True, why, measures)
    if plausible == 0.0:
        why = "its letters follow each other as in no language"
        return Score(0.0, "text", ("garbled",), True, why, measures)
    guessed = page.unmapped > _GUESSED and (plausible is None or plausible < _LIKELY)
    if guessed and plausible is not None:
        why = f"{page.unmapped:.0%} of its characters have no Unicode, and they look like no language"
        return Score(0.0, "text", ("garbled",), True, why, measures)
    quality = (1.0 - min(1.0, 3 * garbled)) * (0.4 + 0.6 * (1.0 if plausible is None else plausible))
    if guessed:
        flags.append("unmapped")
        quality *= 0.5
    if page.hidden:
        flags.append("hidden_text")
        quality *= 0.8
    if producer:
        flags.append("scanner")
        quality *= 0.95
    return Score(round(quality, 3), "text", tuple(flags), False, "", measures)


def add_order(score: Score, disorder: float) -> None:
    """Add how far the order of the page's lines is in doubt (`order.disorder`), which lowers the quality."""
    score.measures["disorder"] = round(disorder, 3)
    if disorder >= DOUBTFUL:
        score.flags = (*score.flags, "disorder")
        score.quality = round(score.quality * (1.0 - 0.5 * disorder), 3)
