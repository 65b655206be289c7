"""Laws that predict a loss from the mix, the tokens, the model size and the schedule of a run.

`pilots.py` reads measured losses, `catalogue.py` lists the forms (one file each in `forms/`),
`selection.py` chooses one of them by cross-validation, `fit_file.py` stores the result and `advice.py`
turns it into a domain share. Nothing here imports a step or reads a run.
"""
