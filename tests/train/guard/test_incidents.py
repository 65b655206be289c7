"""The rows of incidents, in the table and in words."""

from math import inf, nan
from pathlib import Path

import numpy as np
from made_updates import update
from shards import identity

from rewarm.corpus.tables.ids import of_digits
from rewarm.corpus.tables.incident_words import in_words
from rewarm.train.guard.alarm import Alarm
from rewarm.train.guard.evidence import Evidence, Segments
from rewarm.train.guard.incidents import Incidents, read, row

EVIDENCE = Evidence(
    2.5,
    1.0,
    Segments(
        np.array([7, 7, 9]), of_digits(map(identity, [1, 0, 2])), np.array([0, 1, 1]), (np.arange(2),) * 3
    ),
    np.array([[6.0, 3, 12], [4.0, 2, 0], [0.0, 0, 0]]),
)


def test_an_update_sums_by_leaf() -> None:
    assert EVIDENCE.targets == 5
    assert EVIDENCE.leaves(3).tolist() == [[6, 3, 12], [4, 2, 0], [0, 0, 0]]
    assert len(EVIDENCE.segments) == 3


def test_a_row_names_the_documents_of_its_culprits() -> None:
    alarm = Alarm("document", "up", inf, 2.0, 4.0, 1, 2)
    found = row(5, "adapt", "quarantined", "data", [alarm], EVIDENCE, [0, 1, 2])
    assert (found["update"], found["stage"], found["action"], found["verdict"]) == (
        5, "adapt", "quarantined", "data",
    )  # fmt: skip
    assert found["alarms"] == [
        {"kind": "document", "direction": "up", "value": "inf", "expected": 2.0, "limit": 4.0, "leaf": 1}
    ]
    assert found["sequences"] == [7, 9]
    assert found["documents"] == [
        {
            "id": identity(1),
            "sequence": 7,
            "leaf": 0,
            "targets": 3,
            "nats_per_token": 2.0,
            "nats_per_byte": 0.5,
        },
        {
            "id": identity(0),
            "sequence": 7,
            "leaf": 1,
            "targets": 2,
            "nats_per_token": 2.0,
            "nats_per_byte": 0.0,
        },
        {
            "id": identity(2),
            "sequence": 9,
            "leaf": 1,
            "targets": 0,
            "nats_per_token": 0.0,
            "nats_per_byte": 0.0,
        },
    ]


def test_rows_are_added_once_and_reported_once(tmp_path: Path) -> None:
    path = tmp_path / "incidents.jsonl"
    first = row(1, "adapt", "skipped", "why", [Alarm("loss", "", nan, 0, 0)], update(2, seed=0), [])
    table = Incidents(path, writes=True)
    assert table.add(first) and not table.add(first)
    for other in ({"update": 2}, {"action": "other"}, {"verdict": "other"}, {"sequences": [4]}):
        assert table.add({**first, **other})
    assert len(table.unreported) == len(read(path)) == 5
    again = Incidents(path, writes=True)
    assert not again.add(first) and again.unreported == []


def test_another_rank_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "incidents.jsonl"
    assert Incidents(path, writes=False).add(row(1, "a", "b", "c", [], None, []))
    assert not path.exists()
    path.write_bytes(b'{"torn')
    Incidents(path, writes=False)
    assert path.read_bytes() == b'{"torn'
    Incidents(path, writes=True)
    assert path.read_bytes() == b"" and read(path) == []


def test_a_line_that_is_no_row_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "incidents.jsonl"
    path.write_text('{"update": 1}\n{"up{"update": 2}\n{"update": 3}\n')
    assert [found["update"] for found in read(path)] == [1, 3]


def test_an_incident_in_words() -> None:
    alarms = [Alarm("grad_norm", "up", 12.3456, 2.0, 4.0), Alarm("loss", "up", 3.0, 2.0, 2.5)]
    ids = [f"d{number}" for number in range(7)]

    def said(alarms: list[Alarm], documents: int) -> str:
        found = row(3, "adapt", "quarantined", "data", alarms, None, [])
        return in_words({**found, "documents": [{"id": one} for one in ids[:documents]]})

    start, end = "update 3 (adapt): ", "data, quarantined"
    assert said([], 0) == start + end
    assert said(alarms[:1], 1) == f"{start}grad norm up 12.35, usual 2; {end}: d0"
    assert said(alarms, 5) == f"{start}grad norm up 12.35, usual 2 and 1 more; {end}: d0, d1, d2, d3, d4"
    assert said(alarms, 6).endswith("d3, d4 and 1 more")
    assert said(alarms, 7).endswith("d3, d4 and 2 more")
    for value, usual in ((nan, 2.0), (3.0, 0.0)):
        assert said([Alarm("non_finite", "", value, usual, 0)], 0) == f"{start}non finite; {end}"
