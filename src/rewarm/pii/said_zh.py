"""Chinese names that a form, a list, a greeting or a signature says; these need no weighing.

After 姓名： and labels like it any two to four characters are a name; after labels that only persons
bear, what is no word of the dictionary. Given names stand alone where somebody is greeted or acts.
"""

import re
from collections.abc import Iterator

from rewarm.pii.evidence_zh import ALL_SURNAMES, COMPOUNDS, LABELS, NO_PERSONS, TITLES, label_before
from rewarm.pii.finding import HAN, Finding
from rewarm.pii.name_lists import COMMON_GIVEN, COMPOUND, GIVEN
from rewarm.pii.segments import is_word

_SURNAME = f"(?:{'|'.join(COMPOUND)}|[{''.join(sorted(ALL_SURNAMES))}])"
_COMMON = "".join(sorted(COMMON_GIVEN))
# Behind a mark, a run of two to four characters that ends there.
_VALUE = re.compile(f"[：:=|（(“\"'　 ]([{HAN}]{{2,4}})(?![{HAN}])")
_ASKS_FOR_NAMES = re.compile("(?:姓名|名字|[户署]名|签[名字]|落款)$|^(?:我叫|名叫|叫做)$")
_PERSONS = re.compile("[人员者长主客方]$|告$|^患|^[产伤死]|[医教]师$|本人|法人")
_NOTHING = re.compile(
    "性别|年龄|部门|老师|马上|未知|不详|暂无|测试|必填|选填|可选|同上|保密|匿名|姓名|名称|名字|号码?$|电话|签[名字章]|盖章"
)
_CALLED = re.compile(f'姓[“"「 ]?({_SURNAME})(?=[”"」，。、,的） ]|$)')
_SPACED = re.compile(
    "(?:[姓户] {0,8}名[：:|]|[患学]者?[：:|]|人[：:|]|审判[长员]|书记员|陪审员|代理人) {0,6}"
    f"([{HAN}] [{HAN}](?: [{HAN}])?)(?= {{2,}}| ?\n| ?$| ?[，。|])"
)
_OFFICE = re.compile(
    "(?:审 {0,4}判 {0,4}[长员]|书 {0,4}记 {0,4}员|陪 {0,4}审 {0,4}员|法 {0,2}官 {0,2}助 {0,2}理)"
    f"[ ：:]{{1,8}}([{HAN}](?: ?[{HAN}]){{1,3}})(?= *(?:\n|$))"
)
_PRESENT = re.compile(
    "(?:参会|出席|与会|列席|参加|到会|小组|项目组|应到|实到|缺席)(?:人员|成员|名单|代表|人)?[：:] ?"
    f"([{HAN}]{{2,4}}(?:[、，,][{HAN}]{{2,4}}){{1,20}})(?![{HAN}])"
)
_GREETED = re.compile(
    r"(?:H(?<!\w.)(?:i|ello) ?|h(?<!\w.)(?:i|ello) ?|D(?<!\w.)ear ?|d(?<!\w.)ear ?|亲爱的|@)"
    f"([{''.join(sorted(GIVEN))}]{{2}})(?=[，,！! :：]|妈|爸|$)"
)
# Patterns begin with a character or a set of some, which the search for them skips to.
_DOES = (
    "(?=已经|说|去|来了|一起|都|也[来去在]|你|[跟和给]我|"
    "的(?:婚礼|生日|电话|微信|妈妈|爸爸|孩子|老婆|老公|媳妇))"
)
_ALONE = (
    re.compile(f"(?:我[和跟]|你[和跟]|他[和跟]|她[和跟]|让|叫|帮|问问|找)([{_COMMON}]{{2}}){_DOES}"),
    re.compile(f"([{_COMMON}](?<![{HAN}].)[{_COMMON}]){_DOES}"),
)
_SIGNED = re.compile(
    f"(?:—(?<=[。！？.!?]—)—?|-(?<=[。！？.!?]-)-)({_SURNAME}[{HAN}]{{1,2}})"
    "(?= ?(?:20[0-9]{2}|[0-9]{1,2}月|\n|$))"
)
_DOUBLED = re.compile(
    f"(?:孩子|宝宝|女儿|儿子|孙女|孙子|闺女|我们?家|宝贝|小朋友)(([{''.join(sorted(GIVEN))}])\\2)(?![{HAN}]*店)"
)
_NICKNAMED = re.compile(
    f"([小阿老][{''.join(sorted(ALL_SURNAMES))}{_COMMON}])(?=[：:]| [0-9]{{1,2}}:[0-9]{{2}})"
)
# What may stand between the beginning of a line and who speaks.
_TIME = re.compile("(?:[\\[(]?[0-9:： /-]{4,20}[\\])]? ?)?")
_ANY_SPACED = re.compile(f" [{HAN}]")


def find(text: str) -> Iterator[Finding]:
    """Names by labels, titles and self-introduction. `sure=False`: form alone does not decide."""
    yield from _labelled(text)
    for match in _PRESENT.finditer(text):
        at = match.start(1)
        for part in re.split("[、，,]", match[1]):
            if (
                (part[0] in ALL_SURNAMES or part[:2] in COMPOUNDS)
                and part not in NO_PERSONS
                and part not in LABELS
            ):
                yield Finding(at, at + len(part), "name")
            at += len(part) + 1
    for pattern in (_SPACED, _OFFICE) if _ANY_SPACED.search(text) else ():
        for match in pattern.finditer(text):
            yield Finding(*match.span(1), "name")
    for match in _CALLED.finditer(text):
        yield Finding(*match.span(1), "name", sure=False)
    patterns = [_GREETED, _DOUBLED, *_ALONE]
    if "—" in text or "--" in text:
        patterns.append(_SIGNED)
    for pattern in patterns:
        for match in pattern.finditer(text):
            if not is_word(match[1]):
                yield Finding(*match.span(1), "name", sure=False)
    for match in _NICKNAMED.finditer(text):
        if _TIME.fullmatch(text, text.rfind("\n", 0, match.start()) + 1, match.start()):
            yield Finding(*match.span(1), "name", sure=False)


def _labelled(text: str) -> Iterator[Finding]:
    for match in _VALUE.finditer(text):
        start, end = match.span(1)
        mark = text[match.start()]
        back = text[max(0, start - 20) : start].rstrip(" ：:=|（()）“\"'　<>")
        label = label_before(back.replace(" ", "").replace("　", ""))
        if not label:
            continue
        value = match[1]
        if value in NO_PERSONS or value in LABELS or _NOTHING.search(value) or value[1:] in TITLES:
            continue
        told = mark in "：:=" or text[start - 2 : start - 1] in ("：", ":", "=")
        if _ASKS_FOR_NAMES.search(label):
            if told or (mark not in "（(" and not is_word(value)):
                yield Finding(start, end, "name")
        elif _PERSONS.search(label):
            surname = value[0] in ALL_SURNAMES or value[:2] in COMPOUNDS
            if told and (surname if len(value) < 4 else value[:2] in COMPOUNDS):
                yield Finding(start, end, "name")
