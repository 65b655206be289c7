"""Each cause gives its finding, and a healthy run no warning, over seeds of the noise."""

from collections.abc import Mapping
from dataclasses import replace
from math import exp
from pathlib import Path
from typing import Any

import pytest
from logged_runs import Source, logged

from rewarm.diagnose.diagnosis import diagnose
from rewarm.diagnose.rules import content, falls
from rewarm.diagnose.texts import Texts
from rewarm.diagnose.view import View
from rewarm.runs.run import Run

LEARNED: Source = ("domain", lambda t: 2.6 - 0.5 * t, 4.0)
FLAT: Source = ("general", lambda _: 2.7, 4.0)


def rules(run: Run) -> dict[tuple[str, str], str]:
    return {(one.rule, one.channel): one.severity for one in diagnose(run).findings}


@pytest.mark.parametrize("seed", range(20))
def test_a_healthy_run_raises_no_warning(tmp_path: Path, seed: int) -> None:
    held = {"law": -0.5, "web": 0.0}
    found = diagnose(logged(tmp_path, {"law": LEARNED, "web": FLAT}, seed=seed, held_out=held))
    assert {one.severity for one in found.findings} <= {"good", "note"}, found.lines()
    assert found.pattern.startswith("healthy") and found.updates == 120


CASES: list[tuple[str, Mapping[str, Source], Mapping[str, Any], tuple[str, str], str]] = [
    ("domain learned", {"law": LEARNED, "web": FLAT}, {}, ("domain-falls", "source law"), "good"),
    (
        "domain flat", {"law": ("domain", lambda _: 2.6, 4.0), "web": FLAT}, {},
        ("domain-flat", "source law"), "warning",
    ),
    ("general flat", {"law": LEARNED, "web": FLAT}, {}, ("general-flat", "source web"), "good"),
    (
        "general is new", {"law": LEARNED, "web": ("general", lambda t: 2.9 - 0.4 * t, 4.0)}, {},
        ("general-falls", "source web"), "warning",
    ),
    (
        "known already", {"law": ("domain", lambda _: 0.9, 4.0), "web": FLAT}, {},
        ("initial-low", "source law"), "note",
    ),
    (
        "new language", {"law": ("domain", lambda t: 6 - t, 3.0), "web": FLAT}, {},
        ("initial-high", "source law"), "note",
    ),
    (
        "format", {"law": LEARNED, "json": ("general", lambda t: 1.8 + 0.9 * exp(-20 * t), 4.0)}, {},
        ("falls-fast", "source json"), "warning",
    ),
    (
        "forgetting", {"law": LEARNED, "web": ("general", lambda t: 2.7 + 0.4 * t, 4.0)}, {},
        ("rising", "source web"), "warning",
    ),
    (
        "too high a rate",
        {"law": ("domain", lambda t: 2.6 - t if t < 0.2 else 2.2 + 2 * t, 4.0), "web": FLAT}, {},
        ("rising", "source law"), "error",
    ),
    (
        "loss to zero", {"law": ("domain", lambda t: 2.6 * exp(-8 * t), 4.0), "web": FLAT}, {},
        ("collapsed", "source law"), "error",
    ),
    (
        "stability gap",
        {"law": LEARNED, "web": ("general", lambda t: 2.7 + min(2 * t, max(0.0, 0.45 - t)), 4.0)}, {},
        ("stability-gap", "source web"), "note",
    ),
    (
        "memorising", {"law": LEARNED, "web": FLAT},
        {"held_out": {"law": -0.1, "web": 0.0}, "passes": {"law": 4.0}},
        ("memorising", "source law"), "warning",
    ),
    (
        "nothing trains", {"law": ("domain", lambda _: 2.6, 4.0), "web": FLAT},
        {"held_out": {"law": 0.0, "web": 0.0}}, ("nothing-trains", "all"), "error",
    ),
    (
        "saturated", {"law": ("domain", lambda t: 2.6 - 0.5 * min(1.0, 2 * t), 4.0), "web": FLAT}, {},
        ("saturated", "source law"), "note",
    ),
    (
        "frozen embeddings", {"law": ("domain", lambda t: 6 - t, 3.0), "web": FLAT},
        {"recipe": {"train": {"lora": {"embeddings": False}, "freeze": []}}},
        ("embeddings-frozen", "source law"), "warning",
    ),
]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("name", "sources", "more", "wanted", "severity"), CASES, ids=[case[0] for case in CASES]
)
def test_each_cause_is_found(
    tmp_path: Path, seed: int, name: str, sources: Mapping[str, Source], more: Mapping[str, Any],
    wanted: tuple[str, str], severity: str,
) -> None:  # fmt: skip
    assert rules(logged(tmp_path, sources, seed=seed, **more)).get(wanted) == severity


