"""Findings from the channel losses of a run: the reading rules of experienced teams, each with its evidence.

series.py    a channel's loss in one stage, in windows, with the noise of the run itself
view.py      what the rules look at: series, held-out changes, samples of text
texts.py     what a sample of text is like: garbled, repeated, formatted
rules/       one rule a file; `docs/diagnose.md` has a section of each
diagnosis.py all findings of a run, and how far it is from the healthy pattern
"""
