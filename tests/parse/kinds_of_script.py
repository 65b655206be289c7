"""Pages by script and typography: Chinese, Arabic, Hebrew, hyphens, kerning; each made anew for a seed."""

import random

from seeded_page import heading, seeded_page
from typst_source import Page, arabic, chinese, escaped, mixed


def chinese_one(seed: int) -> Page:
    page = seeded_page(
        "zh", seed, lang="zh", around="footer: context align(center)[第 #counter(page).display() 页]"
    )
    page.prose(14)
    return page


def chinese_two(seed: int) -> Page:
    page = seeded_page(
        "zh2", seed, lang="zh", columns=2, around="header: align(center)[经济研究 2024年第3期]"
    )
    for at in range(3):
        page.add(f"= {'一二三'[at]}、研究方法", f"{'一二三'[at]}、研究方法")
        page.prose(6)
    page.furniture = ("经济研究",)
    return page


def chinese_law(seed: int) -> Page:
    page = seeded_page("law", seed, lang="zh", around='numbering: "1"')
    for number in range(1, 16):
        page.paragraph(f"第{number}条　{chinese(page.rng, page.rng.randint(1, 4))}")
    return page


def mixed_scripts(seed: int) -> Page:
    page = seeded_page("mixed", seed, lang="zh")
    for _ in range(12):
        page.paragraph(mixed(page.rng, 5))
    return page


def german_hyphens(seed: int) -> Page:
    page = seeded_page("de", seed, lang="de", around="header: [Jahresbericht #h(1fr) 2024]")
    page.columns = page.rng.choice([1, 2])
    page.prose(14)
    page.furniture = ("Jahresbericht",)
    return page


def kerned(seed: int) -> Page:
    """Capitals with strong kerning, and headings set wide."""
    page = seeded_page(
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
        title = heading(page, 3)
        page.add(f"#text(tracking: 0.08em)[{escaped(title)}]", title)
    return page


def small_caps(seed: int) -> Page:
    page = seeded_page("caps", seed, fonts=("Libertinus Serif",))
    for _ in range(10):
        name, text = heading(page, 3), page.text(4)
        page.add(f"#smallcaps[{escaped(name)}] {escaped(text)}", f"{name} {text}")
    return page


def drop_capitals(seed: int) -> Page:
    """A capital as high as two or three lines, beside the first lines of a paragraph."""
    page = seeded_page("drop", seed, set_rules="#set par(first-line-indent: 0pt)")
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


def arabic_page(seed: int) -> Page:
    page = seeded_page("ar", seed, lang="ar", fonts=("Amiri",))
    page.prose(10)
    return page


def hebrew_page(seed: int) -> Page:
    page = seeded_page("he", seed, lang="he", fonts=("Libertinus Serif",), around='numbering: "1"')
    page.prose(10)
    return page


def arabic_with_latin(seed: int) -> Page:
    page = seeded_page("armix", seed, lang="ar", fonts=("Amiri",))
    for _ in range(8):
        page.paragraph(f"{arabic(page.rng, 2)} GPU 2024 {arabic(page.rng, 1)} 15% {arabic(page.rng, 1)}")
    return page