def test_an_instruct_base_may_recover_plain_text(tmp_path: Path) -> None:
    web: Source = ("general", lambda t: 2.9 - 0.4 * t, 4.0)
    run = logged(tmp_path, {"law": LEARNED, "web": web}, recipe={"model": "some/7B-Instruct"})
    assert rules(run)["general-falls", "source web"] == "note"


@pytest.mark.parametrize(("model", "framed", "severity"), [
    ("some/7B-Instruct", 0.0, "note"), ("some/7B-Instruct", 0.5, "warning"), ("some/7B", 0.0, "warning"),
])  # fmt: skip
def test_an_instruct_base_may_recover_plain_text_fast(
    tmp_path: Path, model: str, framed: float, severity: str
) -> None:
    web: Source = ("general", lambda t: 1.8 + 0.9 * exp(-20 * t), 4.0)
    run = logged(tmp_path, {"law": LEARNED, "web": web}, recipe={"model": model})
    texts = Texts(documents=100, garbled=0.0, compressed=0.5, copies=0.0, framed=framed, markup=0.0)
    found = [one for one in falls.fast(View(run, None, {"web": texts})) if one.channel == "source web"]
    assert [one.severity for one in found] == [severity]


@pytest.mark.parametrize(("model", "fall", "wanted"), [
    ("some/7B-Instruct", 0.32, "domain-flat"), ("some/7B-Instruct", 0.6, "domain-falls"),
    ("some/7B", 0.32, "domain-falls"),
])  # fmt: skip
def test_on_an_instruct_base_the_domain_falls_by_more_than_general_text(
    tmp_path: Path, model: str, fall: float, wanted: str
) -> None:
    """The smallest fall of general text counts: another may be new to the base."""
    sources: dict[str, Source] = {
        "law": ("domain", lambda t: 2.6 - fall * t, 4.0),
        "web": ("general", lambda t: 2.7 - 0.3 * t, 4.0),
        "code": ("general", lambda t: 2.7 - 1.2 * t, 4.0),
    }
    held = {"law": -fall, "web": -0.3, "code": -1.2}
    found = rules(logged(tmp_path, sources, held_out=held, recipe={"model": model}))
    assert {rule for rule, channel in found if channel == "source law" and rule.startswith("domain")} == {
        wanted
    }


def test_a_domain_that_is_memorised_is_not_learned(tmp_path: Path) -> None:
    """Training fell, other documents of the source got worse: neither learned, nor the fault of a rate."""
    run = logged(
        tmp_path, {"law": LEARNED, "web": FLAT}, held_out={"law": 0.4, "web": 0.0}, passes={"law": 9.0}
    )
    found = diagnose(run)
    assert {one.rule for one in found.findings if one.channel == "source law"} == {"memorising"}
    assert found.pattern == "the domain's loss does not fall; not as it should be: memorising (source law)"
    (told,) = [one.says for one in found.findings if one.rule == "memorising"]
    assert told.endswith("held-out text rose by 0.40")


def test_a_domain_that_got_worse_without_a_second_pass_is_no_memorising(tmp_path: Path) -> None:
    run = logged(tmp_path, {"law": LEARNED, "web": FLAT}, held_out={"law": 0.4, "web": 0.0})
    assert {rule for rule, channel in rules(run) if channel == "source law"} == {"rising"}


def test_swings_of_a_high_rate(tmp_path: Path) -> None:
    def swinging(t: float) -> float:
        return 2.6 - 0.5 * t + (0.3 if round(t * 120) % 2 else -0.3) * (t < 0.5)

    run = logged(tmp_path, {"law": ("domain", swinging, 4.0)}, noise=0.01)
    assert rules(run)["oscillating", "all"] == "warning"


def test_held_out_documents_show_what_the_noise_of_training_hides(tmp_path: Path) -> None:
    small: Source = ("domain", lambda t: 2.6 - 0.2 * t, 4.0)
    held = {"law": -0.2, "web": 0.2}
    found = rules(logged(tmp_path, {"law": small, "web": FLAT}, noise=1.0, held_out=held))
    assert found["domain-falls", "source law"] == "good"
    assert found["rising", "source web"] == "warning"


