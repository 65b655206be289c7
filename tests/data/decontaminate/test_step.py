"""What is found of planted items, what must not be, and that shards and kills change nothing."""

import hashlib
import random
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from planted_items import TEMPLATE, around, decontaminate, edited, item, joined, prepared, words

from rewarm.corpus.tables import documents
from rewarm.data.decontaminate import step
from rewarm.errors import RewarmError

LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])


def plain(language: str, number: int = 40) -> list[dict]:
    return [
        {"id": f"plain{i}", "text": joined(language, words(f"{language}-p{i}", 300))} for i in range(number)
    ]


@LANGUAGES
def test_verbatim_items_are_found_and_shown(tmp_path: Path, language: str) -> None:
    items = [item(language, number) for number in range(30)]
    whole = f"{items[3]['question']}\n" + "\n".join(items[3]["choices"])
    rows = [*plain(language), {"id": "dirty", "text": around(language, 1, whole)}]
    counts, ledger, keep = decontaminate(tmp_path, [rows], items)
    assert set(ledger) == {"dirty"} and not keep["dirty"]["keep"]
    row = ledger["dirty"]
    assert row["verdict"] == "drop" and row["reason"] == "benchmark" and row["score"] == 1.0
    assert row["match"].startswith("exam/q3: ") and items[3]["question"][:40] in row["match"]
    assert items[3]["question"][:40] in row["excerpt"]
    assert counts["in"] == 41 and counts["dropped"] == counts["dropped.benchmark"] == 1
    assert counts["items"] == 30 and counts["items_too_short"] == 0


@LANGUAGES
@pytest.mark.parametrize("share", [0.05, 0.1, 0.2])
def test_edited_items_are_found(tmp_path: Path, language: str, share: float) -> None:
    items = [item(language, number) for number in range(40)]
    rows = [
        {"id": f"dirty{n}", "text": around(language, n, edited(language, row["question"], share))}
        for n, row in enumerate(items)
    ]
    _, ledger, _ = decontaminate(tmp_path, [[*plain(language), *rows]], items)
    assert not [name for name in ledger if name.startswith("plain")]
    assert all(ledger[name]["match"].startswith(f"exam/q{name[5:]}:") for name in ledger)
    assert len(ledger) >= 0.95 * len(items)


@LANGUAGES
def test_options_in_another_order_and_the_question_alone(tmp_path: Path, language: str) -> None:
    long, short = item(language, 1), item(language, 2, length=8)
    shuffled = random.Random(4).sample(short["choices"], 4)
    texts = {
        "long alone": long["question"],
        "short with options": f"{short['question']}\n" + "\n".join(shuffled),
        "short alone": short["question"],
        "options alone": "\n".join(long["choices"]),
    }
    rows = [{"id": name, "text": around(language, n, text)} for n, (name, text) in enumerate(texts.items())]
    _, ledger, _ = decontaminate(tmp_path, [rows], [long, short], drop_share=0)
    assert set(ledger) == {"long alone", "short with options"}


@LANGUAGES
def test_a_template_is_no_item(tmp_path: Path, language: str) -> None:
    subjects = [joined(language, words(f"{language}-subject{number}", 5)) for number in range(40)]
    items = [
        {
            "id": f"q{number}",
            "question": TEMPLATE[language].format(subject),
            "choices": item(language, number)["choices"],
        }
        for number, subject in enumerate(subjects)
    ]
    other = joined(language, words(f"{language}-other", 5))
    rows = [
        {"id": "template", "text": around(language, 1, TEMPLATE[language].format(other))},
        {"id": "subject", "text": around(language, 2, subjects[7])},
        {"id": "item", "text": around(language, 3, "\n".join([items[7]["question"], *items[7]["choices"]]))},
    ]
    _, ledger, _ = decontaminate(tmp_path, [[*plain(language), *rows]], items)
    assert set(ledger) == {"item"} and ledger["item"]["match"].startswith("exam/q7:")


@LANGUAGES
def test_common_language_is_no_item(tmp_path: Path, language: str) -> None:
    said = item(language, 1, length=40)
    rows = [{"id": f"d{n}", "text": around(language, n, said["question"])} for n in range(30)]
    assert not decontaminate(tmp_path / "30", [rows], [said])[1]
    assert len(decontaminate(tmp_path / "29", [rows[:29]], [said])[1]) == 29


