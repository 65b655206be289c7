"""One document: fixed point, masks that follow, and every action."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measure import rows

from rewarm.data.redact.keyed import key_of
from rewarm.data.redact.replace import redact
from rewarm.recipe import Redact

ACTIONS = {kind: action for kind, action in Redact().types.model_dump().items() if action != "leave"}
KEY = key_of(3, "document")
SENTENCES = [text for text, _ in rows()]


@settings(max_examples=150)
@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=6), st.data())
def test_redacting_twice_changes_nothing_more(parts: list[str], data: st.DataObject) -> None:
    text = "\n".join(parts)
    low = data.draw(st.integers(0, len(text)))
    spans = [(low, len(text))] if data.draw(st.booleans()) and low < len(text) else []
    kinds = st.sampled_from(["surrogate", "mask", "drop_sentence"])
    actions = {kind: data.draw(kinds) for kind in ACTIONS}
    once = redact(text, spans, KEY, actions)
    again = redact(once.text, once.spans, key_of(3, "other"), actions)
    assert (again.text, again.spans, again.counts) == (once.text, once.spans, {})


@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4))
def test_text_outside_the_masks_stays_letter_by_letter(parts: list[str]) -> None:
    text = "\n".join(parts)
    done = redact(text, [], KEY, ACTIONS)
    edges = [0, *(edge for span in done.spans for edge in span), len(done.text)]
    at = 0
    for low, high in zip(edges[::2], edges[1::2], strict=True):
        at = text.index(done.text[low:high], at) + high - low


def test_a_person_stays_one_person_and_surrogates_carry_no_loss() -> None:
    text = "姓名：王小明。电话13800138000。王小明说，他的电话是138-0013-8000。"
    done = redact(text, [], KEY, ACTIONS)
    values = [done.text[start:end] for start, end in done.spans]
    assert values[0] == values[2] != "王小明" and values[1] == values[3].replace("-", "") != "13800138000"
    assert done.counts == {("name", "surrogate"): 2, ("phone", "surrogate"): 2}


@pytest.mark.parametrize(
    ("action", "text", "spans"),
    [
        ("mask", "先说一句。我的手机是13800138000。再见。", [(10, 21)]),
        ("drop_sentence", "先说一句。再见。", []),
        ("leave", "先说一句。我的手机是13800138000。再见。", []),
    ],
)
def test_actions(action: str, text: str, spans: list[tuple[int, int]]) -> None:
    actions = {"phone": action} if action != "leave" else {}
    done = redact("先说一句。我的手机是13800138000。再见。", [], KEY, actions)
    assert (done.text, done.spans) == (text, spans)


def test_a_sentence_that_goes_takes_the_masks_in_it_along() -> None:
    text = "Hello there. Call 212-555-0199 now. Canned reply."
    canned = (text.index("Canned"), len(text))
    done = redact(text, [(18, 30), canned], KEY, {"phone": "drop_sentence"})
    assert done.text == text  # A value that is masked exactly was dealt with by the source.
    done = redact(text, [canned], KEY, {"phone": "drop_sentence"})
    assert done.text == "Hello there. Canned reply." and done.spans == [(13, 26)]


def test_a_document_that_goes_says_what_for() -> None:
    assert redact("卡号6222021602012345678", [], KEY, {"card": "drop_document"}).dropped == "card"


def test_values_in_canned_text_become_forms_that_say_nothing() -> None:
    text = "客服：您好，我是客服李婷，有任何问题请拨打400-820-8820，祝您生活愉快。"
    done = redact(text, [(3, len(text))], KEY, ACTIONS)
    assert "李婷" not in done.text and "820-8820" not in done.text
    assert done.spans == [(3, len(text))] and not done.surrogates
