"""Builds a domain benchmark from the documents of a run (`rewarm bench build`).

`documents` reads training and held-out documents, `cloze` makes items by rules, `asked` with a language
model; `build` puts them together and writes them, `review_page` and `decisions` let a person remove items.
"""
