"""docs/how-to/add-a-tracker.md: its tracker follows a course of training when it is added as it says."""

import json
import re
import sys
import types
from pathlib import Path

import course
import pytest

from rewarm.trackers import tracker

PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/add-a-tracker.md"


def test_the_tracker_of_the_page_hears_every_update(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, entry = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    module = types.ModuleType("rewarm.trackers.lines")
    exec(source, module.__dict__)
    monkeypatch.setitem(sys.modules, "rewarm.trackers.lines", module)
    monkeypatch.setattr(tracker, "_NEEDS", dict(tracker._NEEDS))
    exec(entry, vars(tracker))
    assert tracker.packages("lines") == ()
    log = course.log(tmp_path, "lines", 0)
    for update in range(3):
        log.add(course.row(update))
    log.close()
    lines = (tmp_path / "trackers/lines/train-0123.jsonl").read_text().splitlines()
    assert [json.loads(line)["update"] for line in lines] == [0, 1, 2]
    assert json.loads(lines[2])["loss"] == pytest.approx(course.row(2)["loss"])
