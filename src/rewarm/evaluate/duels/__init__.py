"""Pairwise comparison of models' answers by a judge model and by people.

`answers` reads them, `pairs` decides which are judged, `judging` asks the judge in both orders, `outcomes`
combines the two verdicts, `summary` gives rates and warnings. `blind_page` and `judgements` record what
people prefer. `docs/duels.md` describes the method.
"""
