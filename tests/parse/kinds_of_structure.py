"""Pages by what stands on them: footnotes, lists, tables, formulas, references; each made anew for a seed."""

from seeded_page import heading, seeded_page
from typst_source import Page, escaped

FORMULA = "[formula]"


def footnotes(seed: int) -> Page:
    """Notes stand after the text of their page, wherever that ends: compared without their order."""
    page = seeded_page("notes", seed, around='numbering: "1"')
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
    page = seeded_page("sections", seed, set_rules='#set heading(numbering: "1.1")', around='numbering: "1"')
    page.columns = page.rng.choice([1, 2])
    for first in range(1, 4):
        title = heading(page)
        page.add(f"= {escaped(title)}", f"{first} {title}")
        page.prose(2)
        for second in range(1, 3):
            title = heading(page, 4)
            page.add(f"== {escaped(title)}", f"{first}.{second} {title}")
            page.prose(page.rng.randint(1, 3))
    return page


def lists(seed: int) -> Page:
    page = seeded_page("lists", seed)
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
    page = seeded_page("tables", seed)
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
    page = seeded_page("celltext", seed)
    page.prose(2)
    rows = [[heading(page, 2), page.text(2), page.text(1)] for _ in range(4)]
    cells = ", ".join(f"[{escaped(cell)}]" for row in rows for cell in row)
    page.add(
        f"#[#set par(first-line-indent: 0pt, justify: false)\n#table(columns: (1fr, 3fr, 2fr), {cells})]",
        *("\t".join(row) for row in rows),
    )
    page.prose(2)
    return page


def tables_with_lines_between_rows(seed: int) -> Page:
    """Several lines in every cell, and no line between the columns."""
    page = seeded_page("rowlines", seed)
    page.prose(2)
    rows = [[page.text(2), page.text(2)] for _ in range(3)]
    _add_table(page, rows, "(x, y) => (top: 0.5pt, bottom: 0.5pt)")
    page.prose(2)
    return page


def tables_without_lines(seed: int) -> Page:
    """Several lines in every cell; by position two columns of text."""
    page = seeded_page("nolines", seed)
    page.prose(2)
    rows = [[page.text(2), page.text(2)] for _ in range(3)]
    _add_table(page, rows, "none")
    page.prose(2)
    return page


def _add_table(page: Page, rows: list[list[str]], stroke: str) -> None:
    cells = ", ".join(f"[{escaped(cell)}]" for row in rows for cell in row)
    settings = f"columns: (1fr, 1fr), column-gutter: 6pt, stroke: {stroke}"
    ragged = "#set par(first-line-indent: 0pt, justify: false)"
    page.add(
        f"#block(breakable: false)[{ragged}\n#table({settings}, {cells})]",
        *("\t".join(row) for row in rows),
    )


def code(seed: int) -> Page:
    page = seeded_page("code", seed)
    for at in range(3):
        page.prose(2)
        lines = [f"def total_{at}(values):", "    result = 0", "    for value in values:",
                 f"        result += value * {page.rng.randint(2, 99)}", "    return result"]  # fmt: skip
        page.add("```python\n" + "\n".join(lines) + "\n```", *lines)
    page.prose(1)
    return page


def figures(seed: int) -> Page:
    """Figures with captions, floating to the top or standing where they are."""
    page = seeded_page("figures", seed)
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


def bibliography(seed: int) -> Page:
    page = seeded_page("bib", seed)
    page.columns = page.rng.choice([1, 2])
    page.prose(4)
    page.add("= References", "References")
    for number in range(1, 13):
        place = f"Journal of Notices, {number}({number}):{10 * number}–{10 * number + 9}, {1990 + number}."
        entry = f"A. Author and B. Writer. {heading(page, 6)}. {place}"
        page.add(
            f"#par(first-line-indent: 0pt, hanging-indent: 1.6em)[\\[{number}\\] {escaped(entry)}]",
            f"[{number}] {entry}",
        )
    return page


def equations(seed: int) -> Page:
    page = seeded_page("eq", seed)
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


