"""Styles and parts of typst sources for pages whose text is known: fonts, sizes, margins by a seed."""

import random
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from made_pages import Typeset

_EN = re.findall(
    r"\S+",
    "agreement notice party obligation performance service delivery payment termination liability court "
    "confidential information judgment evidence witness statement contract property transfer agency "
    "tenant the the the of of and and in in to to a a is that for with by on as not any shall may under "
    "between before after this it was were which from at be have has been or an are their its more such "
    "when where administration responsibility representation constitutional interpretation "
    "notwithstanding measurement circumstances international communication organisation manufacturing "
    "approximately temperature system efficient office affidavit workflow flight difficult configuration "
    "version kernel function variable long-term third-party well-known non-binding state-owned reasonable "
    "written immediately available Tokyo Vienna Taxation Working WAVE Yesterday AVAILABLE Professor "
    "Valley Tuesday Parliament NATO UNESCO 2024 17 3.5 42% 1,250 §12 (see below) e.g. i.e. figure result "
    "method sample value water people year",
)
_DE = re.findall(
    r"\S+",
    "der die das und in zu den mit von für auf ist im dem nicht ein eine als auch es an werden aus er hat "
    "dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor "
    "Bundesverfassungsgericht Arbeitnehmerüberlassung Grundstückseigentümer Vertragsbedingungen Kündigung "
    "Rechtsanwaltskammer Gewährleistungsansprüche Zahlungsverpflichtung Verwaltungsgerichtsbarkeit Straße "
    "Entscheidung Verantwortung Übereinstimmung Sicherheitsvorschriften Mietverhältnis Wohnungsübergabe "
    "größer maßgeblich außergewöhnlich selbstverständlich wirtschaftlich öffentlich Änderung Ökologie",
)
_ZH = re.findall(
    r"\S+",
    "当事人 应当 按照 合同 约定 全面 履行 自己的 义务 不得 擅自 "
    "变更 或者 解除 人民法院 依法 受理 案件 审理 判决 证据 申请 "
    "执行 财产 保全 责任 赔偿 损失 违约 期限 届满 通知 对方 协商 一致 "
    "以及 其他 规定 的 的 和 在 由 向 是 国家 社会 经济 "
    "发展 研究 方法 结果 表明 数据 系统 模型 训练 学习 语言 信息 技术 问题 分析 影响 我们 可以 进行",
)
_TERMS = re.findall(r"\S+", "GPU API v2.0 TensorFlow 2024 Python 15% 3.5kg CPU OpenAI HTTP")
_AR = re.findall(
    r"\S+",
    "في من على إلى أن هذا التي كان عن مع العقد المحكمة القانون الطرف الخدمة المعلومات الحق المادة بين قبل",
)
_HE = re.findall(
    r"\S+", "של על את הוא היא לא כל בית המשפט החוזה הצדדים הסכם תשלום מידע שירות לפני אחרי בין חוק זכות"
)


def english(rng: random.Random, sentences: int) -> str:
    made = []
    for _ in range(sentences):
        words = rng.choices(_EN, k=rng.randint(5, 22))
        if rng.random() < 0.3:
            words[rng.randrange(len(words) - 1)] += ","
        made.append(" ".join([words[0][:1].upper() + words[0][1:], *words[1:]]) + rng.choice("....;?"))
    return " ".join(made)


def german(rng: random.Random, sentences: int) -> str:
    made = []
    for _ in range(sentences):
        words = rng.choices(_DE, k=rng.randint(6, 18))
        made.append(" ".join([words[0][:1].upper() + words[0][1:], *words[1:]]) + ".")
    return " ".join(made)


def chinese(rng: random.Random, sentences: int) -> str:
    return "".join(
        "，".join("".join(rng.choices(_ZH, k=rng.randint(3, 9))) for _ in range(rng.randint(1, 3)))
        + rng.choice("。。。；？")
        for _ in range(sentences)
    )


def mixed(rng: random.Random, sentences: int) -> str:
    """Chinese with English words, numbers and units in it."""
    made = []
    for _ in range(sentences):
        parts = []
        for _ in range(rng.randint(3, 8)):
            parts.append("".join(rng.choices(_ZH, k=rng.randint(1, 3))))
            if rng.random() < 0.5:
                parts.append(
                    " "
                    + rng.choice(
                        [
                            "GPU",
                            "API",
                            "v2.0",
                            "TensorFlow",
                            "2024",
                            "Python",
                            "15%",
                            "3.5kg",
                            "CPU",
                            "OpenAI",
                            "HTTP",
                        ]
                    )
                    + " "
                )
        made.append("".join(parts).strip() + "。")
    return "".join(made)


