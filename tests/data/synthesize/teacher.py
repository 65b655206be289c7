"""A scripted teacher: answers every prompt of `synthesize` from the material in the request, faithfully by
default.

It reads the request as a server does: the system message says what is wished, the material stands between
the marks. Derived texts are the material's sentences in another order with other joints, so that their
facts are right and their n-grams new. `wrong` gives, by mode, what a bad teacher would answer instead.
"""

import json
import random
import re
from collections.abc import Callable
from typing import Any

Wrong = dict[str, Callable[[str], Any]]
_MATERIAL = re.compile(r"<<<MATERIAL (\w+)>\n(.*)\n<MATERIAL \1>>>", re.DOTALL)
_KINDS = {
    "written out": "rewrite",
    "was damaged": "rewrite",
    "Write questions": "questions",
    "Write exercises": "comprehension",
    "List the entities": "list",
    "two named entities": "relation",
    "is a conversation": "solutions",
    "demanding questions": "critical_questions",
    "key concepts": "key_concepts",
    "indented outline": "mind_map",
    "what follows from": "implications",
    "concrete and realistic case": "case",
    "discussion between two": "discussion",
    "Teach the content": "lesson",
}


def kind(body: dict[str, Any]) -> str:
    """Which prompt a request is."""
    purpose = body["messages"][0]["content"]
    return next((name for words, name in _KINDS.items() if words in purpose), "other")


def material(body: dict[str, Any]) -> str:
    """The material of a request."""
    found = _MATERIAL.search(body["messages"][1]["content"])
    assert found, body
    return found[2]


def sentences(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"(?<=[.!?。！？])\s*", text) if len(part.strip()) > 8]


def teacher(wrong: Wrong | None = None) -> Callable[[dict[str, Any]], str]:
    """The answer function of a `ScriptedServer`."""

    def answer(body: dict[str, Any]) -> str:
        name = kind(body)
        if name == "other":
            return "yes"
        text = material(body)
        if wrong and name in wrong:
            found = wrong[name](text)
            return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
        return _right(name, text, body)

    return answer


def _right(name: str, text: str, body: dict[str, Any]) -> str:
    rng = random.Random(f"{name} {text} {body.get('seed')}")
    own = sentences(text)
    if name == "rewrite":
        return re.sub(r"-\n", "", re.sub(r"(?<!\n)\n(?!\n)", " ", text))
    found: Any
    if name in ("questions", "comprehension"):
        chosen = rng.sample(own, min(8, len(own)))
        found = {"pairs": [_pair(one, number, name, body["seed"]) for number, one in enumerate(chosen)]}
    elif name == "list":
        words = sorted(set(re.findall(r"[A-Za-z]{6,}|[\u4e00-\u9fff]{2,4}", text)))
        found = {"entities": words[:10]}
    elif name == "solutions":
        parts = [reworded(one, rng) for one in own]
        found = {"problem": parts[0], "cause": parts[1] if len(own) > 2 else "", "solution": parts[-1]}
    else:
        rng.shuffle(own)
        return "\n\n".join(reworded(one, rng) for one in own)
    return json.dumps(found, ensure_ascii=False)


def reworded(sentence: str, rng: random.Random) -> str:
    """The same facts in another order of clauses, with other joints."""
    zh = re.search("[\u4e00-\u9fff]", sentence)
    clauses = re.split("，" if zh else ", ", sentence.rstrip(".。"))
    rng.shuffle(clauses)
    joints = (
        ("；这里", "；此时", "；其中", "；并且还")
        if zh
        else ("; here ", "; besides ", "; at once ", "; as well ")
    )
    first = rng.choice(("依此", "可见", "这样", "于是") if zh else ("Thus ", "So ", "Hence ", "Then "))
    return (
        first
        + "".join(one if not at else rng.choice(joints) + one for at, one in enumerate(clauses))
        + ("。" if zh else ".")
    )


_ASKED = {
    "en": (
        "What else applies where",
        "Who is concerned when",
        "Which sum or duty belongs to it that",
        "How comes that",
    ),
    "zh": ("还有什么后果：", "涉及谁：", "哪些金额或者义务属于：", "如何处理："),
}


def _pair(sentence: str, number: int, name: str, sample: int) -> dict[str, str]:
    """Another aspect and another part of the sentence in every round."""
    zh = re.search("[\u4e00-\u9fff]", sentence)
    clauses = re.split("，" if zh else ", ", sentence.rstrip(".。"))
    part = clauses[sample % 2 :][: max(1, len(clauses) - 1)]
    asked = _ASKED["zh" if zh else "en"][(sample + (2 if name == "comprehension" else 0)) % 4]
    kinds = ("summary", "term") if name == "comprehension" else ("forward", "reverse")
    question = f"{asked}{'，'.join(part)}？" if zh else f"{asked} {', '.join(part)}?"
    key = "kind" if name == "comprehension" else "direction"
    return {"question": question, "answer": sentence, key: kinds[number % 2]}
