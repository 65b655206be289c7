"""The step on real shards: what is sent, what comes back, and how the tables hang together."""

import json
import random
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pyarrow.parquet as pq
import pytest
from shards import write_documents
from synthesis_run import Run
from teacher import reworded, sentences
from tenancy import chinese, english

from rewarm.data.synthesize.patterns import closing, limit, opening
from rewarm.llm.spending import BudgetReached

Synthesis = Callable[..., Run]


def corpus(number: int, language: str = "en") -> list[dict[str, Any]]:
    text = english if language == "en" else chinese
    digit = {"en": "e", "zh": "c"}[language]
    return [{"id": f"{digit}{one:019}", "text": text(one)} for one in range(number)]


def sent(run: Run) -> str:
    assert run.server
    return json.dumps(run.server.bodies, ensure_ascii=False)


def test_documents_become_more_documents_with_their_origin(synthesis: Synthesis) -> None:
    run = synthesis()
    run.write(corpus(12))
    counts = run.run(llm={"budget": {"requests": None}})
    made = run.made()
    assert len(made) == counts["made"] == counts["made.s"] and counts["documents"] == 12 + len(made)
    modes = Counter(json.loads(row["meta"])["synthetic"]["mode"] for row in made)
    assert modes["complementary"] >= 80 and modes["questions"] >= 40
    origins = {row["id"]: row for row in run.rows("synthetic")}
    assert origins.keys() == {row["id"] for row in made}
    own = {row["id"]: row["synthetic"] for row in run.rows("labels")}
    for row in made:
        about = origins[row["id"]]
        assert own[row["id"]] == about["mode"] and row["source"] == "s"
        assert about["origin"].startswith("e") and about["teacher"] == "teacher-7b"
        assert (run.place / "cache" / about["answer"][:2] / f"{about['answer']}.json").exists()
    assert {row["id"] for row in run.rows("split") if not row["heldout"]} >= origins.keys()
    asked = {row["id"] for row in run.rows("questions")}
    assert asked == {row["id"] for row in origins.values() if row["mode"] == "questions"}
    assert run.summary()["distinct_share"] > 0.5


def test_original_documents_stay_as_they_are(synthesis: Synthesis) -> None:
    run = synthesis()
    run.write(corpus(3))
    run.run()
    for table, before in (("documents", "redact/documents"), ("split", "holdout/split")):
        assert pq.read_table(run.folder / table / "00000.parquet").equals(
            pq.read_table(run.place / before / "00000.parquet")
        )


def test_held_out_documents_and_their_near_copies_are_never_sent(synthesis: Synthesis) -> None:
    run = synthesis()
    rows = corpus(6)
    held, copy = rows[0], {**rows[1], "text": rows[0]["text"].replace("tenant", "lodger") + " One line more."}
    inside = {**rows[2], "text": rows[2]["text"] + "\n\n" + rows[0]["text"][:700]}
    run.write([held, copy, inside, *rows[3:]], heldout={held["id"]})
    counts = run.run(passage_chars=1500)
    assert counts["passages_held_out"] == 2
    assert "memorandum 0 of" not in sent(run) and "memorandum 3 of" in sent(run)
    assert not {held["id"], copy["id"]} & {row["origin"] for row in run.rows("synthetic")}
    # The part of a document that is its own is still used.
    assert "memorandum 2 of" in sent(run)


def test_passages_with_a_benchmark_question_are_never_sent(synthesis: Synthesis) -> None:
    run = synthesis()
    question = (
        "Which of the following must a tenant in Harrow do first when the boiler of a rented house fails in "
        "winter and the landlord cannot be reached by telephone?"
    )
    rows = corpus(3)
    rows[1]["text"] += (
        f"\n\n{'Quiz of the week.' * 3} {question.replace('first', 'at once')} (a) call (b) wait " * 3
    )
    path = run.place / "quiz.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"question": question}) + "\n")
    settings = {"name": "quiz", "question": ["question"], "options": [], "id": None}
    run.benchmarks = [(settings, path)]
    run.write(rows)
    counts = run.run(passage_chars=1500)
    assert counts["passages_benchmark"] == 1 and "boiler of a rented house" not in sent(run)
    assert "memorandum 1 of" in sent(run)


def test_only_sources_that_are_named_are_sent(synthesis: Synthesis) -> None:
    run = synthesis()
    other = {**corpus(2)[1], "source": "mail", "text": "Private letter. " * 40}
    run.write([corpus(1)[0], other])
    run.run()
    assert "memorandum 0" in sent(run) and "Private letter" not in sent(run)


