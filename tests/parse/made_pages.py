"""Pages for the tests whose text is known, since they are typeset from it here.

typst sets them (columns, headers, footnotes, hyphens, Chinese); scans are the same pages drawn at 200 dpi,
a little skewed and noisy, and put into a PDF of images. Text comes from word lists and a seed, so that the
repository needs no corpus; sentences are drawn so that lines differ in length as those of prose do.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import numpy as np

_EN = re.findall(
    r"\S+",
    "agreement notice party obligation performance service delivery payment termination liability "
    "confidential information court judgment evidence witness statement contract property transfer "
    "the of and in to a is that for with by on as not any shall may under between before after this "
    "administration responsibility representation constitutional interpretation notwithstanding "
    "circumstances international communication organisation manufacturing approximately "
    "efficient office affidavit "
    "long-term third-party well-known non-binding state-owned reasonable written immediately",
)
_ZH = re.findall(
    r"\S+",
    "当事人 应当 按照 合同 约定 全面 履行 自己的 义务 不得 擅自 变更 或者 解除 人民法院 依法 "
    "受理 案件 审理 判决 证据 申请 执行 财产 保全 责任 赔偿 损失 违约 期限 届满 通知 对方 "
    "协商 一致 以及 其他 规定 的 和 在 由 向",
)


@dataclass(frozen=True)
class Typeset:
    """A PDF and the paragraphs it was set from, in reading order; furniture: what repeats on its pages."""

    name: str
    pdf: bytes
    paragraphs: tuple[str, ...]
    furniture: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)


def english(seed: str, sentences: int) -> str:
    rng = random.Random(seed)
    made = []
    for _ in range(sentences):
        words = rng.choices(_EN, k=rng.randint(6, 24))
        made.append(" ".join(words).capitalize() + rng.choice([".", ".", ".", ";", "?"]))
    return " ".join(made)


def chinese(seed: str, sentences: int) -> str:
    rng = random.Random(seed)
    return "".join(
        "，".join("".join(rng.choices(_ZH, k=rng.randint(3, 9))) for _ in range(rng.randint(1, 3))) + "。"
        for _ in range(sentences)
    )


@lru_cache(maxsize=32)
def typeset(source: str) -> bytes:
    """The PDF of a typst source."""
    import pylopdf_fonts_zh_cn
    import typst

    fonts = [str(Path(pylopdf_fonts_zh_cn.__file__).parent)]
    made = typst.compile(source.encode(), font_paths=fonts, format="pdf")
    assert isinstance(made, bytes)
    return made


_STYLE = """
#set document(title: "t")
#set text(size: 10pt, lang: "{lang}", font: ("Libertinus Serif", "Noto Serif SC"), hyphenate: {hyphens})
#set par(justify: true, first-line-indent: {indent}, spacing: {spacing}, leading: 0.65em)
#set page(width: 148mm, height: 210mm, margin: 18mm, columns: {columns}, {around})
"""


def _source(paragraphs: Sequence[str], style: dict[str, object]) -> str:
    values = {
        "lang": "en", "hyphens": "true", "indent": "1em", "spacing": "0.65em", "columns": 1, "around": "",
        **style,
    }  # fmt: skip
    body = "\n\n".join(re.sub(r"([#*_$@<>`~\\\[\]])", r"\\\1", part) for part in paragraphs)
    return _STYLE.format(**values) + body


def one_column(seed: str = "one", paragraphs: int = 14) -> Typeset:
    """English with hyphens, a running header that varies by chapter, and page numbers."""
    parts = tuple(english(f"{seed}{number}", 5 + number % 4) for number in range(paragraphs))
    around = (
        "header: context [#smallcaps[General Conditions] #h(1fr) Part #(counter(page).get().first())], "
        'numbering: "1"'
    )
    return Typeset("one_column", typeset(_source(parts, {"around": around})), parts, ("General Conditions",))


def two_columns(seed: str = "two", paragraphs: int = 22) -> Typeset:
    """English in two columns with hyphens and page numbers."""
    parts = tuple(english(f"{seed}{number}", 4 + number % 5) for number in range(paragraphs))
    return Typeset(
        "two_columns", typeset(_source(parts, {"columns": 2, "around": 'numbering: "1 / 1"'})), parts
    )


def chinese_page(seed: str = "zh", paragraphs: int = 14, columns: int = 1) -> Typeset:
    """Chinese, indented, with a header and a footer."""
    parts = tuple(chinese(f"{seed}{number}", 6 + number % 4) for number in range(paragraphs))
    around = (
        "header: align(center)[民事合同范本], footer: context align(center)[第 #counter(page).display() 页]"
    )
    style = {"lang": "zh", "indent": "2em", "columns": columns, "around": around}
    return Typeset(f"chinese_{columns}", typeset(_source(parts, style)), parts, ("民事合同范本",))


def with_space_between(seed: str = "sp", paragraphs: int = 12) -> Typeset:
    """English with space between paragraphs instead of indents, and a footer that repeats."""
    parts = tuple(english(f"{seed}{number}", 5) for number in range(paragraphs))
    style = {
        "indent": "0em",
        "spacing": "1.2em",
        "around": "footer: [Confidential draft, not for distribution]",
    }
    return Typeset(
        "spaced", typeset(_source(parts, style)), parts, ("Confidential draft, not for distribution",)
    )


def _escaped(text: str) -> str:
    return re.sub(r"([#*_$@<>`~\\\[\]])", r"\\\1", text)


_PLAIN = """#set text(size: 10pt, lang: "en", font: ("Libertinus Serif", "Noto Serif SC"), hyphenate: true)
#set par(justify: {justify}, first-line-indent: 1em, spacing: 0.65em)
#set page({page})
"""


def article() -> Typeset:
    """Two columns below a title and an abstract that span them, headings, a header from page 2 on."""
    page = (
        'width: 210mm, height: 297mm, margin: 20mm, columns: 2, numbering: "1", header: context '
        "if counter(page).get().first() > 1 [#emph[J. Made Sci. 12 (2024)] #h(1fr) A. Author et al.]"
    )
    abstract = english("abs", 6)
    source = _PLAIN.format(justify="true", page=page) + (
        '#set heading(numbering: "1.1")\n#place(top + center, scope: "parent", float: true)['
        "#text(size: 17pt)[*A made article on notices*]\n\n"
        f"#par(first-line-indent: 0em)[{_escaped(abstract)}]]\n"
    )
    parts = ["A made article on notices", abstract]
    for number in range(20):
        if number % 5 == 0:
            source += f"\n= Heading number {number // 5 + 1}\n\n"
            parts.append(f"{number // 5 + 1} Heading number {number // 5 + 1}")
        parts.append(english(f"art{number}", 5 + number % 3))
        source += _escaped(parts[-1]) + "\n\n"
    return Typeset("article", typeset(source), tuple(parts), ("J. Made Sci.", "A. Author et al."))


def book() -> Typeset:
    """Chapters whose title is the header of odd pages; even pages have another; lists in the text."""
    page = (
        "width: 148mm, height: 210mm, margin: 20mm, header: context { let hs = query(heading.where(level: 1))"
        ".filter(x => x.location().page() <= here().page()); "
        "let t = if hs.len() > 0 { hs.last().body } else { [] }; "
        "if calc.even(here().page()) [#here().page() #h(1fr) The Book of Notices] else "
        "[#t continued #h(1fr) #here().page()] }"
    )
    source, parts = _PLAIN.format(justify="true", page=page), []
    for chapter in ("One", "Two", "Three", "Four", "Five", "Six"):
        parts.append(f"Chapter {chapter} of notices")
        source += f"\n#pagebreak(weak: true)\n= {parts[-1]}\n\n"
        for number in range(9):
            parts.append(english(f"{chapter}{number}", 5 + number % 4))
            source += _escaped(parts[-1]) + "\n\n"
            if number == 4:
                entries = [english(f"{chapter}list{at}", 1 + at % 2) for at in range(4)]
                source += "".join(f"- {_escaped(one)}\n" for one in entries) + "\n"
                parts += [f"• {one}" for one in entries]
    return Typeset("book", typeset(source), tuple(parts), ("The Book of Notices", "continued"))


def journal() -> Typeset:
    """Chinese in two columns with headings, a header and a numbered footer."""
    source = (
        '#set text(size: 10.5pt, lang: "zh", font: ("Libertinus Serif", "Noto Serif SC"))\n'
        "#set par(justify: true, first-line-indent: (amount: 2em, all: true), spacing: 0.8em)\n"
        "#set page(width: 210mm, height: 297mm, margin: 22mm, columns: 2, "
        "header: align(center)[法学研究 2024年第3期], "
        "footer: context align(center)[— #counter(page).display() —])\n"
    )
    parts = []
    for number in range(30):
        if number % 6 == 0:
            parts.append(
                f"{'一二三四五'[number // 6]}、合同的{('订立', '履行', '变更', '解除', '责任')[number // 6]}"
            )
            source += f"\n= {parts[-1]}\n\n"
        parts.append(chinese(f"c{number}", 5 + number % 5))
        source += parts[-1] + "\n\n"
    return Typeset("journal", typeset(source), tuple(parts), ("法学研究",))


def columns_of(number: int, justify: bool = True) -> Typeset:
    """Columns without anything else, ragged where not justified."""
    parts = tuple(english(f"rag{at}", 4 + at % 3) for at in range(16))
    page = f"width: 210mm, height: 297mm, margin: 18mm, columns: {number}"
    source = _PLAIN.format(justify=str(justify).lower(), page=page) + "\n\n".join(map(_escaped, parts))
    return Typeset(f"columns_{number}", typeset(source), parts)


def with_footnotes() -> tuple[Typeset, tuple[str, ...]]:
    """Text with footnotes; the notes beside it."""
    source = _PLAIN.format(justify="true", page='width: 160mm, height: 220mm, margin: 20mm, numbering: "1"')
    parts, notes = [], []
    for number in range(14):
        text = english(f"f{number}", 6)
        if number % 3 == 1:
            notes.append(english(f"n{number}", 2))
            source += f"{_escaped(text)}#footnote[{_escaped(notes[-1])}]\n\n"
            text += str(len(notes))
        else:
            source += _escaped(text) + "\n\n"
        parts.append(text)
    return Typeset("footnotes", typeset(source), tuple(parts)), tuple(notes)


def scanned(of: Typeset, pages: int = 1, seed: int = 0, dpi: int = 200) -> Typeset:
    """The first pages as a scan: drawn, turned by half a degree, noisy, without a text layer."""
    import pypdfium2
    from PIL import Image

    rng = np.random.default_rng(seed)
    document = pypdfium2.PdfDocument(of.pdf)
    images = []
    for number in range(min(pages, len(document))):
        picture = document[number].render(scale=dpi / 72).to_pil().convert("L")
        picture = picture.rotate(rng.uniform(-0.5, 0.5), fillcolor=255, resample=Image.Resampling.BICUBIC)
        noisy = np.asarray(picture, np.float32) * 0.92 + rng.normal(8, 9, (picture.height, picture.width))
        images.append(Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)))
    document.close()
    out = BytesIO()
    images[0].save(out, "PDF", resolution=dpi, save_all=True, append_images=images[1:], quality=70)
    return Typeset(f"scan_{of.name}", out.getvalue(), of.paragraphs, of.furniture)


def accuracy(found: str, wanted: str) -> float:
    """1 − edit distance / longer length, without white space."""
    from rapidfuzz.distance import Levenshtein

    one, other = re.sub(r"\s", "", found), re.sub(r"\s", "", wanted)
    return 1.0 - Levenshtein.distance(one, other) / max(len(one), len(other), 1)
