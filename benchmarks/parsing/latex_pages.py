"""Pages that LaTeX typesets: articles, columns, a book, notes, tables, code."""

from made_pages import Typeset

from parsing.tex_source import Source, compiled

# Computer Modern (TeX's default), Times, Palatino.
_FONTS = ("", r"\usepackage{times}", r"\usepackage{mathpazo}")
_LATEX = str.maketrans({"%": r"\%", "§": r"\S{}", "&": r"\&", "#": r"\#", "$": r"\$", "_": r"\_"})
_CELLS = {at: text for at, text in _LATEX.items() if at != ord("&")}


class _Latex(Source):
    def prose(self, paragraphs: int, sentences: int = 5) -> None:
        for _ in range(paragraphs):
            text = self.words(sentences)
            self.add(text.translate(_LATEX), text)

    def items(self, kind: str, number: int) -> None:
        entries = [self.words(self.rng.randint(1, 2)) for _ in range(number)]
        body = "\n".join(rf"\item {one.translate(_LATEX)}" for one in entries)
        marks = ["•" if kind == "itemize" else f"{at}." for at in range(1, number + 1)]
        self.add(
            f"\\begin{{{kind}}}\n{body}\n\\end{{{kind}}}", *map(" ".join, zip(marks, entries, strict=True))
        )

    def table(self, rows: list[list[str]], columns: str, rule: str) -> None:
        body = f" \\\\ {rule}\n".join(" & ".join(row).translate(_CELLS) for row in rows)
        self.add(
            f"\\begin{{center}}\\begin{{tabular}}{{{columns}}}\n{rule}{body} \\\\ {rule}\n"
            "\\end{tabular}\\end{center}",
            *("\t".join(row) for row in rows),
        )

    def typeset(self, name: str, options: str, document_class: str = "article", setup: str = "") -> Typeset:
        source = (
            f"\\documentclass[{options}]{{{document_class}}}\n\\usepackage[utf8]{{inputenc}}\n"
            f"{self.rng.choice(_FONTS)}\n{setup}\n\\begin{{document}}\n"
            + "\n\n".join(self.source)
            + "\n\\end{document}\n"
        )
        return Typeset(name, compiled("pdflatex", source, "page.tex"), tuple(self.text))


def latex_article(seed: int) -> Typeset:
    page = _Latex("latex_article", seed)
    for number in range(1, 4):
        title = page.title()
        page.add(rf"\section{{{title}}}", f"{number} {title}")
        page.prose(3)
        page.items(page.rng.choice(["itemize", "enumerate"]), 4)
        page.prose(1)
    return page.typeset(f"latex_article-{seed}", f"a4paper,{page.rng.choice([10, 11, 12])}pt")


def latex_two_columns(seed: int) -> Typeset:
    page = _Latex("latex_two_columns", seed)
    for number in range(1, 5):
        title = page.title()
        page.add(rf"\section{{{title}}}", f"{number} {title}")
        page.prose(5)
    return page.typeset(f"latex_two_columns-{seed}", "a4paper,twocolumn,10pt")


def latex_book(seed: int) -> Typeset:
    """With running headers by chapter and section."""
    page = _Latex("latex_book", seed)
    for chapter in range(1, 3):
        title = page.title()
        page.add(rf"\chapter{{{title}}}", f"Chapter {chapter}", title)
        for section in range(1, 4):
            title = page.title()
            page.add(rf"\section{{{title}}}", f"{chapter}.{section} {title}")
            page.prose(6)
    return page.typeset(f"latex_book-{seed}", "a5paper,10pt,openany", "book", r"\pagestyle{headings}")


def latex_footnotes(seed: int) -> Typeset:
    """One page, so that the place of the notes is known."""
    page = _Latex("latex_footnotes", seed)
    notes = []
    for at in range(5):
        text = page.words(3)
        source = text.translate(_LATEX)
        if at in (1, 3):
            note = page.words(1)
            notes.append(f"{len(notes) + 1} {note}")
            source, text = rf"{source}\footnote{{{note.translate(_LATEX)}}}", f"{text}{len(notes)}"
        page.add(source, text)
    page.text += notes
    return page.typeset(f"latex_footnotes-{seed}", "a4paper,11pt")


def latex_tables(seed: int) -> Typeset:
    page = _Latex("latex_tables", seed)
    for columns in (3, 4):
        page.prose(2)
        page.table(page.rows(columns, 6), "l" * columns, r"\hline ")
    page.prose(1)
    return page.typeset(f"latex_tables-{seed}", "a4paper,11pt")


def latex_tables_of_text(seed: int) -> Typeset:
    """Cells of several lines, with lines between the rows."""
    page = _Latex("latex_tables_of_text", seed)
    page.prose(2)
    page.table(page.rows(2, 4, sentences=2), "p{5.5cm}p{5.5cm}", r"\hline ")
    page.prose(1)
    return page.typeset(f"latex_tables_of_text-{seed}", "a4paper,11pt")


def latex_tables_without_rules(seed: int) -> Typeset:
    """Cells of several lines with nothing between the rows but their first lines."""
    page = _Latex("latex_tables_without_rules", seed)
    page.prose(2)
    page.table(page.rows(2, 4, sentences=2), "p{5.5cm}p{5.5cm}", "")
    page.prose(1)
    return page.typeset(f"latex_tables_without_rules-{seed}", "a4paper,11pt")


def latex_code(seed: int) -> Typeset:
    page = _Latex("latex_code", seed)
    for _ in range(3):
        page.prose(2)
        words = page.rng.choices("alpha beta gamma delta epsilon".split(), k=4)  # noqa: SIM905
        lines = [f"def {words[0]}({words[1]}):", f"    {words[2]} = {words[1]} + 1", f"    return {words[2]}"]
        page.add("\\begin{verbatim}\n" + "\n".join(lines) + "\n\\end{verbatim}", *lines)
    return page.typeset(f"latex_code-{seed}", "a4paper,10pt")


KINDS = (
    latex_article, latex_two_columns, latex_book, latex_footnotes, latex_tables, latex_tables_of_text,
    latex_tables_without_rules, latex_code,
)  # fmt: skip
