"""Postal addresses in Chinese, from their house number leftwards.

A house number behind a road is the rare part; whether it is an address is then read around it. A
district alone, or a road without a number, places many people and is left, unless province, city,
district and road stand together.
"""

import re
from collections.abc import Iterable, Iterator

from rewarm.pii.detector import Detector
from rewarm.pii.finding import Finding, before
from rewarm.pii.places import CITIES, PROVINCES

_NUMBER = (
    r"(?:增?[0-9]{1,5}(?:[-—~至][0-9]{1,5})?|[A-Za-z][0-9]{0,4}|[0-9]{1,4}[A-Za-z]|"
    r"[0-9]{1,4}[甲乙丙丁][0-9]{0,3}|[甲乙丙丁]字[0-9]{1,4}|"
    r"[一二三四五六七八九十百]{1,5}|[甲乙丙丁][0-9]{1,4}|[甲乙丙丁东西南北])"
)
_UNIT = "仓|号门|号楼|号院|号|弄|巷|栋|幢|座|单元|楼|层|室|房|户|排|组|社|门|期|区|院|支弄"
# First characters of a unit.
UNITS = "仓号弄巷栋幢座单楼层室房户排组社门期区院支"
_ANCHOR = re.compile(
    rf"(?:路|街|道|巷|弄|胡同|里|村|屯|庄|寨|小区|花园|家园|苑|园|城|府|湾|广场|大厦|公寓|社区|"
    rf"新村|镇|段|条|公馆|名邸|中心|大院|社|组|区|坊|营|沟|湾|坪|坝|堡|埭)"
    rf"(?:[(（][^)）\n]{{1,12}}[)）])?(?:[东西南北中一二三四五六七八九十]段|"
    rf"[东西南北中])? ?{_NUMBER} ?(?:{_UNIT})|"
    # 何庄村笪家边18号
    r"村[\u4e00-\u9fff]{1,5}[0-9]{1,4}号|"
    # 和平花园9-2-1101
    r"(?:小区|花园|家园|苑|园|城|府|公寓|社区|新村|庭|居|里|邨)[0-9]{1,3}-[0-9]{1,3}-[0-9]{3,4}(?![0-9-])"
)
_TAIL = re.compile(
    rf"(?:[ ,，]?(?:之[一二三四五六七八九十0-9]|院内|内|附[0-9]{{1,4}}号|{_NUMBER} ?(?:{_UNIT})|"
    rf"[\u4e00-\u9fff]{{2,10}}?(?:{_NUMBER})(?:{_UNIT})|"
    rf"[0-9]{{1,4}}-[0-9]{{1,4}}(?:-[0-9]{{1,4}})?(?:室|号|房)?|[#＃]?[0-9]{{3,4}}(?![0-9元年月万])|"
    r"[\u4e00-\u9fff]{2,8}?(?:大厦|小区|花园|公寓|广场|家园|中心|苑)|[，, (（]{0,2}(?:邮编|"
    r"邮政编码)[：: ]{0,2}[0-9]{6}[)）]?))"
)
# 友谊南路梅江华厦津典6号楼2门1103: a building behind a name that no ending betrays.
_BUILDING = re.compile(
    r"[0-9]{1,4}(?:号楼|栋|幢)(?:[0-9]{1,3}(?:门|单元))?(?:[0-9]{1,2}[楼层])?(?:[0-9]{3,4}室?)?"
)
_NOT_PART = re.compile("[，。；：、,;:\n的将有共建]")
# 十里一座, 村里三户: counted, not numbered.
_COUNTED = re.compile(r"[里村园城区镇][一二三四五六七八九十百]{1,3}[座幢户层]")
# What is said to be somewhere, before the place itself.
_SAID = re.compile(r"[)）]|地址(?:是在|是|在|有)?|位于")
_LEVELS = re.compile(
    r"[\u4e00-\u9fff]{2,9}?(?:省|自治区|特别行政区|自治州|地区|盟|市|区|县|旗|州|乡|镇|街道|开发区|"
    r"新区|村|路|大道|大街|街|巷|道|里|弄|胡同|"
    r"社区|小区|花园|园区)"
)
_PLACE = "|".join([*sorted(PROVINCES, key=len, reverse=True), *sorted(CITIES, key=len, reverse=True)])
_ADMIN = re.compile(_PLACE)
# Behind the name of a city or province.
_FULL = re.compile(
    r"(?:[\u4e00-\u9fff]{2,8}?(?:市|区|县|州)){1,2}(?:[\u4e00-\u9fff]{1,8}?(?:镇|乡|街道))?"
    r"[\u4e00-\u9fff]{1,8}?(?:路|大道|大街|街|巷|村|小区|花园|社区)(?![\u4e00-\u9fff]{0,3}(?:局|会|"
    r"所|院|厅|公司|派出))"
)
_HOME = re.compile("住|家|户籍|籍贯|寄|送|收|址")
_SENTENCE = re.compile("[的为以和至与是于站线购]|[铁公水]路$|道路$")
_BEFORE = re.compile(
    r".*(?:地址|住址|住所地?|位于|坐落于|座落于|家住|现住|居住在|住在|户籍地?|籍贯|寄到|寄往|寄至|"
    r"送到|送至|发到|发往|搬到|搬至|搬去|来到|赶到|前往|"
    r"回到|收货|配送|购入|购得|迁至|迁往|设于|设在|建于|现址|月[0-9]+日|住|在|是|到|为|于|往|至|去|"
    r"从|的|址|我家|公司|你家|他家|她家|就|：|:|请|了|"
    r"和|与|及|即|系|店|给)"
)
_NOT_ADDRESS = re.compile(r"第$|字$|[〕】\]]$")
_HAN_BEFORE = re.compile(r"[\u4e00-\u9fff0-9A-Za-z()（）·-]{0,44}$")


