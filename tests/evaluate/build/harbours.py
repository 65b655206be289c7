"""Documents of two invented kinds of rules, in English and Chinese: every sentence has its own facts.

A regulation has a title and articles; it names terms that several regulations share, numbers with units, and
its own articles. One line is the same in all, as boilerplate is. Names are random, so that no two sentences
are near-duplicates.
"""

import json
import random
from pathlib import Path

TERMS = [
    f"{first} {second}"
    for first in ("dredging", "pilot", "mooring", "ballast", "cargo", "anchor", "signal", "tidal")
    for second in ("ladder", "winch", "gauge", "manifest", "lamp", "locker", "bell", "register")
]
TERMS_ZH = [
    f"{first}{second}"
    for first in ("船舶", "货物", "港口", "海关", "航道")
    for second in ("清单", "档案", "保险", "标志", "设备")
]
DUTIES = ("inspects", "repairs", "records", "replaces", "measures", "certifies", "weighs", "hands over")
BOILERPLATE = "The competent ministry publishes every amendment of this regulation in the official gazette."
_DIGITS = "一二三四五六七八九"


def regulation(number: int) -> str:
    """An English regulation."""
    rng = random.Random(f"regulation {number}")
    lines = [f"Harbour Regulation of {_name(rng)}", BOILERPLATE]
    for article in range(1, 13):
        term, other = rng.sample(TERMS, 2)
        duty, days = rng.choice(DUTIES), rng.randint(3, 90)
        lines.append(
            f"Article {article} In {_name(rng)} the warden {_name(rng)} {duty} the {term} in {days} days, "
            f"and {_name(rng)} of {_name(rng)} keeps it by the {other} of {_name(rng)}."
        )
    return "\n".join(lines)


def regulation_zh(number: int) -> str:
    """A Chinese one."""
    rng = random.Random(f"条例 {number}")
    lines = [f"第{number}号港口管理条例"]
    for article in _DIGITS:
        term, other = rng.sample(TERMS_ZH, 2)
        days = f"{rng.choice(_DIGITS[1:])}十日"
        lines.append(
            f"第{article}条 {_name_zh(rng)}码头在{days}内检查{term}，"
            f"{_name_zh(rng)}仓库保存{other}，{_name_zh(rng)}负责。"
        )
    return "\n".join(lines)


def _name(rng: random.Random) -> str:
    return "".join(
        rng.choices(("al", "bre", "cor", "dun", "est", "fen", "gar", "hol", "iv", "jar"), k=3)
    ).title()


def _name_zh(rng: random.Random) -> str:
    return "".join(rng.choices("东西南北海江河湖山川云石林田玉梅兰竹菊松柏杨柳", k=5))


def write(folder: Path, english: int = 60, chinese: int = 30) -> None:
    """Two sources of regulations, as JSON lines in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, number, make in (("en", english, regulation), ("zh", chinese, regulation_zh)):
        lines = [json.dumps({"text": make(one)}, ensure_ascii=False) for one in range(number)]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
