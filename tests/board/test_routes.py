"""What the page gets: shapes, ranges, what is marked, CSV as in the log, and no answer without a change."""

import csv
import io
from dataclasses import replace

import made_runs
import pyarrow.compute as pc
import pytest

from rewarm.board import channels
from rewarm.corpus.tables import activity
from rewarm.corpus.tables.leaves import Leaf
from rewarm.runs.run import Run


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_list_has_every_run_and_what_cannot_be_read(served):
    broken = served.root / "broken"
    broken.mkdir()
    (broken / "run.json").write_text('{"format": 1}')
    begun = served.root / "begun"
    begun.mkdir()
    activity.write(
        begun, replace(activity.of_this_process(9, ""), step="clean", state="failed", message="no disk")
    )
    served.board.folder._found = -99.0
    found = {row["name"]: row for row in served.get("/api/runs").json["runs"]}
    assert list(found) == ["begun", "broken", "law", "more/second"]
    assert [found["begun"][key] for key in ("state", "step", "message", "has_record")] == [
        "failed", "clean", "no disk", False,
    ]  # fmt: skip
    law = found["law"]
    assert (law["updates"], law["planned"], law["stage"], law["incidents"]) == (40, 60, "anneal", 1)
    assert law["state"] == "unknown" and law["loss"] > 0 and law["error"] is None
    assert found["broken"]["state"] == "unreadable" and "format 1" in found["broken"]["error"]
    assert [row["name"] for row in rows(served.get("/api/runs.csv").text)] == list(found)


def test_the_overview_counts_the_domain_apart_from_its_language():
    leaves = [Leaf(row["leaf"], row["source"], row["labels"]) for row in made_runs.LEAVES]
    assert channels.rows(leaves, channels.OVERVIEW) == {"domain": [0], "zh": [1], "en": [2], "code": [3]}
    assert channels.rows(leaves, "language") == {"zh": [0, 1], "en": [2], "code": [3]}
    assert channels.axes(leaves) == ["overview", "task", "language", "source", "all"]


def test_curves_with_stages_blocks_and_incidents(served):
    found = served.get("/api/loss?run=law&smooth=1").json
    assert found["axis"] == "overview" and [one["label"] for one in found["series"]] == [
        "domain",
        "zh",
        "en",
        "code",
    ]
    assert found["x"] == list(range(40)) and all(len(one["y"]) == 40 for one in found["series"])
    assert [(one["name"], one["first"], one["last"]) for one in found["stages"]] == [
        ("adapt", 0, 29),
        ("anneal", 30, 39),
    ]
    assert [(one["number"], one["first"], one["last"]) for one in found["blocks"]] == [
        (1, 0, 29),
        (2, 30, 59),
    ]
    assert [(one["update"], one["documents"]) for one in found["incidents"]] == [(made_runs.SPIKE, 1)]
    domain = found["series"][0]
    assert domain["y"][made_runs.SPIKE] == max(domain["y"]) == pytest.approx(domain["greatest"], rel=1e-6)


def test_a_range_shows_these_updates_alone(served):
    found = served.get("/api/loss?run=law&from=10&to=19&axis=task&unit=nats&smooth=1").json
    assert found["x"] == list(range(10, 20)) and found["unit"] == "nats"
    curves = Run(served.root / "law").curves
    domain = curves.filter(pc.and_(pc.equal(curves["axis"], "task"), pc.equal(curves["value"], "domain")))
    assert found["series"][0]["y"] == pytest.approx(domain["nats_per_token"].to_pylist()[10:20], rel=1e-6)
    assert (found["first_update"], found["last_update"]) == (0, 39)


def test_smoothing_is_a_ratio_of_sums_inside_a_stage(served):
    found = served.get("/api/loss?run=law&axis=all&unit=nats&smooth=5").json["series"][0]["y"]
    curves = Run(served.root / "law").curves
    whole = curves.filter(pc.equal(curves["axis"], "all"))
    nats, tokens = whole["nats"].to_numpy(), whole["tokens"].to_numpy()
    assert found[10] == pytest.approx(nats[8:13].sum() / tokens[8:13].sum(), rel=1e-6)
    assert found[29] == pytest.approx(nats[27:30].sum() / tokens[27:30].sum(), rel=1e-6)
    assert found[30] == pytest.approx(nats[30:33].sum() / tokens[30:33].sum(), rel=1e-6)


@pytest.mark.parametrize("axis", ["source", "task", "all"])
def test_the_csv_equals_the_log(served, axis):
    answer = served.get(f"/api/loss.csv?run=law&axis={axis}&from=3&to=35")
    assert (
        answer.headers["Content-Type"].startswith("text/csv")
        and "attachment" in answer.headers["Content-Disposition"]
    )
    curves = Run(served.root / "law").curves
    wanted = curves.filter(
        (pc.field("axis") == axis) & (pc.field("update") >= 3) & (pc.field("update") <= 35)
    )
    key = lambda row: (int(row["update"]), row["value"])  # noqa: E731
    found, wanted_rows = sorted(rows(answer.text), key=key), sorted(wanted.to_pylist(), key=key)
    assert len(found) == len(wanted_rows) > 30
    for one, other in zip(found, wanted_rows, strict=True):
        for name in ("stage", "axis", "value"):
            assert one[name] == other[name]
        for name in ("nats", "tokens", "bytes", "nats_per_token", "bits_per_byte"):
            assert float(one[name]) == pytest.approx(other[name], rel=1e-14)


