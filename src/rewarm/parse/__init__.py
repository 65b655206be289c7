"""Parse: one file of any document format → text by page, with scores.

    kinds.py        what a file holds, from its content
    parsed.py       what parsing gives: Parsed (text, pages), Problem; how they travel between processes
    reading.py      what is read besides the printed text, and what is left out
    spans.py        marked parts of a text: footnotes, comments, formulas
    limits.py       how much memory, time and output one file may take
    read.py         one file → Parsed and Problems, through a sandbox; where OCR is asked for
    needs.py        which package each kind needs, and whether it is installed
    job.py          what a reader is given
    show.py         text and scores of a file for people: `rewarm parse FILE`
    readers.py      kind → the function that reads it; runs inside the sandbox only
    sandbox/        child processes with limits, replaced when they die
    pdf/ office/ web/ mail/ images/ archives/    the formats
    score/          how readable a page's text is

Nothing here knows recipes or tables. Parsers run in a child process: a file that crashes, hangs or explodes
costs that file (or, in a PDF, that page) and is reported with the reason.
Tests: `pytest tests/parse`.
"""
