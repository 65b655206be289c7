"""The audit of a user's documents: intervals, what is planted where, what is shown and what is not."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rewarm.cli.main import cli
from rewarm.errors import RewarmError
from rewarm.inspect import personal_audit
from rewarm.pii import Finding

CONVERSATION = (
    "客户：你好，我叫王小明，电话13812345678，订单号230917482093还没到。\n客服：王小明您好。\n客户：好的。\n"
)
ARTICLE = "The bridge was opened in 1932. It is 503 metres long and carries eight lanes of road traffic. " * 5


def write(folder: Path, *texts: str) -> Path:
    path = folder / "documents.jsonl"
    path.write_text("".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts))
    return path


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(17, 17, 0.816, 1.0), (0, 10, 0.0, 0.278), (81, 263, 0.255, 0.366), (0, 0, 0.0, 1.0)],
)
def test_intervals_agree_with_published_ones(hits: int, total: int, low: float, high: float) -> None:
    """81 of 263: Newcombe 1998, table I, method 3."""
    assert personal_audit.wilson(hits, total) == pytest.approx((low, high), abs=5e-4)


def test_planted_values_are_counted_by_type_place_and_language(tmp_path: Path) -> None:
    result = personal_audit.audit(
        [write(tmp_path, *[CONVERSATION] * 4, *[ARTICLE] * 4)], values=48, findings=5
    )
    assert result["documents"] == 8 and result["planted"] == 48
    assert result["kinds"]["conversation"] == result["kinds"]["reference"] == 4
    assert sum(share["planted"] for share in result["recall"].values()) == 48
    for kind in ("phone", "identity", "card", "email"):
        assert result["recall"][kind]["planted"] == 4 and result["recall"][kind]["recall"] == 1.0
    assert result["by_place"]["own"]["planted"] > 0 and result["by_language"]["en"]["planted"] > 0
    assert len(result["missed"]) == 48 - sum(share["found"] for share in result["recall"].values())
    assert result == personal_audit.audit([tmp_path / "documents.jsonl"], values=48, findings=5)


def test_a_search_that_finds_nothing_has_recall_zero(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal_audit, "find", lambda text, types: [])
    result = personal_audit.audit([write(tmp_path, CONVERSATION)], values=24)
    assert {share["found"] for share in result["recall"].values()} == {0} and len(result["missed"]) == 24


def test_half_a_value_is_a_miss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = personal_audit.find
    halves = lambda text, types: [  # noqa: E731
        Finding(item.start, (item.start + item.end) // 2, item.type) for item in real(text, types)
    ]
    monkeypatch.setattr(personal_audit, "find", halves)
    assert personal_audit.audit([write(tmp_path, CONVERSATION)], values=24)["recall"]["phone"]["found"] == 0


def test_names_are_not_planted_where_they_are_not_searched(tmp_path: Path) -> None:
    result = personal_audit.audit([write(tmp_path, ARTICLE)], values=24)
    assert result["recall"]["name"]["planted"] == 0 and result["recall"]["phone"]["planted"] == 2


def test_a_recipe_says_what_is_searched(tmp_path: Path) -> None:
    write(tmp_path, CONVERSATION)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        "name: x\nmodel: a/b-0.1b\n"
        "sources:\n  - {name: a, path: documents.jsonl, redact: structured, labels: {task: domain}}\n"
        "  - {name: b, path: documents.jsonl, redact: none}\n"
        "redact: {types: {phone: leave}}\n"
        "stages:\n  - name: s\n    tokens: 40960\n    mix: {a: 0.5, b: 0.5}\n"
        "    schedule: {shape: constant, peak: 1.0e-4}\n"
    )
    result = personal_audit.audit([recipe], values=24)
    assert result["left_out"] == ["b: redact: none"]
    assert result["recall"]["name"]["planted"] == result["recall"]["phone"]["planted"] == 0
    assert result["recall"]["email"]["planted"] == 2


def test_the_command_prints_no_value_unless_asked(tmp_path: Path) -> None:
    path = str(write(tmp_path, CONVERSATION))
    masked = CliRunner().invoke(cli, ["redact", "--audit", path, "--values", "12"])
    assert masked.exit_code == 0, masked.output
    shown = masked.output.split("judge")[1]
    assert "13812345678" not in shown and "1999999" in shown and "王小明" not in shown
    plain = CliRunner().invoke(cli, ["redact", "--audit", path, "--values", "12", "--show-values"])
    assert "13812345678" in plain.output
    found = json.loads(CliRunner().invoke(cli, ["redact", "--audit", path, "--json"]).output)
    assert found["planted"] == 200 and found["recall"]["phone"]["interval"][0] > 0.7


def test_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text('{"text": ""}\n')
    with pytest.raises(RewarmError, match="no document to read"):
        personal_audit.audit([empty])
