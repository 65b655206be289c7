"""An increment to an open corpus with its own taxonomy: dates, cut-off, predicted labels, what was new."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import rewarm

from rewarm.runs import increment, provenance
from rewarm.runs.run import Run

pytestmark = pytest.mark.slow


WORDS = {
    "tax": "invoice revenue deduction rate return filing income payer refund 税率 发票 纳税 申报 退税 所得",
    "court": "judge verdict appeal plaintiff witness hearing ruling clerk oath 法院 判决 上诉 原告 证人 庭审",
    "medicine": "patient dose fever clinic nurse symptom therapy vaccine 患者 剂量 发热 门诊 护士 疫苗",
}


def text(topic: str, number: int) -> str:
    """A text of its topic's words, Chinese for every other number."""
    rng = random.Random(f"{topic}{number}")
    words = [word for word in WORDS[topic].split() if word.isascii() == bool(number % 2)]
    filler = ["the", "of", "and", "it"] if number % 2 else ["的", "和", "是", "在"]
    drawn = rng.choices(words + filler + [str(rng.randrange(10**6)) for _ in range(20)], k=120)
    return (" " if number % 2 else "").join(drawn) + (f". {number}" if number % 2 else f"。{number}")


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def corpora(tmp_path: Path, model: Path) -> Path:
    """`open.jsonl` with topics, `crawl.jsonl` with dates: copies, old documents, new ones, undated ones."""
    topics = sorted(WORDS)
    base = [{"text": text(topics[n % 3], n), "topic": topics[n % 3], "created": "2023"} for n in range(240)]
    write(tmp_path / "open.jsonl", base)
    crawl = [{"text": row["text"], "date": "2024-09-01"} for row in base[:20]]
    crawl += [{"text": text(topics[n % 3], 1000 + n), "date": "2019-05-01"} for n in range(30)]
    crawl += [{"text": text(topics[n % 3], 2000 + n), "date": f"2024-{7 + n % 4:02}-03"} for n in range(60)]
    crawl += [{"text": text(topics[n % 3], 3000 + n)} for n in range(10)]
    write(tmp_path / "crawl.jsonl", crawl)
    recipe: dict[str, Any] = {
        "name": "corpus", "model": str(model), "redact": {"enabled": False},
        "model_released": "2024-11", "collect": {"since": "auto"},
        "sources": [
            {"name": "open", "path": "open.jsonl", "rules": "none", "date": {"since": "none"},
             "labels": {"task": "general", "topic": {"field": "topic"}}},
            {"name": "crawl", "path": "crawl.jsonl", "rules": "none",
             "labels": {"task": "domain", "topic": {"attribute": "predicted_topic"}}},
        ],
        "annotate": {"classifiers": {"topic": {"base": ["open"]}}},
        "dedupe": {"keep_signatures": True},
        "holdout": {"min_documents": 8, "max_documents": 8},
        "pack": {"seq_len": 64}, "train": {"batch_tokens": 256, "precision": "fp32"},
        "stages": [{"name": "adapt", "tokens": 2000, "mix": {"topic=tax": 0.5, "topic=court": 0.5}}],
        "evaluate": {"most_forgetting": 5, "bootstrap": 100},
    }  # fmt: skip
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
    return tmp_path


def test_an_increment_is_cut_off_labelled_and_reported(corpora: Path) -> None:
    looked = rewarm(corpora, "run", "recipe.yaml", "--dry-run")
    assert "drops 30 (30 date.before)" in looked.stdout + looked.stderr, looked.stdout + looked.stderr
    ended = rewarm(corpora, "run", "recipe.yaml")
    assert ended.returncode == 0, ended.stderr
    run = Run(corpora / "runs/corpus")
    crawl = next(row for row in provenance.dated(run) if row.source == "crawl")
    assert crawl.left_out == {"date.before": 30} and crawl.documents == 90
    assert crawl.years == {"2024": 80, "unknown": 10} and crawl.precisions == {"day": 80, "unknown": 10}
    counts = run.steps["annotate"].manifest.counts
    assert counts["asked.topic"] == 90 and counts["labelled.topic"] >= 85
    found = increment.of_run(run)
    assert found is not None and found.classifiers["topic"]["accuracy"] > 0.9
    by_year = {row.value: row for row in found.by_year}
    assert by_year["2024"].collected == 80 and by_year["2024"].copies == 20
    assert by_year["unknown"].copies == 0
    assert {row.value for row in found.by_label["topic"]} >= set(WORDS)
    page = (corpora / "runs/corpus/report/index.html").read_text(encoding="utf-8")
    assert "What was new, by class and date" in page and "date.before" in page


def test_a_later_run_takes_classifier_and_signatures_of_an_earlier_one(corpora: Path) -> None:
    """Without the texts of the earlier corpus."""
    ended = rewarm(corpora, "run", "recipe.yaml", "--until", "dedupe")
    assert ended.returncode == 0, ended.stderr
    (corpora / "open.jsonl").rename(corpora / "moved.jsonl")
    topics = sorted(WORDS)
    more = [{"text": text(topics[n % 3], n), "published": "2025-02"} for n in range(20)]
    more += [{"text": text(topics[n % 3], 5000 + n), "published": "2025-03-04"} for n in range(40)]
    write(corpora / "more.jsonl", more)
    recipe = yaml.safe_load((corpora / "recipe.yaml").read_text(encoding="utf-8"))
    recipe |= {
        "name": "later",
        "sources": [{**recipe["sources"][1], "name": "more", "path": "more.jsonl"}],
        "annotate": {"classifiers": {"topic": {"run": "runs/corpus", "min_probability": 0.6}}},
        "dedupe": {"base": ["runs/corpus"]},
    }
    (corpora / "recipe.yaml").write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
    ended = rewarm(corpora, "run", "recipe.yaml", "--until", "tokenize")
    assert ended.returncode == 0, ended.stderr
    found = increment.of_run(Run(corpora / "runs/later"))
    assert found is not None and found.base == [f"run {corpora / 'runs/corpus'}"]
    (year,) = found.by_year
    assert (year.value, year.collected) == ("2025", 60) and 15 <= year.copies <= 20
    by_topic = {row.value: row for row in found.by_label["topic"]}
    assert sum(by_topic[topic].new for topic in topics if topic in by_topic) >= 35
    right = sum(row.new for row in by_topic.values())
    assert right == year.new
    recipe["annotate"]["classifiers"] = {"colour": {"run": "runs/corpus"}}
    (corpora / "recipe.yaml").write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
    refused = rewarm(corpora, "run", "recipe.yaml", "--until", "tokenize")
    assert refused.returncode == 1 and "has no classifier of this axis; it has topic" in refused.stderr


def test_auto_without_a_release_asks_for_it(corpora: Path) -> None:
    recipe = yaml.safe_load((corpora / "recipe.yaml").read_text(encoding="utf-8"))
    del recipe["model_released"]
    (corpora / "recipe.yaml").write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
    refused = rewarm(corpora, "run", "recipe.yaml")
    assert refused.returncode == 1 and "Set `model_released`, such as 2024-11" in refused.stderr
    assert "collect.since" in refused.stderr and not (corpora / "runs").exists()