def test_a_killed_run_asks_nothing_twice(synthesis: Synthesis) -> None:
    run = synthesis()
    for number in range(3):
        run.write(
            [{**row, "id": f"{number}{row['id']}"} for row in corpus(4)[number : number + 2]], number=number
        )
    with pytest.raises(BudgetReached):
        run.run(llm={"budget": {"requests": 30}})
    run.run(llm={"budget": {"requests": None}})
    assert run.server
    bodies = [json.dumps(body, sort_keys=True) for body in run.server.bodies]
    assert len(bodies) == len(set(bodies))
    whole = synthesis(folder="b")
    for number in range(3):
        whole.write(
            [{**row, "id": f"{number}{row['id']}"} for row in corpus(4)[number : number + 2]], number=number
        )
    whole.run(llm={"budget": {"requests": None}})
    for table in ("documents", "synthetic", "questions", "rejected", "split"):
        assert run.rows(table) == whole.rows(table)
    assert (run.folder / "summary.json").read_bytes() == (whole.folder / "summary.json").read_bytes()


def test_a_budget_that_is_reached_can_end_the_step(synthesis: Synthesis) -> None:
    run = synthesis()
    run.write(corpus(6))
    counts = run.run(at_budget="finish", llm={"budget": {"requests": 20}})
    assert run.server and len(run.server.bodies) == 20 and counts["made"] > 0
    reasons = Counter(row["reason"] for row in run.rows("rejected"))
    assert reasons["teacher: budget"] == 6 * 11 - 20


def test_no_opening_closing_or_template_is_frequent(synthesis: Synthesis) -> None:
    """A teacher with habits: everything begins and ends alike."""

    def habit(text: str) -> str:
        body = " ".join(reworded(one, random.Random(text)) for one in reversed(sentences(text)))
        return (
            f"In the world of tenancy law, much matters.\n\n## Key points\n\n{body}\n\n"
            "In conclusion, rules matter."
        )

    run = synthesis({name: habit for name in ("key_concepts", "lesson", "implications")})
    run.write(corpus(24))
    run.run(llm={"budget": {"requests": None}, "concurrency": 16})
    made = run.made()
    assert len(made) > 200
    most = limit(len(made), 0.01)
    for edge in (opening, closing):
        assert max(Counter(edge(row["text"]) for row in made).values()) <= most
    assert sum("## Key points" in row["text"] for row in made) <= most
    templates = Counter(row["template"] for row in run.rows("synthetic") if row["template"])
    assert max(templates.values()) <= most
    assert len({name.partition("/")[0] for name in templates}) >= 8


def test_conversations_become_solutions(synthesis: Synthesis) -> None:
    run = synthesis()
    talk = {**corpus(1)[0], "meta": '{"conversation": "c1"}'}
    run.write([talk, corpus(2)[1]])
    run.run(modes=["solutions"])
    (made,) = run.made()
    assert json.loads(made["meta"])["synthetic"]["origin"] == talk["id"]
    (row,) = run.rows("synthetic")
    assert row["template"].startswith("solution/")


def test_every_mode_gives_documents(synthesis: Synthesis) -> None:
    run = synthesis()
    run.write([{**row, "meta": '{"conversation": "c"}'} for row in corpus(4)])
    run.run(modes=["complementary", "questions", "entities", "comprehension", "solutions"])
    modes = Counter((row["mode"], row["prompt"]) for row in run.rows("synthetic"))
    assert {mode for mode, _ in modes} == {
        "complementary",
        "questions",
        "entities",
        "comprehension",
        "solutions",
    }
    assert {
        "key_concepts",
        "mind_map",
        "implications",
        "critical_questions",
        "case",
        "discussion",
        "lesson",
    } <= {prompt for _, prompt in modes}


def test_chinese_is_asked_and_answered_in_chinese(synthesis: Synthesis) -> None:
    run = synthesis()
    run.write(corpus(6, "zh"))
    run.run(llm={"budget": {"requests": None}})
    assert "Write in Chinese" in sent(run)
    modes = Counter(row["mode"] for row in run.rows("synthetic"))
    assert modes["complementary"] > 30 and modes["questions"] >= 15
    assert run.summary()["roles"]


