"""Prompts are the published ones, letter for letter; candidates are complete and scored to their end."""

from rewarm.evaluate.tasks.catalogue import KNOWN
from rewarm.evaluate.tasks.item import Item, of_record
from rewarm.evaluate.tasks.prompt import CHINESE, ENGLISH, requests

CAPITAL = Item("1", "Capital of France?", ("Rome", "Paris"), (1,), group="places")
ITALY = Item("2", "Capital of Italy?", ("Rome", "Paris"), (0,), group="places")


def asked(item: Item, prompt=ENGLISH, form="letters", shots=()) -> list[tuple[tuple[int, ...], str, str]]:
    return [(one.candidate, one.context, one.continuation) for one in requests([item], prompt, form, shots)]


def test_letters_list_the_options_and_answer_by_one() -> None:
    context = "Capital of France?\nA. Rome\nB. Paris\nAnswer:"
    assert asked(CAPITAL) == [((0,), context, " A"), ((1,), context, " B")]


def test_cloze_answers_by_the_options_text() -> None:
    context = "Question: Capital of France?\nAnswer:"
    assert asked(CAPITAL, form="cloze") == [((0,), context, " Rome"), ((1,), context, " Paris")]


def test_examples_come_with_their_gold_answer_after_the_description() -> None:
    found = asked(CAPITAL, KNOWN["mmlu"].prompt, "letters", [ITALY])
    assert found[0][1] == (
        "The following are multiple choice questions (with answers) about places.\n\n"
        "Capital of Italy?\nA. Rome\nB. Paris\nAnswer: A\n\n"
        "Capital of France?\nA. Rome\nB. Paris\nAnswer:"
    )


def test_a_blank_is_filled_and_the_rest_of_the_sentence_scored() -> None:
    item = of_record(
        {"question": "Under article ____ of the act.", "options": ["7", "12"], "answer": 1}, "r", "1"
    )
    assert asked(item, form="cloze") == [
        ((0,), "Under article", " 7 of the act."),
        ((1,), "Under article", " 12 of the act."),
    ]
    with_line = of_record({"question": "_______ x ____ y", "options": ["7", "12"], "answer": 1}, "r", "1")
    assert asked(with_line, form="cloze")[0] == ((0,), "_______ x", " 7 y")
    chinese = of_record({"question": "依照第____条处理。", "options": ["三", "十"], "answer": 0}, "r", "1")
    assert asked(chinese, CHINESE, "cloze")[0] == ((0,), "依照第", "三条处理。")


def test_multiple_select_scores_every_subset_to_the_end_of_the_line() -> None:
    item = of_record({"question": "Which?", "options": ["a", "b", "c"], "answer": [0, 2]}, "r", "1")
    found = asked(item)
    assert [one[0] for one in found] == [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)]
    assert found[4][2] == " AC\n"
    assert asked(item, shots=[item])[0][1].startswith("Which?\nA. a\nB. b\nC. c\nAnswer: AC\n\n")


def test_braces_in_an_item_are_text() -> None:
    item = Item("1", "What is {x} in {}?", ("{y}", "z"), (0,), context="{question}")
    context = asked(item)[0][1]
    assert context.startswith("{question}\nWhat is {x} in {}?\nA. {y}\n")


def test_a_passage_stands_before_the_question_and_an_open_item_has_one_request() -> None:
    item = Item("1", "Who?", answers=("Ada", "Ada L."), context=" A text. ")
    assert asked(item, form="cloze") == [((), "A text.\nQuestion: Who?\nAnswer:", " Ada")]


def test_formats_give_the_fields_of_items() -> None:
    sciq = {"question": "Who?", "distractor1": "a", "distractor2": "b", "distractor3": "c",
            "correct_answer": "d", "support": " Text."}  # fmt: skip
    records = {
        "mmlu": {"question": "q", "choices": ["a", "b", "c", "d"], "answer": 2, "subject": "us_law"},
        "ceval": {"question": "q", "A": "1", "B": "2", "C": "3", "D": "4", "answer": "B"},
        "cmmlu": {"Question": "q", "A": "1", "B": "2", "C": "3", "D": "4", "Answer": "D"},
        "arc_easy": {"id": "x", "question": "q", "choices": {"text": ["a", "b"], "label": ["1", "2"]},
                     "answerKey": "2"},
        "hellaswag": {"activity_label": "Cooking", "ctx_a": "He [x] stirs.", "ctx_b": "then he",
                      "endings": ["eats", "runs"], "label": "0"},
        "piqa": {"goal": "q", "sol1": "a", "sol2": "b", "label": 1},
        "sciq": sciq,
        "lambada": {"text": "a b c"},
        "gsm8k": {"question": "q", "answer": "so\n#### 1,200"},
        "medqa": {"question": "q", "options": {"A": "x", "B": "y"}, "answer_idx": "B"},
        "pubmedqa": {"QUESTION": "q", "CONTEXTS": ["a", "b"], "final_decision": "maybe"},
        "lawbench": {"instruction": "选", "question": "哪项?A:甲;B:乙;C:丙;D:丁。",
                     "answer": "正确答案：AC。"},
    }  # fmt: skip
    items = {name: of_record(KNOWN[name].convert(record), name, "1") for name, record in records.items()}
    assert set(items) | {"rewarm", "arc_challenge"} == set(KNOWN)
    assert items["mmlu"].gold == (2,) and items["mmlu"].group == "us law"
    assert items["ceval"].gold == (1,) and items["cmmlu"].gold == (3,)
    assert items["arc_easy"].gold == (1,) and items["arc_easy"].id == "x"
    assert items["hellaswag"].question == "Cooking: He stirs. Then he"
    assert items["sciq"].options[items["sciq"].gold[0]] == "d" and items["sciq"].context == "Text."
    assert (items["lambada"].question, items["lambada"].answers) == ("a b", ("c",))
    assert items["gsm8k"].answers == ("1200",)
    assert items["medqa"].gold == (1,) and items["pubmedqa"].gold == (2,)
    assert items["lawbench"].gold == (0, 2) and items["lawbench"].options[3] == "丁。"
