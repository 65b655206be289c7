"""Kinds of pages, each made anew for a seed: text, furniture and layout as documents have them."""

import random
from collections.abc import Callable

from made_pages import Typeset
from typst_source import Page, arabic, chinese, english, escaped, mixed

FORMULA = "[formula]"


def _page(name: str, seed: int, **more: object) -> Page:
    return Page(random.Random(f"{name}{seed}"), **more)  # type: ignore[arg-type]


def _title(page: Page, words: int = 5) -> str:
    return " ".join(english(page.rng, 2).rstrip(".;?").split()[:words]).strip(",;.?")


def plain(seed: int) -> Page:
    page = _page("plain", seed)
    page.prose(12)
    return page


def two_columns(seed: int) -> Page:
    page = _page("two", seed, columns=2, around='numbering: "1"')
    page.prose(22)
    return page


def three_columns(seed: int) -> Page:
    page = _page("three", seed, columns=3)
    page.prose(24)
    return page


def landscape(seed: int) -> Page:
    page = _page("land", seed, flipped=True, columns=2)
    page.prose(14)
    return page


def headers_by_chapter(seed: int) -> Page:
    page = _page("headers", seed)
    page.around = (
        "header: context { let hs = query(heading.where(level: 1)).filter(x => x.location().page() <= "
        "here().page()); let t = if hs.len() > 0 { hs.last().body } else { [] }; if calc.even(here().page()) "
        "[#here().page() #h(1fr) Collected Papers] else [#t #h(1fr) #here().page()] }"
    )
    for _ in range(4):
        title = _title(page)
        page.add(f"#pagebreak(weak: true)\n= {escaped(title)}", title)
        page.prose(page.rng.randint(6, 12))
    page.furniture = ("Collected Papers",)
    return page


def headers_of_many_forms(seed: int) -> Page:
    """Page 3 of 9, roman numbers, dates, two parts, another first page; two to six pages."""
    page = _page("forms", seed)
    page.around = page.rng.choice(
        [
            "footer: context align(center)[Page #counter(page).display() of #counter(page).final().first()]",
            'numbering: "i", header: align(right)[Draft of 12 March 2024]',
            "header: [Northern Water Board #h(1fr) Report 2024/17], footer: context [Confidential #h(1fr) "
            "#counter(page).display()]",
            "header: context if counter(page).get().first() > 1 [#smallcaps[Annual Review] #h(1fr) "
            "#counter(page).display()], footer: context if counter(page).get().first() == 1 "
            "[Received 3 May 2023; accepted 9 June 2023]",
            "footer: context [#line(length: 100%, stroke: 0.4pt) Version 2.1 #h(1fr) 2024-05-17 #h(1fr) "
            "#counter(page).display()]",
            "header: context [#if calc.odd(counter(page).get().first()) [#h(1fr) Terms of Service] else "
            "[Terms of Service #h(1fr)]], footer: context align(center)[- #counter(page).display() -]",
        ]
    )
    page.prose(page.rng.randint(9, 30))
    page.furniture = ("Northern Water Board", "Draft of", "Terms of Service", "Annual Review", "Version 2.1")
    return page


def footnotes(seed: int) -> Page:
    """Notes stand after the text of their page, wherever that ends: compared without their order."""
    page = _page("notes", seed, around='numbering: "1"')
    number = 0
    for at in range(6):
        text = page.text(4)
        if at in (1, 3, 4):
            number += 1
            note = page.text(2)
            page.add(f"{escaped(text)}#footnote[{escaped(note)}]", f"{text}{number}")
            page.notes.append(f"{number}{note}")
        else:
            page.paragraph(text)
    page.parts += page.notes
    return page


def numbered_sections(seed: int) -> Page:
    page = _page("sections", seed, set_rules='#set heading(numbering: "1.1")', around='numbering: "1"')
    page.columns = page.rng.choice([1, 2])
    for first in range(1, 4):
        title = _title(page)
        page.add(f"= {escaped(title)}", f"{first} {title}")
        page.prose(2)
        for second in range(1, 3):
            title = _title(page, 4)
            page.add(f"== {escaped(title)}", f"{first}.{second} {title}")
            page.prose(page.rng.randint(1, 3))
    return page