def test_numbers_alone_match_nothing(tmp_path: Path) -> None:
    items = [{"id": "a", "question": "1 + 2 + 3 = ?", "choices": ["5", "6", "7", "8"]}]
    counts, ledger, _ = decontaminate(
        tmp_path, [[{"id": "d", "text": "We add: 1 + 2 + 3 = ? 5 6 7 8, said she."}]], items
    )
    assert not ledger and counts["items_too_short"] == 1


@LANGUAGES
def test_a_passage_of_a_book_carries_no_loss(tmp_path: Path, language: str) -> None:
    dirty = item(language, 1)
    text = around(language, 1, dirty["question"], length=1500)
    counts, ledger, keep = decontaminate(tmp_path, [[{"id": "book", "text": text}]], [dirty])
    assert ledger["book"]["verdict"] == "mask" and keep["book"]["keep"] and counts["masked"] == 1
    (span,) = keep["book"]["masks"]
    assert text[span["start"] : span["end"]] == dirty["question"][:-1]


@LANGUAGES
def test_parts_of_held_out_documents(tmp_path: Path, language: str) -> None:
    held = joined(language, words(f"{language}-held", 400))
    tokens = words(f"{language}-held", 400)
    rows = [
        {"id": "held", "text": held, "heldout": True},
        {"id": "collection", "text": around(language, 1, held, length=900)},
        {"id": "page", "text": around(language, 2, joined(language, tokens[100:220]), length=100)},
        {"id": "sentence", "text": around(language, 3, joined(language, tokens[100:140]), length=100)},
        {"id": "unused", "text": around(language, 1, held, length=800), "keep": False},
    ]
    counts, ledger, keep = decontaminate(tmp_path, [[*plain(language), *rows]], [])
    assert {name: row["reason"] for name, row in ledger.items()} == {
        "collection": "heldout_inside",
        "page": "heldout_run",
    }
    assert ledger["page"]["match"] == "held" and keep["held"]["keep"] and keep["held"]["heldout"]
    assert counts["not_kept"] == 1 and not keep["unused"]["keep"]


@LANGUAGES
def test_a_stray_piece_does_not_stretch_what_is_held(tmp_path: Path, language: str) -> None:
    """A code of laws that holds a held-out article near its end, and five of its words at its beginning."""
    tokens = words(f"{language}-held", 300)
    held = joined(language, tokens)
    start = joined(language, [*words("zh-x" if language == "zh" else "en-x", 40), *tokens[150:156]])
    code = f"{start}\n{around(language, 1, held, length=4000)}"
    rows = [{"id": "held", "text": held, "heldout": True}, {"id": "code", "text": code}]
    _, ledger, keep = decontaminate(tmp_path, [[*plain(language), *rows]], [])
    assert ledger["code"]["verdict"] == "mask" and keep["code"]["keep"]
    (span,) = keep["code"]["masks"]
    assert len(held) <= span["end"] - span["start"] < 1.2 * len(held)


def test_a_held_out_document_is_never_dropped_for_an_item(tmp_path: Path) -> None:
    dirty = item("en", 1)
    rows = [{"id": "held", "text": around("en", 1, dirty["question"]), "heldout": True}]
    _, ledger, keep = decontaminate(tmp_path, [rows], [dirty])
    assert not ledger and keep["held"]["keep"]


