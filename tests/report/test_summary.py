import json
import math

import numpy as np
import pytest

from rewarm.report import figures, summary, verdict
from rewarm.report.page import render
from rewarm.runs.run import Run
from rewarm.statistics.bootstrap import Estimate


def channel_of(run, axis, value):
    return next(c for c in Run(run.folder).evaluation[0] if (c.axis, c.value) == (axis, value))


def test_lines_name_task_then_source_then_the_verdict(run):
    lines = summary.lines(Run(run.folder))
    assert [line.split("  ")[0] for line in lines[:4]] == [
        "task domain",
        "task general",
        "source law",
        "source manuals",
    ]
    domain = channel_of(run, "task", "domain")
    assert f"{domain.before_nats:.3f} → {domain.after_nats:.3f} nats" in lines[0]
    assert f"{domain.before_bits:.3f} → {domain.after_bits:.3f} bits/byte" in lines[0]
    assert figures.signed(domain.change_bits) in lines[0]
    general = channel_of(run, "task", "general")
    interval = figures.between(domain.low, domain.high, " … ")
    assert lines[4] == (
        f"learnt: domain {figures.signed(domain.change_bits)} bits/byte ({interval}) · "
        f"kept: general {figures.signed(general.change_bits)}"
    )
    beyond = general.change_bits - domain.change_bits
    assert lines[5].startswith(f"beyond the general gain: {figures.signed(beyond)} bits/byte (+0.1")
    assert len(lines) == 6


def test_what_got_worse_is_not_called_kept(run):
    folder = run.variant("plain", {"domain": 0.004, "general": 0.05})
    learnt, beyond = summary.lines(Run(folder))[-2:]
    assert "got worse: general +0.05" in learnt and "kept" not in learnt
    assert "includes zero" in learnt
    assert beyond == "beyond the general gain: nothing"
    said = verdict.judge(Run(folder)).sentences
    assert said[1].startswith("The channel general got worse") and len(said) == 2
    assert not verdict.judge(Run(folder)).worse  # general lost less than evaluate.most_forgetting


def test_what_other_text_lost_is_told_apart_from_a_gain(run):
    said = verdict.judge(Run(run.variant("learnt", {"domain": -0.01, "general": 0.05}))).sentences
    assert said[2].startswith("The domain's gain beyond") and said[2].endswith("is what other text lost.")


def test_a_run_that_ended_worse_says_so_first_and_shows_no_gain(run):
    folder = run.variant("diverged", {"domain": 3.0, "general": 20.0})
    lines = summary.lines(Run(folder))
    assert lines[0].startswith("WORSE THAN THE BASE  The domain got worse: +2.9")
    assert lines[1].startswith("WORSE THAN THE BASE  The channel general was forgotten: +")
    assert lines[-2].startswith("got worse: domain +2.9") and "learnt" not in lines[-2]
    assert lines[-1] == "beyond the general gain: nothing"
    assert (
        verdict.judge(Run(folder))
        .sentences[0]
        .startswith("This model is worse than its base. The domain got")
    )
    assert [item["task"] for item in summary.data(Run(folder))["worse"]] == ["domain", "general"]
    assert summary.worse(Run(folder)) and not summary.worse(Run(run.folder))


def test_forgetting_beyond_the_limit_is_worse_though_the_domain_was_learnt(run):
    folder = run.variant("forgot", {"domain": -0.5, "general": 0.2})
    (item,) = verdict.judge(Run(folder)).worse
    assert item.task == "general" and item.limit == 0.1
    assert summary.lines(Run(folder))[0].startswith(
        "WORSE THAN THE BASE  The channel general was forgotten: +0.2"
    )
    recipe = folder / "recipe.yaml"
    recipe.write_text(recipe.read_text() + "\nevaluate: {most_forgetting: 0.3}\n")
    assert not summary.worse(Run(folder))


def test_verdict_says_when_chance_could_have_done_it(run):
    said = " ".join(verdict.judge(Run(run.variant("none", {"domain": 0.004, "general": 0.0}))).sentences)
    assert "Whether the model learnt the domain is open, the interval includes zero" in said
    assert "But the domain's gain beyond the general gain" in said


def test_interval_beyond_holds_the_figure_and_follows_the_documents(run):
    found = verdict.judge(Run(run.folder)).beyond
    before, after = (run.table(step, "documents.parquet").to_pydict() for step in ("baseline", "evaluate"))
    change = (np.array(before["nats"]) - np.array(after["nats"])) / math.log(2)
    size, leaf = np.array(before["bytes"]), np.array(before["leaf"])
    gains = [change[leaf == i].sum() / size[leaf == i].sum() for i in (0, 1)]
    assert found.value == pytest.approx(gains[0] - gains[1])
    assert found.low < found.value < found.high
    assert found.high - found.low < 0.02


def test_given_intervals_win(run):
    path = run.step("evaluate") / "channels.json"
    held = json.loads(path.read_text())
    held["gain"]["beyond"] = {"bits_per_byte": 0.5, "low": 0.4, "high": 0.6}
    path.write_text(json.dumps(held))
    assert verdict.judge(Run(run.folder)).beyond == Estimate(0.5, 0.4, 0.6)


def test_data_is_json_without_nan(run):
    data = summary.data(Run(run.folder))
    json.dumps(data, allow_nan=False)
    nothing = next(c for c in data["channels"] if c["value"] == "nothing")
    assert nothing["before_bits"] is None
    assert data["gain"]["beyond"]["low"] < data["gain"]["beyond"]["bits_per_byte"]


def test_lines_before_the_evaluation(tmp_path):
    (tmp_path / "run.json").write_text('{"format": 4, "name": "empty"}')
    assert summary.lines(Run(tmp_path)) == ["nothing measured: the step evaluate has not run"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(-0.31, "−0.310"), (0.0021, "+0.002"), (-0.0001, "0.000"), (math.nan, "–"), (math.inf, "–")],
)
def test_signed(value, text):
    assert figures.signed(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(3.14, "3.1 s"), (75, "1 min"), (4000, "1 h 07 min"), (3 * 86400, "3 days"), (math.nan, "–")],
)
def test_duration(seconds, text):
    assert figures.duration(seconds) == text


def test_a_shortfall_is_said_with_tokens_and_mix(run):
    assert not [line for line in summary.lines(Run(run.folder)) if line.startswith("shortfall")]
    path = run.step("mix") / "plan.json"
    plan = json.loads(path.read_text())
    for row in plan["anneal"].values():
        row["tokens"] = 4_000
    plan["adapt"]["law"]["tokens"] = 5_000
    path.write_text(json.dumps(plan))
    said = [line for line in summary.lines(Run(run.folder)) if line.startswith("shortfall")]
    assert said == [
        "shortfall: stage adapt got 9,997 of 20,000 planned tokens (50.0 %), "
        "mixed law 50.0 % (planned 75.0 %), manuals 50.0 % (planned 25.0 %)",
        "shortfall: stage anneal got 8,000 of 20,000 planned tokens (40.0 %); the mix is as planned",
    ]
    assert [stage["short"] for stage in summary.data(Run(run.folder))["stages"]] == [True, True]
    page = render(Run(run.folder)).read_text()
    assert page.count("The data did not fill the plan") == 2 and "9,997 of 20,000" in page
