"""Settings of the step `clean`."""

from rewarm.recipe.part import Part


class Lines(Part):
    """Remove lines that are not text, in clear cases only (`data/clean/lines.py`)."""

    links: bool = True
    """Two or more lines that contain only addresses."""
    navigation: bool = True
    """Rows and runs of links (Home | Next | Contact; 首页 下一页), "back to top", "打印本页"."""
    contacts: bool = True
    """Labelled telephone numbers and addresses, on adjacent lines or at an end of the document."""
    page_furniture: bool = True
    """Page numbers alone on a line: `- 12 -`, `Page 3 of 10`, 第3页."""
    references: bool = True
    """The list under References or 参考文献 at the end: names and titles teach citing, not content."""
    citations: bool = False
    """Marks such as [12], [3–5], [edit] in prose; off, because [1] may be an index or part of the text."""
    c4: bool = False
    """Lines without a sentence's end, under three words, about JavaScript or cookies (1910.10683, 2.2)."""
    refinedweb: bool = False
    """Upper case, only numbers, counters, single words, buttons (2306.01116, appendix G.2)."""
    chinese_c4: bool = False
    """In Chinese text, lines that do not end in 。！？…… ” or ：, have under 5 or over 500 characters, or
    garbled ones (□ ■ \ufffd and private use): shjwudp/c4-dataset-script, Chinese/filter_out_bad_lines.py."""
    mnbvc: bool = False
    """In Chinese text, lines (MNBVC's paragraphs) with fewer than 10 Han characters: wiki.mnbvc.org, sjqx."""


class Clean(Part):
    """Repair characters, remove lines that are not text, and measure the quality of each document."""

    repair_unicode: bool = True
    """Mojibake, control characters and line ends (ftfy; quotes and full-width forms stay as written)."""
    lines: Lines = Lines()
