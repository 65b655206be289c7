"""A person who was found once is replaced everywhere, by one surrogate, and no ordinary word changes."""

import random
import re

import pytest

from rewarm.data.redact.keyed import key_of
from rewarm.data.redact.replace import redact
from rewarm.pii.name_words import kind

ACTIONS = {"name": "surrogate"}
GIVEN_ZH = ["雨桐", "子涵", "思琪", "梓萱", "浩宇", "欣怡", "俊杰", "晓燕", "志强", "文博", "一诺", "佳琪"]
FAMILIES_ZH = "刘陈赵吴徐孙朱胡郭何罗郑梁谢宋唐许韩邓冯曹彭曾肖董潘袁蔡蒋魏"
GIVEN_EN = [
    "Jennifer",
    "Priya",
    "Rosalind",
    "Tomasz",
    "Deborah",
    "Gareth",
    "Nokuthula",
    "Zeynep",
    "Will",
    "Grace",
]
FAMILIES_EN = [
    "Walsh",
    "Okonkwo",
    "Pettigrew",
    "Kowalczyk",
    "Thornbury",
    "Castellanos",
    "Whitaker",
    "Fitzgerald",
]
PLAIN_ZH = [
    "桌上有一张白纸。",
    "这条路很长，天气不错。",
    "他们何时到达还不清楚。",
    "谢谢大家，许多人都来了。",
]
PLAIN_EN = [
    "You will see the grace of it.",
    "It will rain, and we will wait.",
    "She marks the page with a pen.",
]


def chinese(draw: random.Random) -> tuple[str, list[str], list[str]]:
    family, given = draw.choice(FAMILIES_ZH), draw.choice(GIVEN_ZH)
    opening = draw.choice(
        [f"患者{family}{given}，女，28岁。", f"姓名：{family}{given}\n", f"我叫{family}{given}，来办手续。"]
    )
    later = [
        f"{given}说她下周再来。",
        f"请{family}女士签字。",
        f"已通知{family}{given}。",
        f"签名：{family} {given[0]} {given[1]}\n",
        f"下午把材料交给{given}。",
    ]
    return opening, later, [family + given, given, f"{family} {given[0]} {given[1]}"]


def english(draw: random.Random) -> tuple[str, list[str], list[str]]:
    given, family = draw.choice(GIVEN_EN), draw.choice(FAMILIES_EN)
    opening = draw.choice(
        [f"Patient: {given} {family}.\n", f"Dear {given} {family},\n", f"My name is {given} {family}. "]
    )
    later = [
        f"{family.upper()} SIGNED THE FORM. ",
        f"We spoke to {given} on Monday. ",
        f"{given} said it hurts. ",
        f"mail from {family.lower()} arrived. ",
        f"Call {given}  {family} back. ",
    ]
    return opening, later, [given, family]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_mention_survives_and_no_word_changes(language: str) -> None:
    changed, survivors = [], []
    for number in range(250):
        draw = random.Random(f"{language} {number}")
        opening, later, forms = (chinese if language == "zh" else english)(draw)
        plain = PLAIN_ZH if language == "zh" else PLAIN_EN
        parts = draw.sample([*later, *plain], len(later) + len(plain))
        text = opening + "".join(parts) if language == "zh" else opening + " ".join(parts)
        done = redact(text, [], key_of(number, "document"), ACTIONS).text
        changed += [sentence for sentence in plain if sentence not in done]
        for form in forms:
            # A part that is a word (Will, Grace) still stands in the plain sentences, in small letters.
            flags = re.I if language == "en" and not kind(form).word else 0
            if re.search(rf"(?<![A-Za-z]){form}(?![A-Za-z])", done, flags):
                survivors.append((form, done))
    assert not changed, changed[:5]
    assert not survivors, survivors[:3]


def test_parts_get_the_parts_of_one_surrogate() -> None:
    text = "患者刘雨桐，女，28岁。雨桐说头疼。请刘女士签字。"
    done = redact(text, [], key_of(1, "document"), ACTIONS).text
    whole, given, family = re.fullmatch("患者(...)，女，28岁。(..)说头疼。请(.)女士签字。", done).groups()  # type: ignore[union-attr]
    assert whole == family + given and whole != "刘雨桐"

    text = "Dear Jennifer Walsh, thanks. jennifer called; WALSH signed."
    done = redact(text, [], key_of(1, "document"), ACTIONS).text
    first, last, small, capitals = re.fullmatch(
        r"Dear (\w+) (\w+), thanks\. (\w+) called; (\w+) signed\.", done
    ).groups()  # type: ignore[union-attr]
    assert (small, capitals) == (first.lower(), last.upper()) and {first, last}.isdisjoint(
        {"Jennifer", "Walsh"}
    )


@pytest.mark.parametrize("value", ["张小", "沈怀瑾", "欧阳", "亓官玉", "必然"])
def test_after_a_label_any_two_to_four_characters_are_a_name(value: str) -> None:
    text = f"姓名：{value}\n电话：略"
    assert value not in redact(text, [], key_of(1, "document"), ACTIONS).text