def equations_at_the_left(seed: int) -> Page:
    """Numbered and set from the left edge, as in LaTeX with `fleqn`."""
    page = seeded_page("eqleft", seed)
    page.set_rules = (
        '#set math.equation(numbering: "(1)")\n#show math.equation.where(block: true): set align(left)'
    )
    for form in ("E = m c^2", "a + b = c", "x_i^2 <= sqrt(n)", "A = pi r^2"):
        before, after = page.text(2), page.text(2)
        # Upright letters, which are those of the text: the mathematical alphabets give other formulas away.
        page.add(f"{escaped(before)}\n$ upright({form}) $\n{escaped(after)}", before, FORMULA, after)
    return page


def glossary(seed: int) -> Page:
    page = seeded_page("glossary", seed)
    for _ in range(12):
        term, text = heading(page, 2), page.text(2)
        page.add(f"/ {escaped(term)}: {escaped(text)}", f"{term} {text}")
    return page


def contents(seed: int) -> Page:
    """A list of contents with leaders, then the chapters."""
    page = seeded_page("contents", seed)
    titles = [heading(page, page.rng.randint(2, 5)) for _ in range(14)]
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
    page = seeded_page("verse", seed)
    for _ in range(6):
        lines = [heading(page, page.rng.randint(4, 8)) for _ in range(4)]
        page.add(" \\\n".join(map(escaped, lines)), *lines)
    return page


def quotations(seed: int) -> Page:
    page = seeded_page("quotes", seed)
    for _ in range(4):
        page.prose(2)
        text = page.text(3)
        page.add(f"#pad(x: 2em)[#text(size: 0.9em)[{escaped(text)}]]", text)
    return page


def letter(seed: int) -> Page:
    page = seeded_page("letter", seed)
    lines = ["Northern Water Board", "12 High Street", "Oslo"]
    page.add("#set par(first-line-indent: 0pt)\n" + " \\\n".join(lines), *lines)
    page.add("#align(right)[17 May 2024]", "17 May 2024")
    page.paragraph("Dear Madam,")
    page.prose(5)
    page.paragraph("Yours sincerely,")
    page.paragraph("B. Writer")
    return page


def boxed(seed: int) -> Page:
    page = seeded_page("boxed", seed)
    for _ in range(3):
        page.prose(2)
        text = page.text(3)
        page.add(f"#block(fill: luma(230), inset: 8pt, width: 100%, radius: 3pt)[{escaped(text)}]", text)
    return page


def index(seed: int) -> Page:
    page = seeded_page("index", seed, columns=3)
    for _ in range(150):
        entry = (
            f"{heading(page, page.rng.randint(1, 3))}, {page.rng.randint(2, 90)}, {page.rng.randint(91, 300)}"
        )
        page.add(
            f"#par(first-line-indent: 0pt, hanging-indent: 1em, spacing: 0.5em)[{escaped(entry)}]", entry
        )
    return page


def dialogue(seed: int) -> Page:
    page = seeded_page("dialogue", seed)
    for at in range(16):
        who, text = ("Q.", "A.")[at % 2], page.text(page.rng.randint(1, 3))
        page.add(f"*{who}* {escaped(text)}", f"{who} {text}")
    return page


def inline_formulas(seed: int) -> Page:
    """Raised numbers and mathematical letters within lines."""
    page = seeded_page("inline", seed)
    for _ in range(8):
        before, after = page.text(1), page.text(2)
        page.add(
            f"{escaped(before)} Let $x_i = y^2 + alpha$ and $f(x) <= 3$. {escaped(after)}",
            f"{before} Let 𝑥𝑖 = 𝑦2 + 𝛼 and 𝑓(𝑥) ≤ 3. {after}",
        )
    return page


def nested_lists(seed: int) -> Page:
    page = seeded_page("nested", seed)
    for _ in range(4):
        page.prose(1)
        outer, first, second, last = (page.text(1) for _ in range(4))
        page.add(
            f"- {escaped(outer)}\n  - {escaped(first)}\n  - {escaped(second)}\n- {escaped(last)}",
            f"• {outer}", f"‣ {first}", f"‣ {second}", f"• {last}",
        )  # fmt: skip
    return page
