"""The report of a run: an HTML page, and the last lines on the terminal.

It reads a run through `runs/`, never a live trainer. The section of a step that has not run says so. `page`
writes HTML, `summary` gives lines for a terminal; `training`, `shortfall` and `verdict` compute, `curves` and
`figures` draw. The page is one file without scripts or requests, and every text in it is escaped, since
documents are untrusted.
"""
