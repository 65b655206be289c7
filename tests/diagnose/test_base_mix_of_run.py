"""Runs whose base can not be estimated."""

from pathlib import Path

import pytest
from logged_runs import logged

from rewarm.diagnose.base_mix.of_run import of_run
from rewarm.errors import RewarmError


def test_a_run_without_held_out_documents_is_named(tmp_path: Path) -> None:
    run = logged(tmp_path, {"law": ("domain", lambda _: 3.0, 4.0), "web": ("general", lambda _: 3.0, 4.0)})
    with pytest.raises(RewarmError, match="has no held-out documents yet; run it up to `pack`"):
        of_run(run)
