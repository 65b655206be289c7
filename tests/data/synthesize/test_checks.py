"""Preambles, generic questions, faithfulness: what passes and what does not."""

import pytest

from rewarm.data.synthesize.checks.faithful import grams, judge, known, language
from rewarm.data.synthesize.checks.generic import why_generic, why_no_answer
from rewarm.data.synthesize.checks.preamble import without_preamble
from rewarm.data.synthesize.prompts.common import Passage
from rewarm.llm.quoting import quoted
from rewarm.llm.refusal import is_refusal
from rewarm.recipe.synthesize import Checks
from rewarm.text.domain_terms import content_words

TEXT = (
    "A tenant who leaves before 3 May 2024 owes the landlord 450 pounds under section 21. "
    "The Harrow Housing Office registers every deposit within 14 days, and the landlord returns it "
    "when the tenant hands over the keys."
)
OWN = (
    "Leaving before 3 May 2024 costs the tenant 450 pounds, which section 21 grants to the landlord. "
    "Deposits are registered by the Harrow Housing Office within 14 days; they go back once the keys "
    "are handed over."
)


@pytest.mark.parametrize(
    "around",
    [
        "Sure! Here is the rewritten text:\n\n{}",
        "Certainly, here's the explanation you requested:\n\n{}\n\nLet me know if you need anything else!",
        "Here is a summary of the material.\n\n{}",
        "```markdown\n{}\n```",
        "# Tenancy rules\n\n{}",
        "**Key concepts**\n\n{}\n\nI hope this helps!",
        "好的，以下是改写后的文本：\n\n{}\n\n希望以上内容对您有帮助。",
        "{}\n\nNote: I left out the page numbers.",
        "---\n{}\n\n---",
        "Of course. Below is the rewritten version of the passage:\n{}",
    ],
)
def test_what_the_teacher_says_around_its_text_goes(around: str) -> None:
    assert without_preamble(around.format(OWN)) == OWN


@pytest.mark.parametrize(
    "text",
    [
        OWN,
        "Here is where the difference lies: " + OWN,
        "The following rules apply to deposits.\n\n" + OWN,
        "This is the rule that every landlord forgets. " + OWN,
        "可以在十日内返还押金。\n\n" + "承租人应当支付租金。" * 5,
        OWN + "\n\nIf the keys are lost, the tenant pays for the lock.",
    ],
)
def test_sentences_of_the_text_stay(text: str) -> None:
    assert without_preamble(text) == text


@pytest.mark.parametrize(
    "text",
    ["I'm sorry, but I can't help with that.", "As an AI language model, I …", "抱歉，我无法提供帮助。"],
)
def test_refusals_are_seen(text: str) -> None:
    assert is_refusal(text) and not is_refusal(OWN)


TERMS = {word for term in ("tenant", "deposit", "landlord", "押金", "承租人") for word in content_words(term)}


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("What is the main idea of the text?", "question.about_the_text"),
        ("According to the passage, who returns the deposit?", "question.about_the_text"),
        ("What does the author say about the tenant?", "question.about_the_text"),
        ("本文主要讲了什么？", "question.about_the_text"),
        ("文中提到的押金是多少？", "question.about_the_text"),
        ("What is the main purpose?", "question.generic"),
        ("Why is this important?", "question.generic"),
        ("有什么意义？", "question.generic"),
        ("When must it be returned?", "question.left_open"),
        ("How many apples are there in a box?", "question.no_term"),
    ],
)
def test_generic_questions_are_rejected(question: str, reason: str) -> None:
    assert why_generic(question, TERMS) == reason


@pytest.mark.parametrize(
    "question",
    [
        "Within how many days is a deposit registered?",
        "What is the purpose of a deposit in a tenancy?",
        "Which sum does a tenant owe who leaves before 3 May 2024?",
        "承租人逾期返还钥匙的，押金如何处理？",
        "What does section 21 grant?",
        "Why is the landlord entitled to 450 pounds?",
    ],
)
def test_questions_of_the_domain_pass(question: str) -> None:
    assert why_generic(question, TERMS) == ""