def arabic(rng: random.Random, sentences: int) -> str:
    return " ".join(" ".join(rng.choices(_AR, k=rng.randint(6, 16))) + "." for _ in range(sentences))


def hebrew(rng: random.Random, sentences: int) -> str:
    return " ".join(" ".join(rng.choices(_HE, k=rng.randint(6, 16))) + "." for _ in range(sentences))


def escaped(text: str) -> str:
    return re.sub(r"([#*_$@<>`~\\\[\]=+/-])", r"\\\1", text)


_PAPERS = ("a4", "us-letter", "a5", "iso-b5")
_LATIN = ["Libertinus Serif", "New Computer Modern", "Liberation Serif", "Liberation Sans",
          "TeX Gyre Pagella",
          "TeX Gyre Heros", "FreeSerif", "EB Garamond", "Roboto", "DejaVu Serif"]  # fmt: skip
_HAN = ["Noto Serif SC", "Noto Sans SC", "AR PL UMing CN", "WenQuanYi Zen Hei"]


@dataclass
class Page:
    """A typst document as it grows, and the paragraphs that it should read as."""

    rng: random.Random
    lang: str = "en"
    columns: int = 1
    flipped: bool = False
    around: str = ""
    parts: list[str] = field(default_factory=list)
    source: list[str] = field(default_factory=list)
    furniture: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    set_rules: str = ""
    fonts: tuple[str, ...] = ()

    def add(self, source: str, *parts: str) -> None:
        self.source.append(source)
        self.parts += parts

    def paragraph(self, text: str) -> None:
        self.add(escaped(text), text)

    def text(self, sentences: int = 5) -> str:
        make = {"zh": chinese, "de": german, "ar": arabic, "he": hebrew}.get(self.lang, english)
        return make(self.rng, sentences)

    def prose(self, paragraphs: int) -> None:
        for _ in range(paragraphs):
            self.paragraph(self.text(self.rng.randint(2, 8)))

    def typeset(self, name: str) -> Typeset:
        rng = self.rng
        paper = rng.choice(_PAPERS)
        if self.columns >= 2 and not self.flipped:
            paper = rng.choice(["a4", "us-letter"])
        size = rng.choice([9, 10, 10.5, 11, 12]) if self.columns < 3 else rng.choice([8, 9, 10])
        if paper == "a5":
            size = min(size, 10)
        margin = rng.choice([14, 18, 22, 25] if paper != "a5" else [14, 16, 18])
        indented = rng.random() < 0.5 or self.lang == "zh"
        indent = ("2em" if self.lang == "zh" else rng.choice(["1em", "1.5em"])) if indented else "0em"
        spacing = rng.choice(["0.65em", "0.8em"]) if indented else rng.choice(["1.1em", "1.4em"])
        justify = rng.random() < 0.75
        latin, han = rng.choice(available(_LATIN)), rng.choice(available(_HAN))
        fonts = ", ".join(f'"{one}"' for one in (*self.fonts, latin, han))
        shown = "flipped: true, " if self.flipped else ""
        head = (
            f'#set text(size: {size}pt, lang: "{self.lang}", font: ({fonts}), '
            f"hyphenate: {str(justify or rng.random() < 0.3).lower()})\n"
            f"#set par(justify: {str(justify).lower()}, "
            f"first-line-indent: (amount: {indent}, all: true), "
            f"spacing: {spacing}, leading: {rng.choice(['0.55em', '0.65em', '0.8em'])})\n"
            f"#set columns(gutter: {rng.choice(['4mm', '6mm', '8mm'])})\n"
            f'#set page("{paper}", {shown}margin: {margin}mm, columns: {self.columns}, {self.around})\n'
            f"{self.set_rules}\n"
        )
        return Typeset(name, compiled(head + "\n\n".join(self.source)), tuple(self.parts), self.furniture)


def font_folders() -> list[str]:
    import os

    import pylopdf_fonts_zh_cn

    found = [str(Path(pylopdf_fonts_zh_cn.__file__).parent)]
    if more := os.environ.get("REWARM_TEST_FONTS"):
        found.append(more)
    try:
        import fontpkg_amiri

        found.append(str(Path(fontpkg_amiri.__file__).parent))
    except ImportError:
        pass
    return found


@lru_cache(maxsize=1)
def families() -> frozenset[str]:
    import os

    import typst

    system = bool(os.environ.get("REWARM_TEST_FONTS"))
    return frozenset(typst.Fonts(include_system_fonts=system, font_paths=font_folders()).families())


def available(names: list[str]) -> list[str]:
    return [name for name in names if name in families()]


@lru_cache(maxsize=64)
def compiled(source: str) -> bytes:
    import typst

    made = typst.compile(source.encode(), font_paths=font_folders(), format="pdf")
    assert isinstance(made, bytes)
    return made