def lists(seed: int) -> Page:
    page = _page("lists", seed)
    for _ in range(3):
        page.prose(2)
        entries = [page.text(page.rng.randint(1, 2)) for _ in range(4)]
        page.add("\n".join(f"- {escaped(one)}" for one in entries), *(f"• {one}" for one in entries))
        page.prose(1)
        entries = [page.text(page.rng.randint(1, 3)) for _ in range(3)]
        page.add(
            "\n".join(f"+ {escaped(one)}" for one in entries),
            *(f"{at}. {one}" for at, one in enumerate(entries, 1)),
        )
    return page


def tables(seed: int) -> Page:
    page = _page("tables", seed)
    for _ in range(3):
        page.prose(2)
        columns = page.rng.randint(3, 5)
        rows = [
            [page.rng.choice(["Vienna", "Tokyo", "Oslo", f"{page.rng.randint(2, 9999):,}", "n/a", "3.5"])
             for _ in range(columns)]
            for _ in range(page.rng.randint(3, 7))
        ]  # fmt: skip
        cells = ", ".join(f"[{escaped(cell)}]" for row in rows for cell in row)
        stroke = page.rng.choice(["0.5pt", "none", "(x, y) => (bottom: 0.4pt)"])
        page.add(
            f"#align(center, table(columns: {columns}, stroke: {stroke}, {cells}))",
            *("\t".join(row) for row in rows),
        )
    page.prose(2)
    return page


def tables_of_text(seed: int) -> Page:
    """Cells of several lines, ruled."""
    page = _page("celltext", seed)
    page.prose(2)
    rows = [[_title(page, 2), page.text(2), page.text(1)] for _ in range(4)]
    cells = ", ".join(f"[{escaped(cell)}]" for row in rows for cell in row)
    page.add(
        f"#[#set par(first-line-indent: 0pt, justify: false)\n#table(columns: (1fr, 3fr, 2fr), {cells})]",
        *("\t".join(row) for row in rows),
    )
    page.prose(2)
    return page


def chinese_one(seed: int) -> Page:
    page = _page(
        "zh", seed, lang="zh", around="footer: context align(center)[第 #counter(page).display() 页]"
    )
    page.prose(14)
    return page


def chinese_two(seed: int) -> Page:
    page = _page("zh2", seed, lang="zh", columns=2, around="header: align(center)[经济研究 2024年第3期]")
    for at in range(3):
        page.add(f"= {'一二三'[at]}、研究方法", f"{'一二三'[at]}、研究方法")
        page.prose(6)
    page.furniture = ("经济研究",)
    return page


def chinese_law(seed: int) -> Page:
    page = _page("law", seed, lang="zh", around='numbering: "1"')
    for number in range(1, 16):
        page.paragraph(f"第{number}条　{chinese(page.rng, page.rng.randint(1, 4))}")
    return page


def mixed_scripts(seed: int) -> Page:
    page = _page("mixed", seed, lang="zh")
    for _ in range(12):
        page.paragraph(mixed(page.rng, 5))
    return page


def german_hyphens(seed: int) -> Page:
    page = _page("de", seed, lang="de", around="header: [Jahresbericht #h(1fr) 2024]")
    page.columns = page.rng.choice([1, 2])
    page.prose(14)
    page.furniture = ("Jahresbericht",)
    return page


def code(seed: int) -> Page:
    page = _page("code", seed)
    for at in range(3):
        page.prose(2)
        lines = [f"def total_{at}(values):", "    result = 0", "    for value in values:",
                 f"        result += value * {page.rng.randint(2, 99)}", "    return result"]  # fmt: skip
        page.add("```python\n" + "\n".join(lines) + "\n```", *lines)
    page.prose(1)
    return page


