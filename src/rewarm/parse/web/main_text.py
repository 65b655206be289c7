"""The main content of an HTML page: trafilatura, and all text where it finds too little.

trafilatura takes navigation, menus and footers out. On pages that it does not understand (a single table,
a bare list, a fragment) it gives little or nothing; then the tags are simply taken out. Tables, lists and
headings stay; comments under an article do not.
"""

from rewarm.text.markup import text_of

# Of the text without tags, the share that must be left for the extraction to be believed.
_LEAST = 0.2
_SHORT = 600


def main_text(html: str) -> str:
    """The text of a page; empty where it has none."""
    import trafilatura

    everything = text_of(html)
    if not everything:
        return ""
    found = trafilatura.extract(
        html, output_format="txt", include_comments=False, include_tables=True, include_formatting=False,
        favor_recall=True, deduplicate=False,
    )  # fmt: skip
    main = (found or "").strip()
    if len(main) >= _LEAST * len(everything) or (main and len(everything) > _SHORT and len(main) > _SHORT):
        return _paragraphs(main)
    return everything


def _paragraphs(text: str) -> str:
    """trafilatura ends a paragraph with one line break, and draws tables with bars."""
    parts: list[str] = []
    in_table = False
    for line in text.split("\n"):
        line = line.strip()
        is_row = len(line) > 1 and line.startswith("|") and line.endswith("|")
        if is_row:
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if not any(cell.strip("-: ") for cell in cells):
                continue  # empty, or the rule below a head
            line = "\t".join(cells).rstrip("\t")
        if is_row and in_table:
            parts[-1] += f"\n{line}"
        elif line:
            parts.append(line)
        in_table = is_row
    return "\n\n".join(parts)
