"""PDF: from characters with places to paragraphs in reading order.

    document.py    a file → one document: pages in windows, furniture, joining, scores
    glyphs.py      a page's characters from pdfium → segments: runs of text on one baseline;
                   plain_forms.py: ligatures, radicals, symbols → what is meant
    objects.py     images, invisible text, opaque rectangles and redactions of a page
    page.py        one page, upright; native.py calls pdfium's functions quickly
    rows.py        segments → lines
    columns.py     lines in reading order: columns, spanning titles; wide_tables.py
    ruled_tables.py    cells between drawn lines, read whole
    furniture.py   running headers, footers and page numbers, by repetition; furniture_places.py: by
                   where text begins; layout_model.py: by a model (extra `layout`)
    paragraphs.py  rows → paragraphs: hyphens, Chinese lines, footnotes, tables, code
    formulas.py    displayed formulas; references.py: reference lists; annotations.py: comments
    joining.py     how the end of one line goes on with the next
    mending.py     sentences that a figure interrupts
    whole_text.py  the document's text as its pages come, and where each stands

Coordinates are PDF points with the origin at the lower left of the upright page.
"""