def figures(seed: int) -> Page:
    """Figures with captions, floating to the top or standing where they are."""
    page = _page("figures", seed)
    for number in range(1, 4):
        page.prose(2)
        caption = page.text(1)
        page.add(
            f"#figure(rect(width: {page.rng.choice([60, 80, 100])}%, height: 25mm, fill: luma(220)), "
            f"caption: [{escaped(caption)}])",
            f"Figure {number}: {caption}",
        )
        page.prose(1)
    return page


def kerned(seed: int) -> Page:
    """Capitals with strong kerning, and headings set wide."""
    page = _page(
        "kerned", seed, fonts=(random.Random(seed).choice(["Libertinus Serif", "New Computer Modern"]),)
    )
    for _ in range(8):
        words = page.rng.choices(
            [
                "Tokyo",
                "Vote",
                "WAVE",
                "AVATAR",
                "Yarn",
                "Tax",
                "Wolf",
                "Valley",
                "Away",
                "Toyota",
                "LTV",
                "PAVE",
                "Team",
                "Year",
                "Void",
                "Warte",
            ],
            k=30,
        )
        page.paragraph(" ".join(words) + ".")
        title = _title(page, 3)
        page.add(f"#text(tracking: 0.08em)[{escaped(title)}]", title)
    return page


def small_caps(seed: int) -> Page:
    page = _page("caps", seed, fonts=("Libertinus Serif",))
    for _ in range(10):
        name, text = _title(page, 3), page.text(4)
        page.add(f"#smallcaps[{escaped(name)}] {escaped(text)}", f"{name} {text}")
    return page


def drop_capitals(seed: int) -> Page:
    """A capital as high as two or three lines, beside the first lines of a paragraph."""
    page = _page("drop", seed, set_rules="#set par(first-line-indent: 0pt)")
    for _ in range(3):
        first, rest = page.text(3), page.text(5)
        page.add(
            '#grid(columns: (auto, 1fr), column-gutter: 3pt, text(size: 2.9em, top-edge: "cap-height", '
            f'bottom-edge: "baseline")[{first[0]}], [{escaped(first[1:])}])\n\n{escaped(rest)}',
            first,
            rest,
        )
        page.prose(2)
    return page


def title_page(seed: int) -> Page:
    page = _page("title", seed, around='numbering: "1"')
    title, author = _title(page, 6), "Anna Author and Ben Writer"
    page.add(
        f"#align(center)[#v(4cm) #text(size: 24pt)[*{escaped(title)}*] #v(1cm) {author} #v(1cm) "
        "University of Vienna #v(2cm) 12 March 2024]\n#pagebreak()",
        title, author, "University of Vienna", "12 March 2024",
    )  # fmt: skip
    page.prose(8)
    return page


def abstract(seed: int) -> Page:
    """Title and abstract across two columns of text."""
    page = _page("abstract", seed, columns=2, around='numbering: "1"')
    title, text = _title(page, 7), page.text(6)
    page.add(
        f'#place(top + center, scope: "parent", float: true)[#text(size: 17pt)[*{escaped(title)}*]\n\n'
        f"A. Author, B. Writer\n\n{escaped(text)}]",
        title, "A. Author, B. Writer", text,
    )  # fmt: skip
    for number in range(3):
        head = _title(page, 3)
        page.add(f"= {escaped(head)}", head)
        page.prose(5 + number)
    return page


def arabic_page(seed: int) -> Page:
    page = _page("ar", seed, lang="ar", fonts=("Amiri",))
    page.prose(10)
    return page


def hebrew_page(seed: int) -> Page:
    page = _page("he", seed, lang="he", fonts=("Libertinus Serif",), around='numbering: "1"')
    page.prose(10)
    return page


def marginalia(seed: int) -> Page:
    """Notes in the margin stand after their paragraph."""
    page = _page("margin", seed)
    page.set_rules = "#set page(margin: (left: 55mm))"
    for _ in range(6):
        text, note = page.text(6), _title(page, 3)
        page.add(
            f"#place(left, dx: -42mm, box(width: 36mm, text(size: 0.8em)[#par(first-line-indent: 0pt, "
            f"justify: false)[{escaped(note)}]]))\n{escaped(text)}",
            note, text,
        )  # fmt: skip
    return page


