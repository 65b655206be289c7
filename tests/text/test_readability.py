"""Damage lowers the share that can be read, by about the share of damaged words."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.text.readability import readable_share

CLEAN = (
    "The tenant must give the landlord written notice of at least two months before a tenancy ends. A "
    "deposit is "
    "returned within ten days, less the cost of repairs; see https://example.org/rules_12 and section 4(b). "
) * 4
CHINESE = "承租人应当按照约定支付租金，逾期不支付的，出租人可以解除合同，并要求赔偿损失。" * 8


def test_clean_text_is_readable() -> None:
    assert readable_share(CLEAN) > 0.98 and readable_share(CHINESE) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Let $x$ and $y_i$ be in $\\mathbf{R}^n$, with $f(x) = ax + b$, then \\ref{lemma-3} holds. " * 5,
        "BatchMakeUpIntegrationTasksResponse describes ListEventBridgeRuleTemplatesRequest fields. " * 5,
    ],
)
def test_formulas_and_long_identifiers_are_no_damage(text: str) -> None:
    assert readable_share(text) > 0.92


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
@pytest.mark.parametrize("kind", ["apart", "misread", "glyphs", "lost"])
def test_each_damage_counts(kind: str, share: float) -> None:
    rng = random.Random(4)
    words = []
    for word in CLEAN.split():
        if len(word) > 3 and rng.random() < share:
            word = {
                "apart": " ".join(word),
                "misread": word[0] + "1" + word[2:],
                "glyphs": "".join(f"(cid:{ord(letter)})" for letter in word),
                "lost": word[:1] + "\ufffd" + word[2:],
            }[kind]
        words.append(word)
    found = readable_share(" ".join(words))
    assert found < 1 - 0.4 * share and found > 0.9 - 1.2 * share - (0.2 if kind in ("glyphs", "apart") else 0)


def test_chinese_damage_counts() -> None:
    assert readable_share(" ".join(CHINESE)) < 0.3
    garbled = "".join("㐀㐁㐂㐃"[place % 4] if place % 3 == 0 else sign for place, sign in enumerate(CHINESE))
    assert readable_share(garbled) < 0.75


def test_broken_lines_count_half() -> None:
    broken = CLEAN.replace("landlord", "land-\nlord").replace("written", "writ-\nten")
    assert 0.85 < readable_share(broken) < readable_share(CLEAN)


@given(st.text(max_size=300))
def test_it_is_a_share(text: str) -> None:
    assert 0 <= readable_share(text) <= 1


def test_nothing_to_read() -> None:
    assert readable_share("") == readable_share("--- ***") == 0
