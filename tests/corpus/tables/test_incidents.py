"""The account of the guard: torn lines, values that are not finite, the Arrow table."""

import json
from math import inf, isnan
from pathlib import Path

from rewarm.corpus.tables import incidents
from rewarm.train.guard.alarm import Alarm
from rewarm.train.guard.incidents import row


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "incidents.jsonl"
    assert incidents.read(path) == []
    whole = row(3, "adapt", "skip", "data", [Alarm("loss", "up", 9.0, 2.0, 3.0)], None, [])
    path.write_text(json.dumps(whole) + "\n" + json.dumps(whole)[:40])
    assert incidents.read(path) == [whole]


def test_what_is_not_finite_is_text_in_json_and_a_number_in_the_table() -> None:
    alarms = [Alarm("non_finite", "", float("nan"), -inf, inf, 2)]
    found = row(7, "anneal", "stop", "state", alarms, None, [])
    assert found["alarms"][0]["value"] == "nan"
    (read,) = incidents.table([json.loads(json.dumps(found, allow_nan=False))]).to_pylist()
    alarm = read["alarms"][0]
    assert isnan(alarm["value"]) and (alarm["expected"], alarm["limit"], alarm["leaf"]) == (-inf, inf, 2)
    assert read["update"] == 7 and read["documents"] == []


def test_no_incidents_have_the_columns_all_the_same() -> None:
    assert incidents.table([]).schema == incidents.SCHEMA