def bibliography(seed: int) -> Page:
    page = _page("bib", seed)
    page.columns = page.rng.choice([1, 2])
    page.prose(4)
    page.add("= References", "References")
    for number in range(1, 13):
        place = f"Journal of Notices, {number}({number}):{10 * number}–{10 * number + 9}, {1990 + number}."
        entry = f"A. Author and B. Writer. {_title(page, 6)}. {place}"
        page.add(
            f"#par(first-line-indent: 0pt, hanging-indent: 1.6em)[\\[{number}\\] {escaped(entry)}]",
            f"[{number}] {entry}",
        )
    return page


def equations(seed: int) -> Page:
    page = _page("eq", seed)
    if page.rng.random() < 0.5:
        page.set_rules = '#set math.equation(numbering: "(1)")'
    forms = ["sum_(i=1)^n x_i^2 = (a + b) / (c - d)", "integral_0^1 f(x) dif x <= sqrt(2 pi)", "E = m c^2",
             "mat(1, 2; 3, 4) vec(x, y) = lambda vec(x, y)", "nabla dot B = 0",
             "P(A | B) = (P(B | A) P(A)) / P(B)",
             "f(x) = cases(x &\"if\" x > 0, 0 &\"otherwise\")",
             "lim_(n -> infinity) (1 + 1/n)^n = e"]  # fmt: skip
    for _ in range(6):
        before, after = page.text(2), page.text(2)
        page.add(f"{escaped(before)}\n$ {page.rng.choice(forms)} $\n{escaped(after)}", before, FORMULA, after)
    return page


def glossary(seed: int) -> Page:
    page = _page("glossary", seed)
    for _ in range(12):
        term, text = _title(page, 2), page.text(2)
        page.add(f"/ {escaped(term)}: {escaped(text)}", f"{term} {text}")
    return page


def contents(seed: int) -> Page:
    """A list of contents with leaders, then the chapters."""
    page = _page("contents", seed)
    titles = [_title(page, page.rng.randint(2, 5)) for _ in range(14)]
    rows = [(title, page.rng.randint(3, 240)) for title in titles]
    page.add("*Contents*", "Contents")
    page.add(
        "#set par(first-line-indent: 0pt, justify: false)\n" + "\n\n".join(
            f"{escaped(title)} #box(width: 1fr, repeat[.]) {number}" for title, number in rows
        ),
        *(f"{title}\t{number}" for title, number in rows),
    )  # fmt: skip
    page.prose(3)
    return page


def verse(seed: int) -> Page:
    page = _page("verse", seed)
    for _ in range(6):
        lines = [_title(page, page.rng.randint(4, 8)) for _ in range(4)]
        page.add(" \\\n".join(map(escaped, lines)), *lines)
    return page


def quotations(seed: int) -> Page:
    page = _page("quotes", seed)
    for _ in range(4):
        page.prose(2)
        text = page.text(3)
        page.add(f"#pad(x: 2em)[#text(size: 0.9em)[{escaped(text)}]]", text)
    return page


def letter(seed: int) -> Page:
    page = _page("letter", seed)
    lines = ["Northern Water Board", "12 High Street", "Oslo"]
    page.add("#set par(first-line-indent: 0pt)\n" + " \\\n".join(lines), *lines)
    page.add("#align(right)[17 May 2024]", "17 May 2024")
    page.paragraph("Dear Madam,")
    page.prose(5)
    page.paragraph("Yours sincerely,")
    page.paragraph("B. Writer")
    return page


def boxed(seed: int) -> Page:
    page = _page("boxed", seed)
    for _ in range(3):
        page.prose(2)
        text = page.text(3)
        page.add(f"#block(fill: luma(230), inset: 8pt, width: 100%, radius: 3pt)[{escaped(text)}]", text)
    return page


def index(seed: int) -> Page:
    page = _page("index", seed, columns=3)
    for _ in range(150):
        entry = (
            f"{_title(page, page.rng.randint(1, 3))}, {page.rng.randint(2, 90)}, {page.rng.randint(91, 300)}"
        )
        page.add(
            f"#par(first-line-indent: 0pt, hanging-indent: 1em, spacing: 0.5em)[{escaped(entry)}]", entry
        )
    return page