def test_what_is_masked_in_the_origin_is_masked_in_what_is_made(synthesis: Synthesis) -> None:
    """Surrogates of personal data are read and never learnt, here either."""
    run = synthesis()
    text = (
        english(1).replace("Harrow Housing Office", "office of Zelda Quimby")
        + " Call 13800138000 for help with it."
    )
    start, end = text.index("Zelda Quimby"), text.index("Zelda Quimby") + len("Zelda Quimby")
    phone = text.index("13800138000")
    run.write(
        [
            {
                "id": "a" * 20,
                "text": text,
                "masks": [{"start": start, "end": end}, {"start": phone, "end": phone + 11}],
            }
        ]
    )
    run.run()
    found = 0
    for row in run.made():
        masked = {row["text"][span["start"] : span["end"]] for span in row["masks"]}
        for value in ("Zelda Quimby", "13800138000"):
            if value in row["text"]:
                found += 1
                assert value in masked
    assert found > 5
    pairs = run.rows("questions")
    assert {row["masked"] for row in pairs} == {True, False}
    for row in pairs:
        told = row["question"] + row["answer"]
        assert row["masked"] == ("Zelda Quimby" in told or "13800138000" in told)


def test_routed_documents_are_rewritten_faithfully_or_left_out(synthesis: Synthesis) -> None:
    """Torn lines become whole; what loses or changes a number does not come back."""

    def teacher_of_three(text: str) -> str:
        whole = text.replace("-\n", "").replace("\n", " ")
        if "memorandum 1 of" in text:
            return re.sub(r"\d{3,4} pounds", "999999 pounds", whole)
        if "memorandum 2 of" in text:
            return whole[: len(whole) // 3]
        return f"Here is the cleaned-up text:\n\n{whole}"

    run = synthesis({"rewrite": teacher_of_three})
    run.write(corpus(5)[4:])
    torn = [
        {**row, "text": row["text"].replace("register", "regis-\nter").replace(" and the", "\nand the")}
        for row in corpus(3)
    ]
    write_documents(run.place / "route" / "routed", torn)
    run.run(routed=True, modes=["complementary"])
    rewritten = [row for row in run.made() if json.loads(row["meta"])["synthetic"]["mode"] == "rewrite"]
    assert [json.loads(row["meta"])["synthetic"]["origin"] for row in rewritten] == [torn[0]["id"]]
    assert rewritten[0]["text"] == english(0)
    reasons = {row["origin"]: row["reason"] for row in run.rows("rejected") if row["mode"] == "rewrite"}
    assert reasons[torn[1]["id"]] == "invented: number:999999" and reasons[torn[2]["id"]] == "not_kept"
    # A rewritten document is not asked about: its questions would rest on text that was not read.
    assert not {row["id"] for row in torn} & {
        row["origin"] for row in run.rows("synthetic") if row["mode"] != "rewrite"
    }
    measured = run.summary()["rewritten"]
    assert measured["documents"] == 1 and measured["domain_score"] is None
    before, after = measured["facts_per_1000"]
    assert after[1] >= before[1] > 0


def test_the_domain_score_is_measured_before_and_after_rewriting(synthesis: Synthesis) -> None:
    run = synthesis({"rewrite": lambda text: text.replace("\ufffd", "e")})
    others = [
        {"id": f"b{number:019}", "source": "api", "text": f"Item {number} of a list of goods for sale. " * 9}
        for number in range(30)
    ]
    run.write([*corpus(40)[4:], *others])
    torn = [
        {**row, "text": row["text"].replace("tenant", "t\ufffdnant").replace("register", "r\ufffdgister")}
        for row in corpus(4)
    ]
    write_documents(run.place / "route" / "routed", torn)
    run.run(routed=True, modes=["complementary"])
    measured = run.summary()["rewritten"]
    before, after = measured["domain_score"]
    assert measured["documents"] == 4 and 0 <= before[1] <= after[1] <= 1 and after[1] > 0.9
    assert 0 < measured["terms_per_1000"][0][1] <= measured["terms_per_1000"][1][1]


def test_off_it_links_the_documents_and_asks_nobody(synthesis: Synthesis) -> None:
    from rewarm.data.synthesize import step
    from rewarm.engine.work import Work

    run = synthesis()
    run.write(corpus(2))
    run.folder.mkdir(parents=True)
    tables = {"documents": [run.place / "redact" / "documents"], "split": [run.place / "holdout" / "split"]}
    counts = step.run(
        Work("synthesize", run.folder, {"synthesize": {"enabled": False}, "seed": 0}, tables=tables)
    )
    assert counts == {"documents": 2, "made": 0} and len(run.rows("documents")) == 2
    assert run.server and not run.server.bodies


def test_nothing_to_work_on_gives_empty_tables(synthesis: Synthesis) -> None:
    run = synthesis()
    run.write([])
    assert run.run()["made"] == 0
    assert run.rows("documents") == [] and run.rows("rejected") == []
