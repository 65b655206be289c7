"""Declares the step `clean`."""

from rewarm.corpus.tables.catalogue import ATTRIBUTES, DOCUMENTS, KEEP_IF_ANY, LEDGER
from rewarm.data.clean.measures import COLUMNS
from rewarm.engine.step import Step
from rewarm.recipe import Clean

STEP = Step(
    name="clean",
    run="rewarm.data.clean.step:run",
    settings=Clean,
    reads=(DOCUMENTS, KEEP_IF_ANY),
    writes=(DOCUMENTS, ATTRIBUTES.of(*COLUMNS), LEDGER),
    verdicts=("edit",),
    libraries=("ftfy",),
)
