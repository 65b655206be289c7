"""The front: which half chooses, which reports, what is said about merging."""

import xml.etree.ElementTree as ET
from math import log

import numpy as np
import pytest

from rewarm.errors import RewarmError
from rewarm.merge import front_plot
from rewarm.merge.front import Documents, Front, Point, front, measure

DOCUMENTS = 40


def documents(count: int = DOCUMENTS) -> Documents:
    """Three channels of so many documents: one to learn, two to retain."""
    channel = np.repeat(["law", "prose", "code"], count)
    return Documents(np.array([f"d{n}" for n in range(3 * count)]), channel, channel == "law")


def point(setting: str, weight: float, gain: float, prose: float, code: float, noise: float = 0.02) -> Point:
    """A point with these changes in bits per byte; documents of 100 bytes that scatter by `noise`."""
    rng = np.random.default_rng(int(weight * 100))
    mean = np.repeat([-gain, prose, code], DOCUMENTS)
    return Point(setting, weight, (mean + rng.normal(0, noise, len(mean))) * 100 * log(2))


def of(*points: Point, tolerance: float = 0.005) -> Front:
    size = np.full(3 * DOCUMENTS, 100.0)
    return front(documents(), size, np.zeros(3 * DOCUMENTS), points, tolerance=tolerance, draws=500)


def test_halves_have_every_channel_and_depend_on_ids_only() -> None:
    known = documents()
    half = known.first_half()
    for name in ("law", "prose", "code"):
        assert half[known.channel == name].sum() == DOCUMENTS // 2
    turned = Documents(known.ids[::-1], known.channel[::-1], known.domain[::-1])
    assert (turned.first_half()[::-1] == half).all()


def test_the_most_gain_within_the_tolerance_is_chosen_and_the_worst_channel_counts() -> None:
    # The mean of both retained channels is within the tolerance at weight 1, the worst is not.
    found = of(
        point("run", 1.0, 0.30, -0.08, 0.06),
        point("run", 0.75, 0.27, -0.04, 0.03),
        point("run", 0.5, 0.21, -0.02, -0.02),
        point("run", 0.25, 0.10, -0.01, -0.02),
        tolerance=0.01,
    )
    chosen = found.reporting[found.chosen]
    assert chosen.point.weight == 0.5 and found.within and not found.unmerged_within
    assert found.reporting[0].worst == "code"
    assert chosen.gain.low < 0.21 < chosen.gain.high and chosen.gain.high - chosen.gain.low < 0.04
    assert chosen.ratio.value == pytest.approx(0.7, abs=0.05)
    assert found.verdict.startswith("merging helps: only merged points keep within 0.01")
    assert {found.reporting[n].point.weight for n in found.best} == {1.0, 0.75, 0.5}


def test_one_half_chooses_and_the_other_reports() -> None:
    known = documents()
    half = known.first_half()
    # The lucky point gains on the choosing half only.
    lucky = np.where(known.domain, np.where(half, -0.5, -0.1), 0.0) * 100 * log(2)
    sound = np.where(known.domain, -0.3, 0.0) * 100 * log(2)
    found = of(Point("lucky", 1.0, lucky), Point("sound", 1.0, sound))
    chosen = found.reporting[found.chosen]
    assert chosen.point.setting == "lucky"
    assert chosen.gain.value == pytest.approx(0.1) and found.choosing[0].gain.value == pytest.approx(0.5)


def test_no_merge_where_the_result_is_within_the_tolerance() -> None:
    found = of(point("run", 1.0, 0.3, -0.02, -0.02), point("run", 0.5, 0.2, -0.03, -0.03))
    assert found.verdict == "merging does not help: run, weight 1 is chosen, without a merge"


def test_a_merge_of_an_aggressive_run_is_compared_with_a_careful_run() -> None:
    careful = point("rate 1e-4", 1.0, 0.20, -0.02, -0.02)
    aggressive = point("rate 1e-3", 1.0, 0.40, 0.05, 0.08)
    better = of(careful, aggressive, point("rate 1e-3", 0.5, 0.30, -0.02, -0.02))
    assert better.reporting[better.chosen].point.name == "rate 1e-3, weight 0.5"
    assert better.verdict.startswith("merging helps: it gains more; against rate 1e-4, weight 1: gain +0.1")
    same = of(careful, aggressive, point("rate 1e-3", 0.5, 0.201, -0.02, -0.02, noise=0.1))
    if same.reporting[same.chosen].point.merged:
        assert same.verdict.startswith("merging does not clearly help")