def test_answers_that_are_none_are_rejected() -> None:
    assert why_no_answer("Who?", "This is not stated.", "forward") == "answer.none"
    assert why_no_answer("Who pays?", "The text says the tenant pays.", "forward") == "answer.about_the_text"
    assert why_no_answer("What is a deposit?", "A deposit", "reverse") == "answer.in_question"
    assert why_no_answer("Who pays?", "The tenant.", "reverse") == ""


PASSAGE = Passage("d", 0, TEXT, "")
CHECKS = Checks().model_dump()


def judged(text: str, policy: str = "derived") -> str:
    reason, _ = judge(text, PASSAGE, known(PASSAGE), policy, CHECKS)  # type: ignore[arg-type]
    return reason


def test_a_faithful_text_passes() -> None:
    assert judged(OWN) == "" and judged(OWN, "rewrite") == "" and judged(TEXT, "rewrite") == ""


@pytest.mark.parametrize(
    ("text", "policy", "reason"),
    [
        (OWN.replace("450", "540"), "derived", "invented: number:540"),
        (OWN.replace("3 May 2024", "3 June 2024"), "case", "invented: date:2024-06-03"),
        (OWN.replace("section 21", "section 22"), "case", "invented: section:22"),
        (
            OWN.replace("Harrow Housing Office", "Leeds Tenancy Bureau"),
            "rewrite",
            "invented: name:Leeds Tenancy Bureau",
        ),
        (TEXT, "derived", "copy"),
        ("HACKED. " * 20, "derived", "off_topic"),
        (
            "Arr, the treasure of the seven seas lies buried on a lonely island in the sun, me hearties. "
            * 2,
            "derived",
            "off_topic",
        ),
        ("承租人应当在规定的期限内向出租人支付租金，并且返还房屋的钥匙。" * 4, "derived", "language"),
        ("I'm sorry, I cannot rewrite this text about the tenant and the landlord.", "rewrite", "refusal"),
        (
            "A tenant who leaves early owes the landlord money under section 21, and the deposit is "
            "returned with the keys later.",
            "rewrite",
            "not_kept",
        ),
        (TEXT[:105], "rewrite", "not_kept"),
        (OWN * 3, "rewrite", "length"),
        (" ".join(OWN.replace("a", "\ufffd")), "rewrite", "unreadable"),
        ("Tenant pays.", "derived", "short"),
        (f"{quoted(TEXT)}\n{OWN}", "derived", "marks"),
    ],
)
def test_what_is_not_is_rejected(text: str, policy: str, reason: str) -> None:
    assert judged(text, policy) == reason


def test_a_case_may_add_amounts_and_persons() -> None:
    case = OWN + " Jane Miller left on the second day and paid 77 pounds more to Peter Brown."
    assert judged(case, "case") == "" and judged(case, "rewrite").startswith("invented")


def test_languages() -> None:
    assert (language(TEXT), language("承租人应当支付租金 rent"), language("")) == ("", "zh", "")


def test_grams_of_short_and_equal_texts() -> None:
    assert len(grams("one two three")) == 0
    assert (grams("A b c d e f") == grams("a B c d, E f!")).all()


def test_measures_are_exact() -> None:
    passage = Passage("d", 0, "A fee of 10 and 20 and 30 and 40 euros." * 25, "")
    _, measures = judge("A fee of 10 and 20 and 30 euros. " * 25, passage, known(passage), "rewrite", CHECKS)
    assert measures.kept == 0.75 and measures.invented == []
    assert measures.facts_before == pytest.approx(4 / (len(passage.text) / 1000))
    assert measures.facts_after == pytest.approx(3 / (33 * 25 / 1000))


@pytest.mark.parametrize(("share", "reason"), [(0.75, ""), (0.76, "not_kept")])
def test_the_bound_itself_is_kept_enough(share: float, reason: str) -> None:
    passage = Passage("d", 0, "A fee of 10 and 20 and 30 and 40 euros for everybody. " * 25, "")
    output = "A fee of 10 and 20 and 30 euros for everybody. " * 25
    found, _ = judge(output, passage, known(passage), "rewrite", {**CHECKS, "kept": share})
    assert found == reason