def test_small_changes_of_general_text_are_no_finding(tmp_path: Path) -> None:
    for change in (-0.08, 0.12):
        run = logged(
            tmp_path / str(change), {"law": LEARNED, "web": FLAT}, held_out={"law": -0.5, "web": change}
        )
        assert {severity for severity in rules(run).values()} == {"good"}


@pytest.mark.parametrize("seed", range(5))
def test_a_step_where_a_pass_ends_is_expected(tmp_path: Path, seed: int) -> None:
    def stepped(t: float) -> float:
        return 2.6 - 0.1 * t - 0.3 * (t >= 0.5)

    for passes, wanted in ((2.0, "note"), (1.0, None)):
        sources: dict[str, Source] = {"law": ("domain", stepped, 4.0)}
        run = logged(tmp_path / str(passes), sources, seed=seed, passes={"law": passes})
        assert rules(run).get(("epoch-drop", "source law")) == wanted


@pytest.mark.parametrize("seed", range(5))
def test_a_steady_fall_is_no_step(tmp_path: Path, seed: int) -> None:
    sources: dict[str, Source] = {"law": ("domain", lambda t: 3.6 - 2 * t, 4.0)}
    found = rules(logged(tmp_path, sources, seed=seed, passes={"law": 3.0}))
    assert ("epoch-drop", "source law") not in found


def test_the_level_at_the_start_is_that_beside_the_other_sources(tmp_path: Path) -> None:
    """Bits per byte are nats / (4 x 0.69): 0.94 for 2.6 nats, on a base with 2.2 for general text."""
    web: Source = ("general", lambda _: 6.0, 4.0)
    low = rules(logged(tmp_path / "low", {"law": ("domain", lambda _: 2.6, 4.0), "web": web}))
    usual = rules(logged(tmp_path / "usual", {"law": ("domain", lambda _: 8.0, 4.0), "web": web}))
    high = rules(logged(tmp_path / "high", {"law": ("domain", lambda _: 9.6, 4.0), "web": web}))
    assert ("initial-low", "source law") in low and ("initial-high", "source law") in high
    known: Source = ("general", lambda _: 1.6, 4.0)
    twice = rules(logged(tmp_path / "twice", {"law": ("domain", lambda _: 3.4, 4.0), "web": known}))
    assert ("initial-high", "source law") in twice
    assert not {rule for rule, _ in usual} & {"initial-low", "initial-high"}


PLAIN = Texts(documents=200, garbled=0.0, compressed=0.35, copies=0.05, framed=0.02, markup=0.02)


@pytest.mark.parametrize(
    ("texts", "rule"),
    [
        (replace(PLAIN, garbled=0.02), "garbled"),
        (replace(PLAIN, copies=0.4, framed=0.5), "repeated"),
        (replace(PLAIN, framed=0.5), "templated"),
    ],
)
def test_texts_that_teach_the_wrong_thing(tmp_path: Path, texts: Texts, rule: str) -> None:
    view = View(logged(tmp_path, {"law": LEARNED, "web": FLAT}), None, {"law": texts, "web": PLAIN})
    assert [(one.rule, one.channel) for one in content.content(view)] == [(rule, "source law")]


@pytest.mark.parametrize(("framed", "wanted"), [(0.02, []), (0.4, ["warning"])])
def test_a_format_in_general_text_falls_fast(tmp_path: Path, framed: float, wanted: list[str]) -> None:
    web: Source = ("general", lambda t: 1.8 + 0.9 * exp(-5 * t), 4.0)
    run = logged(tmp_path, {"law": LEARNED, "web": web})
    view = View(run, None, {"law": PLAIN, "web": replace(PLAIN, framed=framed)})
    assert [one.severity for one in falls.fast(view)] == wanted


def test_too_few_updates_say_so(tmp_path: Path) -> None:
    found = diagnose(logged(tmp_path, {"law": LEARNED}, updates=4))
    assert found.findings == [] and found.pattern == "4 updates: too few to read curves from"


def test_lines_and_json(tmp_path: Path) -> None:
    found = diagnose(logged(tmp_path, {"law": LEARNED, "web": FLAT}))
    text = "\n".join(found.lines())
    assert "domain-falls        source law in adapt: the loss fell by 0.4" in text
    plain = found.plain()
    assert {row["rule"] for row in plain["findings"]} == {"domain-falls", "general-flat"}
    assert plain["findings"][0]["evidence"]["change"] < -0.4