def test_operations_tell_speed_memory_and_time_remaining(served):
    found = served.get("/api/operations?run=law").json
    series = {one["label"]: one["y"] for one in found["series"]}
    assert list(series) == [
        "rate", "grad_norm", "tokens_per_second", "mfu", "seconds", "data_seconds", "peak_memory", "loss",
    ]  # fmt: skip
    assert found["now"]["planned"] == 60 and found["now"]["seconds_remaining"] == pytest.approx(20.0)
    # A sequence of 8 tokens a second; 1e14 operations a token on two cards of 989 TFLOP/s.
    assert found["now"]["tokens_per_second"] == 8 and series["tokens_per_second"] == [8] * 40
    assert series["mfu"] == pytest.approx([8e14 / (2 * 989e12)] * 40)
    assert series["data_seconds"][0] == 0.25 and series["peak_memory"][0] == 3.0
    table = rows(served.get("/api/operations.csv?run=law&to=4").text)
    assert [row["update"] for row in table] == ["0", "1", "2", "3", "4"]
    log = Run(served.root / "law").metrics("updates").to_pylist()
    assert [float(row["loss"]) for row in table] == [row["loss"] for row in log[:5]]


def test_an_incident_leads_to_its_document(served):
    found = served.get("/api/incident?run=law&number=0").json
    (part,) = found["documents"]
    assert (
        part["id"] == made_runs.DOCUMENT and part["source"] == "statutes" and part["nats_per_byte"] == "nan"
    )
    document = served.get(f"/api/document?run=law&id={part['id']}").json
    assert [use["update"] for use in document["trained"]] == [made_runs.SPIKE]
    assert made_runs.HOSTILE in document["text"] and document["labels"] == {
        "task": "domain",
        "language": "zh",
    }
    for text in (found["says"], part["origin"], part["excerpt"], document["text"], document["origin"]):
        assert "\u202e" not in text and "\u202c" not in text
    assert served.get("/api/incident?run=law&number=9").status == 404
    assert served.get("/api/document?run=law&id=ffff").status == 422


def test_runs_side_by_side(served):
    found = served.get("/api/compare?run=law&run=more/second&axis=task&value=domain&smooth=1").json
    assert [run["label"] for run in found["runs"]] == ["law", "more/second"] and found["values"] == [
        "domain",
        "general",
        "code",
    ]
    own = served.get("/api/loss?run=more/second&axis=task&smooth=1").json["series"][0]["y"]
    assert found["runs"][1]["y"] == own != found["runs"][0]["y"]
    table = rows(served.get("/api/compare.csv?run=law&run=more/second&axis=task").text)
    assert {row["run"] for row in table} == {"law", "more/second"} and len(table) == 2 * 40 * 3


def test_faults_name_the_parameter(served):
    for path, status, said in (
        ("/api/loss", 400, "run: missing"),
        ("/api/loss?run=other", 404, "'other' is not a run"),
        ("/api/loss?run=law&axis=colour", 400, "axis: 'colour' is not one of overview, task"),
        ("/api/loss?run=law&from=-1", 400, "from: '-1' is not a whole number"),
        ("/api/loss?run=law&from=9&to=3", 400, "from: 9 is after to: 3"),
        ("/api/loss?run=law&smooth=1e9", 400, "smooth: '1e9' is not"),
        ("/api/secrets", 404, "no such address"),
    ):
        answer = served.get(path)
        assert answer.status == status and said in answer.json["error"], path


def test_nothing_is_sent_twice_and_new_updates_are(served):
    path = "/api/loss?run=more/second&smooth=1"
    first = served.get(path)
    tag = first.headers["ETag"]
    again = served.get(path, If_None_Match=tag)
    assert again.status == 304 and again.text == ""
    train = next((served.root / "more/second/steps").glob("train-*"))
    made_runs.write_lines(train, made_runs.rows(40, 43, 30, 1))
    later = served.get(path, If_None_Match=tag)
    assert later.status == 200 and later.json["x"] == list(range(43)) and later.headers["ETag"] != tag


def test_findings_are_those_of_diagnose(served):
    found = served.get("/api/findings?run=law").json
    assert found["updates"] == 40 and {"rule", "severity", "channel", "stage"} <= set(found["findings"][0])


def test_an_update_that_was_not_used_leaves_a_gap(served):
    folder = made_runs.training(served.root / "gap", updates=3, sealed=1)
    unused = {"update": 3, "loss": None, "grad_norm": None, "tokens": 0, "leaves": []}
    made_runs.write_lines(next((folder / "steps").glob("train-*")), [made_runs.rows(3, 4, 30)[0] | unused])
    served.board.folder._found = -99.0
    shown = served.get("/api/loss?run=gap&axis=all&smooth=1").json["series"][0]
    assert [y is None for y in shown["y"]] == [False, False, False, True]
    assert shown["last"] == pytest.approx(shown["y"][2], rel=1e-6)
    assert rows(served.get("/api/loss.csv?run=gap&axis=all").text)[-1]["update"] == "2"
    assert rows(served.get("/api/operations.csv?run=gap").text)[-1]["grad_norm"] == ""
