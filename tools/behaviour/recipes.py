"""The fixed inputs: real text of pinned packages, made-up letters and chats, a small random model."""

import json
import random
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

MB = 0.15
MODEL = {"hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4}


@dataclass(frozen=True)
class Recipe:
    """codes: exit codes that are expected; after: the recipe whose run it goes on from."""

    name: str
    content: dict[str, Any]
    codes: tuple[int, ...] = (0,)
    after: str | None = None


def _source(name: str, language: str, task: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "path": f"{name}.jsonl", "labels": {"language": language, "task": task}, **more}


_SOURCES = [
    _source("statutes", "zh", "domain"),
    _source("cloud-api", "en", "general"),
    _source("code", "code", "code"),
    _source("encyclopedia-fr", "fr", "general", redact="structured"),
    _source("letters", "en", "domain", redact="all"),
    _source("talks", "zh", "domain", conversations={}),
]
_SHARES = {
    "statutes": 0.3,
    "cloud-api": 0.2,
    "code": 0.2,
    "encyclopedia-fr": 0.1,
    "letters": 0.1,
    "talks": 0.1,
}
_WHOLE = {
    "name": "whole",
    "model": "model",
    "seed": 5,
    "sources": _SOURCES,
    "holdout": {"min_documents": 6, "max_documents": 12},
    "decontaminate": {"benchmarks": [{"name": "quiz", "path": "quiz.jsonl"}]},
    "dedupe": {"keep_signatures": True},
    "pack": {"seq_len": 128, "window": 200},
    "train": {"batch_tokens": 1024, "precision": "fp32", "checkpoint_updates": 8, "keep_last": 1},
    "forgetting": {"every": 16},
    "evaluate": {"bootstrap": 200},
    "stages": [
        {"name": "adapt", "tokens": 40_000, "mix": _SHARES, "schedule": {"peak": 2e-3}},
        {"name": "anneal", "tokens": 12_000, "mix": _SHARES, "best": 0.5},
    ],
}
_RECIPES = (
    Recipe("whole", _WHOLE),
    Recipe(
        "continued",
        {
            **_WHOLE,
            "name": "continued",
            "sources": [*_SOURCES, _source("manuals", "en", "general"), _source("countries", "en", "domain")],
            "start": {"run": "here/whole"},
            "dedupe": {"keep_signatures": True, "base": ["here/whole"]},
            # Only what is new is left: the earlier corpus is the base of `dedupe`.
            "stages": [{"name": "more", "tokens": 12_000, "mix": {"manuals": 0.6, "countries": 0.4}}],
        },
        after="whole",
    ),
    Recipe(
        "spike",
        {
            **_WHOLE,
            "name": "spike",
            # Two texts only: what is not there must not matter.
            "sources": [_SOURCES[1], _source("noise", "en", "general", redact="none", rules="none")],
            # At this rate the first updates are quarantined and skipped, the run goes back and lowers its
            # rate, and then raises the weight of what is retained. The document limits leave some of the
            # alarms without a document that explains them.
            "guard": {
                "warmup": 4,
                "window": 8,
                "good_after": 4,
                "base_rise": 0.1,
                "max_skips": 1,
                "rate_cut": 0.1,
                "document_factor": 2.5,
                "document_byte_factor": 3,
            },
            "forgetting": {"every": 16, "on_breach": "raise_replay"},
            "stages": [
                {
                    "name": "adapt",
                    "tokens": 60_000,
                    "mix": {"cloud-api": 0.97, "noise": 0.03},
                    "schedule": {"peak": 1.0, "warmup": 0.1},
                }
            ],
        },
        codes=(0, 1, 4),
    ),
)
NAMES = tuple(recipe.name for recipe in _RECIPES)


def ordered(names: Iterable[str] | None) -> list[Recipe]:
    """The recipes named, and those that they go on from, before them."""
    wanted = set(names or NAMES)
    wanted |= {recipe.after for recipe in _RECIPES if recipe.name in wanted and recipe.after}
    return [recipe for recipe in _RECIPES if recipe.name in wanted]


def build(world: Path) -> None:
    """Write the sources, the benchmark, the model and the recipes into `world`."""
    from support import corpora, small_model

    world.mkdir(parents=True, exist_ok=True)
    texts = {
        name: corpora.sample(name, MB)
        for name in ("statutes", "cloud-api", "code", "encyclopedia-fr", "manuals", "countries")
    }
    texts["letters"] = [_letter(number) for number in range(120)]
    texts["noise"] = [_noise(number) for number in range(30)]
    questions = [text[200:320] for text in texts["cloud-api"][:6]]
    # Exact and near copies, a benchmark item inside a document, a page that others quote.
    texts["cloud-api"] += [texts["cloud-api"][0], texts["cloud-api"][1].replace("the ", "a ", 3)]
    texts["manuals"].append(texts["statutes"][0])
    texts["encyclopedia-fr"].append("\n".join(["Ce texte cite une question :", questions[2], "Fin."]))
    for name, rows in texts.items():
        _write(world / f"{name}.jsonl", ({"text": text} for text in rows))
    _write(world / "talks.jsonl", (message for number in range(160) for message in _talk(number)))
    _write(world / "quiz.jsonl", ({"question": question, "choices": ["yes", "no"]} for question in questions))
    if not (world / "model" / "config.json").exists():
        given = [text for rows in texts.values() for text in rows]
        small_model.build(world / "model", given, vocabulary=2000, seq_len=512, **MODEL)
    for recipe in _RECIPES:
        text = yaml.safe_dump(recipe.content, sort_keys=False, allow_unicode=True)
        (world / f"{recipe.name}.yaml").write_text(text)


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


_PEOPLE = ("Jennifer Walsh", "Amir Haddad", "Laura Klein", "Tom O'Neill", "Grace Osei", "Pedro Alves")
_THINGS = ("router", "invoice", "delivery", "contract", "lamp", "password")


def _letter(number: int) -> str:
    rng = random.Random(f"letter {number}")
    person, other, thing = rng.choice(_PEOPLE), rng.choice(_PEOPLE), rng.choice(_THINGS)
    first = person.split()[0]
    return (
        f"From: {person} <{first.lower()}.{number}@mail-{rng.randint(1, 9)}.net>\nTo: {other}\n"
        f"Dear {other},\n\nthe {thing} of order {rng.randint(10_000, 99_999)} has been wrong since "
        f"day {number}. Please call me at +1 (415) 555-{rng.randint(1000, 9999)} or write to "
        f"{rng.randint(1, 99)} Main Street. I asked {rng.randint(2, 9)} times and "
        f"{rng.choice(['nobody', 'one clerk', 'a robot'])} answered.\n\n"
        f"Kind regards,\n{person}\n"
    )


def _noise(number: int) -> str:
    rng = random.Random(f"noise {number}")
    return " ".join("".join(rng.choices("qxzjkvw0189#%", k=rng.randint(3, 9))) for _ in range(120))


def _talk(number: int) -> list[dict[str, Any]]:
    rng = random.Random(f"talk {number}")
    name = rng.choice(["刘雨桐", "陈思远", "王建国"])
    thing, days = rng.choice("台灯 水壶 音箱 键盘 风扇".split()), rng.randint(2, 30)  # noqa: SIM905
    said = (
        ("system", "会话已接入，排队 3 秒"),
        (
            "customer",
            f"我叫{name}，{thing}用了{days}天就不亮了，第{number}单，能换吗？",
        ),
        ("agent", f"{thing}在{days}天内坏了是可以换的，请留一个电话，我们{rng.randint(1, 5)}天内联系您。"),
        ("customer", f"1{rng.choice('3578')}{rng.randint(100_000_000, 999_999_999)}"),
        ("agent", "感谢您的咨询，如果对本次服务满意请给个五星好评哦～"),
    )
    start = 1_700_000_000 + number * 7_200
    return [
        {"user_id": f"u{number % 40}", "time": start + at * 60, "role": role, "content": content}
        for at, (role, content) in enumerate(said)
    ]
