"""Pages by layout: columns, headers, margins, boxes; each made anew for a seed."""

from seeded_page import heading, seeded_page
from typst_source import Page, escaped


def plain(seed: int) -> Page:
    page = seeded_page("plain", seed)
    page.prose(12)
    return page


def two_columns(seed: int) -> Page:
    page = seeded_page("two", seed, columns=2, around='numbering: "1"')
    page.prose(22)
    return page


def three_columns(seed: int) -> Page:
    page = seeded_page("three", seed, columns=3)
    page.prose(24)
    return page


def landscape(seed: int) -> Page:
    page = seeded_page("land", seed, flipped=True, columns=2)
    page.prose(14)
    return page


def headers_by_chapter(seed: int) -> Page:
    page = seeded_page("headers", seed)
    page.around = (
        "header: context { let hs = query(heading.where(level: 1)).filter(x => x.location().page() <= "
        "here().page()); let t = if hs.len() > 0 { hs.last().body } else { [] }; if calc.even(here().page()) "
        "[#here().page() #h(1fr) Collected Papers] else [#t #h(1fr) #here().page()] }"
    )
    for _ in range(4):
        title = heading(page)
        page.add(f"#pagebreak(weak: true)\n= {escaped(title)}", title)
        page.prose(page.rng.randint(6, 12))
    page.furniture = ("Collected Papers",)
    return page


def headers_of_many_forms(seed: int) -> Page:
    """Page 3 of 9, roman numbers, dates, two parts, another first page; two to six pages."""
    page = seeded_page("forms", seed)
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


def title_page(seed: int) -> Page:
    page = seeded_page("title", seed, around='numbering: "1"')
    title, author = heading(page, 6), "Anna Author and Ben Writer"
    page.add(
        f"#align(center)[#v(4cm) #text(size: 24pt)[*{escaped(title)}*] #v(1cm) {author} #v(1cm) "
        "University of Vienna #v(2cm) 12 March 2024]\n#pagebreak()",
        title, author, "University of Vienna", "12 March 2024",
    )  # fmt: skip
    page.prose(8)
    return page


def abstract(seed: int) -> Page:
    """Title and abstract across two columns of text."""
    page = seeded_page("abstract", seed, columns=2, around='numbering: "1"')
    title, text = heading(page, 7), page.text(6)
    page.add(
        f'#place(top + center, scope: "parent", float: true)[#text(size: 17pt)[*{escaped(title)}*]\n\n'
        f"A. Author, B. Writer\n\n{escaped(text)}]",
        title, "A. Author, B. Writer", text,
    )  # fmt: skip
    for number in range(3):
        head = heading(page, 3)
        page.add(f"= {escaped(head)}", head)
        page.prose(5 + number)
    return page


def marginalia(seed: int) -> Page:
    """Notes in the margin stand after their paragraph."""
    page = seeded_page("margin", seed)
    page.set_rules = "#set page(margin: (left: 55mm))"
    for _ in range(6):
        text, note = page.text(6), heading(page, 3)
        page.add(
            f"#place(left, dx: -42mm, box(width: 36mm, text(size: 0.8em)[#par(first-line-indent: 0pt, "
            f"justify: false)[{escaped(note)}]]))\n{escaped(text)}",
            note, text,
        )  # fmt: skip
    return page


def line_numbers(seed: int) -> Page:
    page = seeded_page("numbered", seed, set_rules='#set par.line(numbering: "1")')
    page.prose(6)
    return page


def watermark(seed: int) -> Page:
    page = seeded_page("mark", seed, around="background: rotate(-45deg, text(60pt, fill: luma(230))[DRAFT])")
    page.prose(10)
    return page


def narrow_gutter(seed: int) -> Page:
    page = seeded_page("gutter", seed, columns=2, set_rules="#set columns(gutter: 3mm)")
    page.prose(18)
    return page


def side_by_side(seed: int) -> Page:
    """Two columns within a page of one."""
    page = seeded_page("side", seed)
    page.prose(2)
    left, right = ([page.text(5) for _ in range(3)] for _ in range(2))
    cells = ", ".join("[" + "\n\n".join(map(escaped, side)) + "]" for side in (left, right))
    page.add(f"#grid(columns: (1fr, 1fr), column-gutter: 10mm, {cells})", *left, *right)
    page.prose(2)
    return page
