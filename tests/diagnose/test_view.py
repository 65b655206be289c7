"""Which sources the rules look at."""

from dataclasses import replace
from pathlib import Path

from logged_runs import logged

from rewarm.diagnose.view import View


def test_domains_and_general_sources_are_those_of_the_first_stage(tmp_path: Path) -> None:
    sources = {"law": ("domain", lambda t: 3.0 - t, 4.0), "web": ("general", lambda _: 2.7, 4.0)}
    view = View(logged(tmp_path, sources))
    view.series.extend([replace(one, stage="anneal") for one in view.series])
    assert [(one.value, one.stage) for one in view.domains] == [("law", "adapt")]
    assert [(one.value, one.stage) for one in view.generals] == [("web", "adapt")]