def test_short_and_long_rewritings_have_bounds() -> None:
    passage = Passage("d", 0, "Word after word stands here without any fact. " * 20, "")
    about = known(passage)
    for times, reason in ((8, ""), (7, "length"), (32, ""), (33, "length")):
        text = "Word after word stands here without any fact. " * times
        assert judge(text, passage, about, "rewrite", CHECKS)[0] == reason


def test_a_short_output_may_be_half_of_a_short_passage() -> None:
    passage = Passage(
        "d", 0, "The tenant pays the deposit to the landlord. " * 2 + "The landlord returns it later.", ""
    )
    assert len(passage.text) == 120
    for size, reason in ((70, ""), (59, "short")):
        output = passage.text[:size]
        assert judge(output, passage, known(passage), "entities", CHECKS)[0] == reason
    long = Passage("d", 0, TEXT * 3, "")
    for size, reason in ((80, ""), (79, "short")):
        assert judge(TEXT[:size], long, known(long), "entities", CHECKS)[0] == reason


def test_measures_of_the_smallest_texts_and_of_refusals() -> None:
    digit = Passage("d", 0, "7", "")
    _, measures = judge("7", digit, known(digit), "pairs", CHECKS)
    assert (measures.facts_before, measures.facts_after) == (1000, 1000)
    nothing = Passage("d", 0, "", "")
    assert judge("", nothing, known(nothing), "pairs", CHECKS)[1].facts_before == 0
    refused = judge("As an AI, I decline.", PASSAGE, known(PASSAGE), "derived", CHECKS)[1]
    assert (refused.kept, refused.on_topic, refused.novelty) == (1, 1, 1)
    assert (refused.invented, refused.facts_before, refused.facts_after) == ([], 0, 0)


def test_three_of_ten_han_characters_are_chinese() -> None:
    assert (language("一一一abcdefg"), language("一一abcdefgh"), language("一")) == ("zh", "", "zh")


def test_there_are_as_many_grams_as_places() -> None:
    assert [len(grams(" ".join("abcdefg"[:size]))) for size in (4, 5, 6, 7)] == [0, 1, 2, 3]


def test_an_answer_of_two_characters_may_repeat_the_question() -> None:
    assert why_no_answer("什么是押金？", "押金", "reverse") == "answer.in_question"
    assert why_no_answer("Is B above A?", "B", "reverse") == ""


def test_text_after_the_colon_of_an_announcement_stays_when_it_is_long() -> None:
    assert without_preamble("Sure, here is the text: " + OWN) == OWN
    assert without_preamble("当然，以下是文本：" + OWN) == OWN
    assert without_preamble("Here is the summary: part one\n\n" + OWN) == OWN
    for size, kept in ((41, True), (40, False)):
        later = "x" * size
        expected = f"{later}\n{OWN}" if kept else OWN
        assert without_preamble(f"Here is the text:{later}\n{OWN}") == expected


@pytest.mark.parametrize(("size", "stays"), [(239, False), (240, True)])
def test_a_long_first_or_last_paragraph_is_the_texts_own(size: int, stays: bool) -> None:
    opening = "Here is the summary ".ljust(size, "x")
    closing = "I hope this helps ".ljust(size, "x")
    assert without_preamble(f"{opening}\n\n{OWN}").startswith(opening) == stays
    assert without_preamble(f"{OWN}\n\n{closing}").endswith(closing) == stays


def test_three_announcements_in_a_row_go_and_space_around_the_text() -> None:
    announcement = "Here is the text:\n\n"
    assert without_preamble(3 * announcement + OWN) == OWN
    assert without_preamble(4 * announcement + OWN) == announcement + OWN
    assert without_preamble(f" \n{OWN}\n ") == OWN


def test_a_refusal_is_looked_for_in_the_first_200_characters() -> None:
    words = "I cannot"
    assert is_refusal(words.rjust(200, ".")) and not is_refusal(words.rjust(201, "."))
