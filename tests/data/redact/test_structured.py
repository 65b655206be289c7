"""Structured values: how they are separated, what is nobody's, and that long texts hide none."""

import gzip
import json
import os
import re
from pathlib import Path

import pytest
from measure import LABELLED, rows

from rewarm.data.redact.keyed import key_of
from rewarm.data.redact.surrogates import surrogate
from rewarm.pii import find

STRUCTURED = tuple(kind for kind in LABELLED if kind != "name")


def values(text: str) -> list[tuple[str, str]]:
    return [(item.type, text[item.start : item.end]) for item in find(text, STRUCTURED)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("电话是010-67012402,010-67013036。", ["010-67012402", "010-67013036"]),
        ("电话 010-67012402/67013036", ["010-67012402", "67013036"]),
        ("13800138001,13900139002,15012345679", ["13800138001", "13900139002", "15012345679"]),
        ("13800138001/13900139002", ["13800138001", "13900139002"]),
        ("有电话吗？\n客服：有，01058591588。", ["01058591588"]),
        ("(415)555-2671/555-2672", ["(415)555-2671", "555-2672"]),
        ("Phone: 415/555-2671", ["415/555-2671"]),
        ("call 415-555-2671, or +1 (415) 555-2672", ["415-555-2671", "+1 (415) 555-2672"]),
    ],
)
def test_phone_numbers_beside_each_other(text: str, found: list[str]) -> None:
    assert values(text) == [("phone", value) for value in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("住院号：0012345678，床位 12", ("identity", "0012345678")),
        ("住院号 A20231145", ("identity", "A20231145")),
        ("MRN: 00482913, admitted", ("identity", "00482913")),
        ("medical record number 4482913", ("identity", "4482913")),
        ("write to jsmith at gmail dot com", ("email", "jsmith at gmail dot com")),
        ("JSmith at Gmail dot com", ("email", "JSmith at Gmail dot com")),
    ],
)
def test_labels_and_spoken_mail(text: str, found: tuple[str, str]) -> None:
    assert values(text) == [found]


@pytest.mark.parametrize(
    "text",
    [
        # Reserved names, roles, lists, message ids.
        "mail testuser@example.com or root@localhost.test",
        "Report bugs to bug-sed@gnu.org or debian-user@lists.debian.org",
        "Contact support@amazon.com",
        "Message-ID: <15975.17901.207240.414604@host.tu-muenchen.de>",
        "look at amazon dot com for it",
        # Placeholders.
        "PhoneNumber: in E.164 format (e.g., +1234567890)",
        "unique reservation ID, e.g. '1234567'",
        "0010 0010 0110 0000",
        "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        # Code.
        "signal_handler = signal.signal(signal.SIGUSR1, f)",
        "kernel.shmmax=17179869184",
        "case 86400000: return 65536;",
        "# dual-stack is not disabled; ref #38907",
        "Decimal('+35236450.6')",
        "v_domain IN VARCHAR2) RETURN VARCHAR2 IS",
        "LinkedinOauth2ProviderConfigInput",
        "username:me\npassword:secret",
        "WHEN t.customer_id = ca.customer_id THEN",
        # Arithmetic, addresses of machines, dates.
        "40,000-10,000=<<40000-10000=30000>>30,000",
        "ticket is 30/100 * $2000",
        "1111:0:0:0:0:0:0:0111/128 1111::111/128",
        "1 January 2004 Beijing was cold",
        "On 12 May 2019 London won",
        "2021年3月5号 12月5号见，大致上十里一座堡垒",
    ],
)
def test_what_is_nobodys(text: str) -> None:
    assert values(text) == []


def test_a_long_text_hides_nothing() -> None:
    """What is found in a text is found in it among others, whatever words and numbers stand there."""
    lost = []
    for language in ("zh", "en"):
        told = [text for text, spans in rows(language) if any(kind != "name" for _, _, kind in spans)]
        for first in range(0, len(told), 25):
            batch = told[first : first + 25]
            among = set(values("\n\n\n".join(batch)))
            lost += [(text, missing) for text in batch if (missing := set(values(text)) - among)]
    assert not lost


@pytest.mark.parametrize(
    ("value", "head"),
    [
        ("010-67012402", "010-"),
        ("01058591588", "010"),
        ("(0571)87654321", "(0571)"),
        ("+86 10 6701 2402", "+86 10 "),
        ("0315 2738461", "0315 "),
    ],
)
def test_landlines_keep_a_valid_area_and_a_possible_number(value: str, head: str) -> None:
    for seed in range(30):
        made = surrogate(key_of(seed, "document"), "phone", value)
        assert made.startswith(head) and made[len(head)] in "2345678" and len(made) == len(value)


@pytest.mark.shared
def test_phone_numbers_of_real_dialogues() -> None:
    """A plain pattern is the ground truth: area code and number, mobile, 400."""
    plain = re.compile(r"(?<!\d)(?:0\d{2,3}-?\d{7,8}|1[3-9]\d{9}|400-?\d{3}-?\d{4})(?!\d)")
    path = Path(os.environ["REWARM_SHARED_DATA"]) / "corpora" / "zh_service_dialogue_crosswoz.jsonl.gz"
    total = met = 0
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            text = json.loads(line)["text"]
            phones = [item for item in find(text, ("phone",)) if item.type == "phone"]
            for number in plain.finditer(text):
                total += 1
                met += any(item.start <= number.start() and number.end() <= item.end for item in phones)
    assert total > 800 and met >= 0.99 * total
