"""Declares the step `clean`."""

from rewarm.corpus.tables.catalogue import DOCUMENTS, KEEP_IF_ANY, LEDGER, MEASURES
from rewarm.engine.step import Step
from rewarm.recipe import Clean

STEP = Step(
    name="clean",
    run="rewarm.data.clean.step:run",
    settings=Clean,
    reads=(DOCUMENTS, KEEP_IF_ANY),
    writes=(DOCUMENTS, MEASURES, LEDGER),
    verdicts=("edit",),
    libraries=("ftfy",),
)
