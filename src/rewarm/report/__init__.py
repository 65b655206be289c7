"""The page and the closing lines of a run: what was learnt, what was kept, what it was made of.

Reads a run through `runs/`, never a live trainer; a step that has not run
leaves its section empty and says so. `page` writes HTML, `summary` gives lines for a terminal;
`training`, `shortfall` and `verdict` compute, `curves` and `figures` draw. The page is one file
without scripts or requests, and every text in it is escaped: documents come from anywhere.
"""