def _building(text: str, low: int, high: int) -> Iterator[Finding]:
    for match in _BUILDING.finditer(text, low, high):
        place = _ADMIN.search(text, max(0, match.start() - 30), match.start())
        if place and not _NOT_PART.search(text, place.end(), match.start()):
            yield Finding(place.start(), match.end(), "address")


def _numbered(text: str, low: int, high: int) -> Iterator[Finding]:
    reached = 0
    for match in _ANCHOR.finditer(text, low, high):
        if match.start() >= reached and (found := _chinese(text, match, reached)):
            reached = found.end
            yield found


def _full(text: str, start: int, end: int) -> Iterable[Finding]:
    """Province, city, district and road without a number, behind 住, 寄, 址 …"""
    match = _FULL.match(text, end) if before(text, start, _HOME, 16) else None
    if match is None or _SENTENCE.search(match[0]):
        return ()
    return (Finding(start, match.end(), "address"),)


def _chinese(text: str, anchor: re.Match[str], floor: int) -> Finding | None:
    left = _HAN_BEFORE.search(text, max(floor, anchor.start() - 44), anchor.start())
    if left is None:
        return None
    if _COUNTED.fullmatch(anchor[0]):
        return None
    start = max((match.end() for match in _SAID.finditer(left[0])), default=0) + left.start()
    start = _trimmed(text, min(start, anchor.start()), anchor.start() + 1)
    if _NOT_ADDRESS.search(text[max(0, start - 1) : start]):
        return None
    name = text[start : anchor.start() + 1]
    # A road has a name of its own: 中山路, not 路; levels before it count too.
    if len(name) < 3 and not _LEVELS.match(name):
        return None
    end = anchor.end()
    for _ in range(5):
        tail = _TAIL.match(text, end)
        if tail is None or tail.end() == end:
            break
        end = tail.end()
    division = _ADMIN.match(text, start) or _LEVELS.search(text, start, anchor.end())
    listed = re.search(
        r"[路街道巷弄](?:[东西南北中一二三四五六七八九十]段|"
        r"[东西南北中])?[甲乙丙丁]?[0-9]{1,5}(?:-[0-9]{1,4})?[号弄]|胡同|[栋幢座单元]|[0-9]号[楼院]|[0-9]室|小区|"
        r"花园|苑|村|[0-9]-[0-9]{1,3}-[0-9]{3}",
        text[start:end],
    )
    return Finding(start, end, "address", sure=bool(division)) if division and listed else None


def _trimmed(text: str, start: int, end: int) -> int:
    """Where the address begins: at the first known place, else after the last word that leads to one."""
    place = _ADMIN.search(text, start, end)
    if place:
        return place.start()
    lead = _BEFORE.match(text, start, end)
    return lead.end() if lead else max(start, end - 14)


_NUMBER_UNITS = (
    *(f"{last}{unit}" for last in "甲乙丙丁东西南北一二三四五六七八九十百" for unit in UNITS),
    *(f"{last}{unit}" for last in "abcdefghijklmnopqrstuvwxyz" for unit in "号栋幢座单楼室房区"),
)
DETECTORS = (
    Detector(_building, ("号楼", "栋", "幢"), merged=True, before=6, after=20),
    Detector(_numbered, _NUMBER_UNITS, shape="unit", merged=True, before=32, after=2),
    Detector(_full, (*PROVINCES, *CITIES)),
)
