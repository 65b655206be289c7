import json
import re
import shutil
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rewarm.report import figures, page, training
from rewarm.runs.run import Run
from rewarm.runs.training_log import TrainingLog

HOSTILE = "<script>alert(1)</script>"
STAGES = {"adapt": range(0, 20), "anneal": range(20, 30)}
_VOID = {"meta", "link", "br", "img", "input", "hr"}


class Outline(HTMLParser):
    """Tags, attributes and text of a page; fails on a tag that does not close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def rendered(folder: Path) -> str:
    return page.render(Run(folder)).read_text(encoding="utf-8")


def cells(html: str, section: str) -> list[list[str]]:
    """The table rows of a section as plain text."""
    part = html[html.index(f'<section id="{section}">') :]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", part[: part.index("</section>")], re.S)
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)]
        for row in rows
    ]


def test_every_tag_closes_and_nothing_is_loaded(run):
    outline = Outline(rendered(run.folder))
    assert not {"script", "img", "link", "iframe", "object"} & {tag for tag, _ in outline.tags}
    for _, attributes in outline.tags:
        for name in ("src", "href", "xlink:href", "action"):
            assert (attributes.get(name) or "#").startswith("#")
        assert not any(name.startswith("on") for name in attributes)
    assert "url(" not in rendered(run.folder) and "@import" not in rendered(run.folder)


def test_hostile_text_is_shown_and_does_nothing(run):
    html = rendered(run.folder)
    assert HOSTILE not in html
    assert HOSTILE in Outline(html).text
    assert not set("\x1b\u202e\u202c") & set(html)
    assert "第一条" in html


def test_sections_and_headings_stand_in_order(run):
    outline = Outline(rendered(run.folder))
    ids = [attributes["id"] for tag, attributes in outline.tags if tag == "section"]
    assert ids == [
        "verdict",
        "channels",
        "tasks",
        "training",
        "mix",
        "documents",
        "sources",
        "recipe",
        "machine",
    ]
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_tables_and_charts_are_accessible(run):
    outline = Outline(rendered(run.folder))
    names = [tag for tag, _ in outline.tags]
    assert names.count("caption") == names.count("table")
    assert all(attributes.get("scope") for tag, attributes in outline.tags if tag == "th")
    drawn = [attributes for tag, attributes in outline.tags if tag == "svg"]
    assert all("aria-hidden" in a or (a["role"] == "img" and a["aria-labelledby"]) for a in drawn)
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {word for a in drawn for word in (a.get("aria-labelledby") or "").split()} <= set(ids)


def test_channel_figures_are_those_of_the_table(run):
    held = json.loads((run.step("evaluate") / "channels.json").read_text())["channels"]
    rows = {row[0]: row for row in cells(rendered(run.folder), "channels") if len(row) == 10}
    for channel in held:
        if not channel["tokens"]:
            assert rows[channel["value"]][4:9] == ["–"] * 5
            continue
        before, after, change = channel["before"], channel["after"], channel["change"]
        bits = [figures.plain(side["bits_per_byte"]) for side in (before, after)]
        nats = [figures.plain(side["nats"]) for side in (before, after)]
        sizes = [figures.count(channel[name]) for name in ("documents", "tokens", "bytes")]
        assert rows[channel["value"]][1:8] == [*sizes, *nats, *bits]
        moved = figures.signed(change["bits_per_byte"])
        interval = figures.between(change["low"], change["high"])
        assert rows[channel["value"]][8] == f"{moved} ({interval})"


def test_consumed_shares_are_token_sums(run):
    rows = run.table("train", "metrics/leaves.parquet").to_pylist()
    shown = [row for row in cells(rendered(run.folder), "mix") if len(row) == 9][1:]
    expected = []
    for span in STAGES.values():
        sums = [
            sum(r["tokens"] for r in rows if r["leaf"] == leaf and r["update"] in span) for leaf in (0, 1)
        ]
        expected += [(figures.percent(part / sum(sums)), figures.count(part)) for part in sums]
    assert [(row[2], row[6]) for row in shown] == expected
    assert [row[1] for row in shown] == ["75.0 %", "25.0 %", "50.0 %", "50.0 %"]
    assert [row[5] for row in shown] == ["14,997", "4,997", "9,997", "9,997"]
    assert shown[0][8] == "1.25"


def test_funnel_counts_documents_once(run):
    rows = [row for row in cells(rendered(run.folder), "documents") if len(row) == 8][1:]
    assert rows == [
        ["law", "1", "0", "40", "5", "5", "30", "15"],
        ["manuals", "0", "0", "20", "1", "4", "15", "2"],
    ]


def test_a_funnel_that_does_not_add_up_says_so(run):
    run.manifest("collect", {"documents.law": 43, "documents.manuals": 20})
    assert "law: the tables disagree about 3 documents" in Outline(rendered(run.folder)).text


def test_every_reason_has_at_most_three_documents_and_their_command(run):
    html = rendered(run.folder)
    decisions = [row for row in cells(html, "documents") if len(row) == 5]
    assert ["rules.min_chars", "clean", "drop", "5", "law 5"] in decisions
    assert ["parse.json", "collect", "drop", "1", "law 1"] in decisions
    assert ["unicode", "clean", "edit", "1", "manuals 1"] in decisions
    commands = re.findall(r"rewarm explain runs/statutes (\w{20})<", html)
    assert [f"{i:020x}" for i in range(3)] == [c for c in commands if int(c, 16) < 5]
    assert "measured 0.75, limit 0.6" in html


def test_stages_are_marked_and_labelled(run):
    html = rendered(run.folder)
    charts = html.count('class="chart"')
    assert charts == 5  # task, rate, norm; language and source folded away
    assert html.count('class="boundary"') == charts
    assert html.count('class="stage"') == 2 * charts
    assert "adapt from update 0, anneal from update 20" in html


def test_curves_are_ratios_of_sums_with_gaps(run):
    metrics = training.read(Run(run.folder))
    nats, tokens = training.sums(metrics, "task")["general"]
    at, start, stop = training.windows(metrics)
    curve = training.ratio(nats, tokens, start, stop)
    table = run.table("train", "metrics/leaves.parquet").to_pylist()
    rows = [row for row in table if row["leaf"] == 1]
    assert np.isnan(curve[4])
    assert np.allclose(np.delete(curve, 4), [r["nats"] / r["tokens"] for r in rows if r["tokens"]])
    assert list(at) == list(range(30))


def test_trends_are_smoother_and_end_at_the_means_of_a_tenth(run):
    metrics = training.read(Run(run.folder))
    at, _, _ = training.windows(metrics)
    start, stop = training.trends(metrics, at)
    nats, tokens = training.sums(metrics, "task")["domain"]
    trend = training.ratio(nats, tokens, start, stop)
    assert trend[0] == pytest.approx(nats[:3].sum() / tokens[:3].sum())
    assert trend[19] == pytest.approx(nats[17:20].sum() / tokens[17:20].sum())
    assert trend[20] == pytest.approx(nats[20:22].sum() / tokens[20:22].sum())
    assert trend[10] == pytest.approx(nats[8:13].sum() / tokens[8:13].sum())


def test_single_updates_far_above_their_window_are_spikes():
    n = 20_000
    rng = np.random.default_rng(0)
    tokens = rng.integers(100, 900, n).astype(float)
    nats = tokens * (3 - np.arange(n) / n + rng.normal(0, 0.1, n))
    tokens[5:9] = nats[5:9] = 0
    log = TrainingLog(np.arange(n), [("adapt", 0, n)], {}, *[np.zeros((0, n))] * 3, [])
    at, start, stop = training.windows(log)

    def found():
        return training.spikes(log, nats, tokens, at, training.ratio(nats, tokens, start, stop))

    assert found() == []
    for update, height in ((0, 5), (7_777, 2), (n - 1, 3), (7_778, 1)):
        nats[update] += height * tokens[update]
    # Of two in one place, the higher one.
    assert [update for update, _, _ in found()] == [0, n - 1, 7_777]
    rises = [value - level for _, level, value in found()]
    assert rises == pytest.approx([5, 3, 2], abs=0.5)


def test_charts_show_the_held_out_losses_of_the_verdict(run):
    html = rendered(run.folder)
    domain = next(c for c in Run(run.folder).evaluation[0] if (c.axis, c.value) == ("task", "domain"))
    figure = html[html.index("Training loss by task") : html.index("Learning rate")]
    assert figure.count("<circle") == 4
    shown = f"held out {figures.plain(domain.before_nats)} → {figures.plain(domain.after_nats)}"
    assert shown in figure


@given(st.lists(st.integers(1, 900), min_size=1, max_size=4))
def test_windows_stay_in_their_stage_and_under_the_limit(lengths):
    n, blank = sum(lengths), np.zeros((1, sum(lengths)))
    ends = np.cumsum([0, *lengths])
    stages = [(f"s{i}", int(a), int(b)) for i, (a, b) in enumerate(pairwise(ends))]
    at, start, stop = training.windows(TrainingLog(np.arange(n), stages, {}, blank, blank, blank, []))
    assert len(at) <= training.POINTS
    stage = np.searchsorted(ends, at, side="right")
    assert (np.searchsorted(ends, start, side="right") == stage).all()
    assert (np.searchsorted(ends, stop - 1, side="right") == stage).all()
    assert ((start <= at) & (at < stop)).all()


@pytest.mark.parametrize(
    "step", ["collect", "holdout", "clean", "tokenize", "mix", "train", "baseline", "evaluate"]
)
def test_a_step_that_has_not_run_leaves_a_page(run, step):
    shutil.rmtree(run.step(step))
    Outline(rendered(run.folder))


def test_an_empty_run_says_what_is_not_there(tmp_path):
    (tmp_path / "run.json").write_text('{"format": 4, "name": "empty"}')
    text = Outline(rendered(tmp_path)).text
    for step in ("evaluate", "train", "mix", "collect"):
        assert f"Not there: the step {step} has not run." in text


def test_comparison_lists_every_variant_and_links_it(run):
    variants = {
        "plain": Run(run.variant("plain", {"domain": -0.15, "general": 0.05})),
        "re#play": Run(run.variant("re#play", {"domain": -0.1, "general": 0.001})),
    }
    target = page.render_comparison(run.folder, variants)
    html = target.read_text(encoding="utf-8")
    outline = Outline(html)
    links = {attributes["href"] for tag, attributes in outline.tags if tag == "a"}
    assert links == {"../variants/plain/report/index.html", "../variants/re%23play/report/index.html"}
    decisions = [row[0] for row in cells(html, "channels") if len(row) == 1]
    assert any(text.startswith("task domain best: plain, by 0.0") for text in decisions)
    assert any(text.startswith("task general best: re#play, by 0.0") for text in decisions)
    for name, variant in variants.items():
        channel = next(c for c in variant.evaluation[0] if c.value == "domain")
        assert name in outline.text
        assert figures.plain(channel.after_bits) in html
    mix = cells(html, "mix")
    assert mix[1] == ["stage adapt, source law"]
    assert [row[:2] for row in mix[2:4]] == [["plain", "75.0 %"], ["re#play", "75.0 %"]]


def test_equal_variants_are_undecided(run):
    variants = {name: Run(run.variant(name, {"domain": -0.1, "general": 0.0})) for name in ("a", "b")}
    text = Outline(page.render_comparison(run.folder, variants).read_text(encoding="utf-8")).text
    assert "undecided" in text


def test_a_variant_reads_the_shared_steps(run):
    folder = run.variant("plain", {"domain": -0.15, "general": 0.05})
    text = Outline(rendered(folder)).text
    assert "statutes, variant plain" in text
    assert "general got worse" in text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(text=st.text(st.characters(), max_size=60) | st.text("<>&\"'/=!-scriptonerrorimgsrc", max_size=60))
@pytest.mark.slow
def test_any_excerpt_stays_text(make_run, text):
    run, plain = make_run(text), make_run("x")
    outline, expected = Outline(rendered(run.folder)), Outline(rendered(plain.folder))
    without = [tag for tag, _ in outline.tags if tag != "blockquote"]
    assert without == [tag for tag, _ in expected.tags if tag != "blockquote"]
    shown = figures.visible(text.encode("utf-8", "replace").decode())
    assert " ".join(shown.split()) in outline.text


def test_completions_are_shown_side_by_side(run):
    rows = [["The law", "is <b>", "says"], ["A", "b", "b"]]
    completed = [dict(zip(("prompt", "base", "result"), row, strict=True)) for row in rows]
    content = {"format": 1, "max_new_tokens": 8, "chat": False, "completions": completed}
    (run.step("complete") / "completions.json").write_text(json.dumps(content))
    run.manifest("complete", {"prompts": 2})
    record = json.loads((run.folder / "run.json").read_text())
    record["steps"]["complete"] = run.step("complete").name
    (run.folder / "run.json").write_text(json.dumps(record))
    html = rendered(run.folder)
    assert cells(html, "completions")[1:] == [["The law", "is &lt;b&gt;", "says"], ["A", "b", "the same"]]
    assert "at most 8 tokens" in html
