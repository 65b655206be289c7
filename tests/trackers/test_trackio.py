"""Trackio's database, read back: no run holds an update twice, and incidents are alerts."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from course import evaluation, row

# Two processes that import Trackio, which takes seconds.
pytestmark = pytest.mark.slow

# In a process of its own: Trackio reads its folder when it is imported.
WALK = """
import sys
from pathlib import Path
import course
from rewarm.trackers.event import incident
folder = Path(sys.argv[1])
course.walk(folder, "trackio")
log = course.log(folder, "trackio", 11)
log.add(course.row(11, 2))
log.alert(incident(11, "loss rose at 100 %"))
log.close()
"""
READ = """
import json, sys
from trackio.sqlite_storage import SQLiteStorage as S
runs = {}
for one in S.get_run_records("small"):
    runs[one["name"]] = S.get_logs("small", one["name"], run_id=one["id"])
print(json.dumps({"runs": runs, "alerts": S.get_alerts("small")}))
"""


def test_a_course_reads_as_runs_without_repeats_and_incidents_as_alerts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=":")
    ended = subprocess.run([sys.executable, "-c", WALK, tmp_path], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "" and "training continues" not in ended.stderr
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "trackers/trackio"))
    read = subprocess.run([sys.executable, "-c", READ], capture_output=True, text=True)
    found = json.loads(read.stdout.splitlines()[-1])
    first, second = sorted(found["runs"].values(), key=lambda rows: rows[0]["step"])
    assert [one["step"] for one in first] == list(range(8))
    assert [one["step"] for one in second] == list(range(6, 12))
    assert first[5]["loss"] == pytest.approx(row(5)["loss"])
    assert first[5]["retained/api/bits_per_byte"] == evaluation(6)["now"]
    (alert,) = found["alerts"]
    assert (alert["text"], alert["level"], alert["step"]) == ("loss rose at 100 %", "warn", 11)