def dialogue(seed: int) -> Page:
    page = _page("dialogue", seed)
    for at in range(16):
        who, text = ("Q.", "A.")[at % 2], page.text(page.rng.randint(1, 3))
        page.add(f"*{who}* {escaped(text)}", f"{who} {text}")
    return page


def inline_formulas(seed: int) -> Page:
    """Raised numbers and mathematical letters within lines."""
    page = _page("inline", seed)
    for _ in range(8):
        before, after = page.text(1), page.text(2)
        page.add(
            f"{escaped(before)} Let $x_i = y^2 + alpha$ and $f(x) <= 3$. {escaped(after)}",
            f"{before} Let 𝑥𝑖 = 𝑦2 + 𝛼 and 𝑓(𝑥) ≤ 3. {after}",
        )
    return page


def arabic_with_latin(seed: int) -> Page:
    page = _page("armix", seed, lang="ar", fonts=("Amiri",))
    for _ in range(8):
        page.paragraph(f"{arabic(page.rng, 2)} GPU 2024 {arabic(page.rng, 1)} 15% {arabic(page.rng, 1)}")
    return page


def line_numbers(seed: int) -> Page:
    page = _page("numbered", seed, set_rules='#set par.line(numbering: "1")')
    page.prose(6)
    return page


def watermark(seed: int) -> Page:
    page = _page("mark", seed, around="background: rotate(-45deg, text(60pt, fill: luma(230))[DRAFT])")
    page.prose(10)
    return page


def narrow_gutter(seed: int) -> Page:
    page = _page("gutter", seed, columns=2, set_rules="#set columns(gutter: 3mm)")
    page.prose(18)
    return page


def nested_lists(seed: int) -> Page:
    page = _page("nested", seed)
    for _ in range(4):
        page.prose(1)
        outer, first, second, last = (page.text(1) for _ in range(4))
        page.add(
            f"- {escaped(outer)}\n  - {escaped(first)}\n  - {escaped(second)}\n- {escaped(last)}",
            f"• {outer}", f"‣ {first}", f"‣ {second}", f"• {last}",
        )  # fmt: skip
    return page


def side_by_side(seed: int) -> Page:
    """Two columns within a page of one."""
    page = _page("side", seed)
    page.prose(2)
    left, right = ([page.text(5) for _ in range(3)] for _ in range(2))
    cells = ", ".join("[" + "\n\n".join(map(escaped, side)) + "]" for side in (left, right))
    page.add(f"#grid(columns: (1fr, 1fr), column-gutter: 10mm, {cells})", *left, *right)
    page.prose(2)
    return page


KINDS: dict[str, Callable[[int], Page]] = {
    one.__name__: one
    for one in (
        plain, two_columns, three_columns, landscape, headers_by_chapter, headers_of_many_forms, footnotes,
        numbered_sections, lists, tables, tables_of_text, chinese_one, chinese_two, chinese_law,
        mixed_scripts, german_hyphens, code, figures, kerned, small_caps, drop_capitals, title_page, abstract,
        arabic_page,
        hebrew_page, marginalia, bibliography, equations, glossary, contents, verse, quotations, letter,
        boxed, index, dialogue, inline_formulas, arabic_with_latin, line_numbers, watermark, narrow_gutter,
        nested_lists, side_by_side,
    )
}  # fmt: skip


def make(kind: str, seed: int) -> Typeset:
    """A document of this kind; the same for the same seed."""
    return KINDS[kind](seed).typeset(f"{kind}-{seed}")


def first_page(typeset: Typeset) -> Typeset:
    """Its first page only; the paragraphs are still those of the whole."""
    import io

    import pypdfium2

    document, one = pypdfium2.PdfDocument(typeset.pdf), pypdfium2.PdfDocument.new()
    one.import_pages(document, [0])
    out = io.BytesIO()
    one.save(out)
    return Typeset(typeset.name, out.getvalue(), typeset.paragraphs, typeset.furniture)