def test_a_front_without_a_point_within_the_tolerance_says_so() -> None:
    found = of(
        point("run", 1.0, 0.3, 0.2, 0.2), point("run", 0.5, 0.25, 0.1, 0.1), Point("base", 0.0, np.zeros(120))
    )
    assert not found.within and found.reporting[found.chosen].point.weight == 0.5
    assert found.verdict.startswith("no trained point keeps within 0.005")
    assert found.verdict.endswith("1 of the 3 points on the front are merged ones")


def test_what_cannot_be_a_front_is_refused() -> None:
    with pytest.raises(RewarmError, match="give the weight 1"):
        of(point("run", 0.5, 0.2, 0, 0))
    with pytest.raises(RewarmError, match="nothing was learned"):
        of(point("run", 1.0, -0.2, 0, 0))
    with pytest.raises(RewarmError, match="channel law: 3 held-out documents; give at least 4"):
        documents(3)
    with pytest.raises(RewarmError, match="none has another task than domain"):
        Documents(np.array(["a"]), np.array(["law"]), np.array([True]))


def test_the_plot_is_a_picture_of_all_points() -> None:
    found = of(*(point("a <b>", weight, 0.3 * weight, 0.1 * weight**2, 0) for weight in (0.25, 0.5, 1.0)))
    drawn = ET.fromstring(front_plot.svg(found))
    circles = drawn.findall(".//{http://www.w3.org/2000/svg}circle")
    assert len(circles) == 4 and "a <b>, weight 0.5" in "".join(drawn.itertext())
    assert found.verdict in "".join(drawn.itertext())


def test_measures_use_all_documents_and_are_paired() -> None:
    points = [
        point("run", 1.0, 0.30, -0.01, 0.02, noise=0.1),
        point("run", 0.5, 0.15, -0.01, 0.01, noise=0.0),
    ]
    # The half of the first point's change, document by document: the ratio is known exactly.
    points[1] = Point("run", 0.5, points[0].nats / 2)
    size = np.full(3 * DOCUMENTS, 100.0)
    whole, half = measure(documents(), size, np.zeros(3 * DOCUMENTS), points, 0)
    assert half.ratio.value == pytest.approx(0.5) and half.ratio.high - half.ratio.low < 1e-9
    assert whole.gain.high - whole.gain.low > 0.01
    rows = documents().channel == "code"
    expected = points[0].nats[rows].sum() / (size[rows].sum() * log(2))
    assert whole.channels["code"].value == pytest.approx(expected)


def test_the_interval_of_forgetting_is_that_of_the_worst_channel_in_each_draw() -> None:
    found = of(point("run", 1.0, 0.3, 0.02, 0.0, noise=0.1), point("run", 0.5, 0.2, -0.3, -0.3))
    one = found.reporting[0]
    # Two channels of nearly equal change: the higher of both is above each of them, as its interval is.
    assert one.forgetting.high >= max(change.high for change in one.channels.values()) - 1e-9
    assert one.forgetting.low > max(change.low for change in one.channels.values()) - 1e-9
    assert one.forgetting.high - one.forgetting.low > 0.02


def test_json_has_every_point_with_its_intervals() -> None:
    told = of(point("run", 1.0, 0.3, 0.1, -0.02), point("run", 0.5, 0.2, -0.03, -0.03)).plain()
    assert told["chosen"]["name"] == "run, weight 0.5" and told["unmerged"]["weight"] == 1
    assert [row["on_front"] for row in told["points"]] == [True, True]
    assert told["points"][0]["gain_ratio"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert set(told["points"][0]["channels"]) == {"prose", "code"}
    assert told["difference"]["gain"]["value"] == pytest.approx(-0.1, abs=0.02)
    assert told["chosen_within_tolerance"] and told["verdict"].startswith("merging helps")