def test_shards_change_nothing_and_a_killed_step_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [item("zh", number) for number in range(6)]
    rows = plain("zh", 20) + [
        {"id": f"d{n}", "text": around("zh", n, row["question"])} for n, row in enumerate(items)
    ]
    rows.append({"id": "held", "text": joined("zh", words("zh-held", 300)), "heldout": True})
    rows.append({"id": "copy", "text": around("zh", 99, rows[-1]["text"])})
    _, one, _ = decontaminate(tmp_path / "one", [rows], items)
    mixed = rows[::-1]
    _, many, _ = decontaminate(tmp_path / "many", [mixed[:5], [], mixed[5:17], mixed[17:]], items)
    assert one == many and len(one) == 7

    work = prepared(tmp_path / "killed", [mixed[:5], [], mixed[5:17], mixed[17:]], items)
    decide = step.decide_shard

    def dies(*unit: object) -> dict[str, int]:
        if unit[2] == "00002":
            raise KeyboardInterrupt
        return decide(*unit)  # type: ignore[arg-type]

    monkeypatch.setattr(step, "decide_shard", dies)
    with pytest.raises(KeyboardInterrupt):
        step.run(work)
    monkeypatch.setattr(step, "decide_shard", decide)
    step.run(work)
    for table in ("keep", "ledger"):
        for shard in documents.shards(work.folder / table):
            whole = tmp_path / "many/out" / table / shard.name
            assert hashlib.sha256(shard.read_bytes()).digest() == hashlib.sha256(whole.read_bytes()).digest()


def test_nothing_in_nothing_out(tmp_path: Path) -> None:
    counts, ledger, _ = decontaminate(tmp_path / "rows", [[]], [])
    assert counts["in"] == 0 and not ledger
    assert decontaminate(tmp_path / "shards", [], [item("en", 1)])[0]["items"] == 1


def test_hostile_documents(tmp_path: Path) -> None:
    dirty = item("en", 1)
    hidden = "\u200b".join(dirty["question"].upper())
    texts = [
        "\0" * 5000,
        "\u202e" + hidden,
        "a" * 3_000_000,
        ("x\u200d" * 1000 + " ") * 20,
        "\ufffe\ud7ff 中" * 999,
    ]
    rows = [{"id": f"d{n}", "text": text} for n, text in enumerate(texts)]
    _, ledger, keep = decontaminate(tmp_path, [rows], [dirty])
    assert set(ledger) == {"d1"} and len(keep) == 5


def test_a_benchmark_without_the_field_is_an_error(tmp_path: Path) -> None:
    work = prepared(tmp_path, [[]], [{"id": "1", "prompt": "What is it?"}])
    with pytest.raises(RewarmError, match=r"no record in .* has question; fields are id, prompt"):
        step.run(work)


def test_items_say_how_they_are_compared(tmp_path: Path) -> None:
    items = [
        item("en", 1),
        item("en", 2, length=15),
        item("en", 3, length=6),
        {"id": "q4", "question": "Why?"},
    ]
    work = prepared(tmp_path, [plain("en", 3)], items)
    step.run(work)
    compared = pq.read_table(work.folder / "items.parquet")["compared"].to_pylist()
    assert compared == ["alone", "nearly_alone", "with_options", "too_short"]


@LANGUAGES
def test_the_same_words_in_another_order(tmp_path: Path, language: str) -> None:
    items = [item(language, number) for number in range(30)]
    rows = []
    for number in range(30):
        tokens = words(f"{language}-item{number}", 60)
        parts = [tokens[start : start + 4] for start in range(0, 60, 4)]
        random.Random(number).shuffle(parts)
        text = joined(language, [token for part in parts for token in part])
        rows.append({"id": f"dirty{number}", "text": around(language, number, edited(language, text, 0.05))})
    rows += plain(language)
    _, ledger, _ = decontaminate(tmp_path / "on", [rows], items)
    assert {row["reason"] for row in ledger.values()} == {"paraphrase"} and len(ledger) >= 28
    assert all(row["match"].startswith(f"exam/q{name[5:]}:") for name, row in ledger.items())
    assert not decontaminate(tmp_path / "off", [rows], items, paraphrase=1)[1]


@LANGUAGES
@pytest.mark.parametrize("vocabulary", [15, 40])
def test_texts_of_few_words_are_no_paraphrases(tmp_path: Path, language: str, vocabulary: int) -> None:
    def few(seed: str, number: int) -> str:
        return joined(language, random.Random(seed).choices(words(f"{language}-few", vocabulary), k=number))

    items = [
        {"id": f"q{number}", "question": few(f"item{number}", 300), "choices": []} for number in range(5)
    ]
    rows = [{"id": f"d{number}", "text": few(f"document{number}", 900)} for number in range(20)]
    _, ledger, _ = decontaminate(tmp_path, [rows], items)
    assert not [row for row in ledger.values() if row["reason"] == "paraphrase"]
