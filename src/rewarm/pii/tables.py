"""Columns: what a table's head calls a name, a number, a card is one in every row below.

CSV, tabs and Markdown's bars, in a whole file or in the middle of a text. In a cell stands no sentence
that could speak for a value, so the head does; a cell must still have the shape of what the head says.
"""

import re
from collections.abc import Generator, Iterator

from rewarm.pii.finding import Finding
from rewarm.pii.said_latin import is_person

_HEADS = {
    "name": (
        r"[\u4e00-\u9fff]{2}人|业主|住户|会员|客户|buyer|seller|client|recipient|(?:客户|用户|员工|学生|"
        r"患者|病人|"
        r"联系人|收件人|收货人|寄件人|乘客|旅客|持卡人|司机|家长|"
        r"本人|户主|申请人)?(?:姓名|名字)|"
        r"姓名/?name|联系人|收件人|收货人|寄件人|司机|驾驶员|患者|持卡人|户名|户主|负责人|经办人|"
        r"full[ _]?name|first[ _]?name|last[ _]?name|surname|given(?:[ _]?names?)?|family[ _]?name|"
        r"(?:customer|patient|employee|student|guest|contact|passenger|driver)(?:[ _]?name)?|payee|"
        r"holder|consignee|shipper|traveller|name"
    ),
    "phone": r"(?:联系|手机|移动|固定)?(?:电话|手机)(?:号码?)?|手机|联系方式|tel|telephone|"
    r"phone(?:[ _]?(?:no\.?|number))?|mobile|cell",
    "identity": r"(?:居民)?身份证(?:号码?)?|证件号码?|公民身份号码|id[ _]?(?:no\.?|number|card)|ssn|"
    r"national[ _]?id",
    "passport": r"护照(?:号码?)?|通行证(?:号码?)?|passport(?:[ _]?(?:no\.?|number))?",
    "plate": r"车牌(?:号码?)?|车号|car|vehicle(?: ?reg)?|rego|plate(?:[ _]?(?:no\.?|number))?|"
    r"reg(?:istration)?|vrm",
    "card": r"(?:银行)?卡号|银行账号|账号|iban|(?:bank[ _]?)?acc(?:oun)?t(?:[ _]?(?:no\.?|number))?|"
    r"card(?:[ _]?(?:no\.?|number))",
    "address": r"ship to|房号地址|(?:家庭|联系|收货|通讯|住)?(?:地址|住址)|address",
    "order": r"order|单号|(?:订单|运单|快递单|工单|保单)(?:编?号)|order[ _]?(?:id|no\.?|number)|"
    r"tracking[ _]?(?:no\.?|number)",
}
_HEAD = {type: re.compile(pattern, re.I) for type, pattern in _HEADS.items()}
WORDS = (
    *(
        "姓名",
        "名字",
        "电话",
        "手机",
        "联系人",
        "收件人",
        "收货人",
        "司机",
        "患者",
        "户名",
        "身份证",
        "护照",
        "车牌",
        "业主",
        "编号",
        "联系方式",
        "修人",
        "地址",
        "订单",
        "卡号",
    ),
    *(
        "name",
        "phone",
        "mobile",
        "passport",
        "plate",
        "ssn",
        "iban",
        "order",
        "buyer",
        "ship to",
        "patient",
        "employee",
        "customer",
        "consignee",
        "guest",
    ),
)
_SHAPES = {
    "phone": re.compile(r"[+(]?[0-9][0-9 ().-]{5,18}[0-9](?: ?(?:x|ext\.?|转) ?[0-9]{1,6})?"),
    "identity": re.compile(r"[0-9A-Z][0-9A-Z -]{6,20}[0-9A-Zx]", re.I),
    "passport": re.compile(r"[A-Z]{0,3}[0-9][0-9A-Z]{5,10}"),
    "plate": re.compile(r"[\u4e00-\u9fff]?[A-Z0-9][A-Z0-9 ·•-]{3,9}[\u4e00-\u9fff]?"),
    "card": re.compile(r"(?:[A-Z]{2}[0-9]{2}[A-Z0-9 ]{8,30}|[0-9][0-9 -]{6,28}[0-9])"),
    "address": re.compile(r"[^\n]{5,120}"),
    "order": re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{5,30}"),
}
_ZH_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]{1,8}(?:[·•][\u4e00-\u9fff]{1,8}){1,3}")
_NO_NAME = re.compile(r"姓名|名称|合计|总计|小计|备注|未知|不详|暂无|无|测试|部|科|公司|中心|店|组|厂|处|队")
_RULE = re.compile(r"[\s|:=+-]+")
_LINE = 2000
_ROWS = 100_000
_DELIMITERS = ("|", "\t", ",", "，", ";")


def find(text: str, places: list[int]) -> Iterator[Finding]:
    """Cells under heads that say what they are; places: where the words of heads stand, sorted."""
    done = 0
    for low in places:
        if low < done:
            continue
        start = text.rfind("\n", 0, low) + 1
        end = text.find("\n", low)
        if end < 0:
            return
        done = end
        if end - start > _LINE:
            continue
        line = text[start:end]
        for delimiter in _DELIMITERS:
            if delimiter not in line or (delimiter == ";" and line.rstrip().endswith(";")):
                continue
            # Rows are as wide as their head.
            if text[end + 1 : end + 1 + _LINE].split("\n", 1)[0].count(delimiter) < max(
                1, line.count(delimiter) - 1
            ):
                continue
            columns = _columns(line.split(delimiter))
            # Semicolons end statements: there one told head is not enough.
            if len(columns) > (delimiter == ";"):
                # A row is no head again.
                done = yield from _rows(text, end + 1, delimiter, columns, line.count(delimiter))
                break


def _columns(cells: list[str]) -> dict[int, str]:
    """Column → type, for heads that are told; a sentence with a comma has cells that no head is."""
    found = {}
    for place, cell in enumerate(cells):
        head = cell.strip(" *\"'`\r")
        for type, pattern in _HEAD.items():
            if head and pattern.fullmatch(head):
                found[place] = type if head.lower() != "name" else "name?"
                break
    return found


def _rows(
    text: str, at: int, delimiter: str, columns: dict[int, str], count: int
) -> Generator[Finding, None, int]:
    """Cells of the rows from `at` on; returns where they end."""
    for _ in range(_ROWS):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end]
        if not line.strip() or line.count(delimiter) < max(1, count - 1) or len(line) > _LINE:
            return at
        if not _RULE.fullmatch(line):
            place = at
            for column, cell in enumerate(line.split(delimiter)):
                type = columns.get(column)
                value = cell.strip(" *\"'`\r")
                if type and value and _is_value(type, value):
                    start = place + cell.index(value)
                    yield Finding(start, start + len(value), type.rstrip("?"))
                place += len(cell) + len(delimiter)
        if end == len(text):
            return end
        at = end + 1
    return at


def _is_value(type: str, value: str) -> bool:
    if type.startswith("name"):
        if not value.isascii() and _ZH_NAME.fullmatch(value):
            return type == "name" and not _NO_NAME.search(value)
        return is_person(
            value.replace(",", "").split(), asks=2 if type == "name?" else 0, lone=type == "name"
        )
    return _SHAPES[type].fullmatch(value) is not None and any(
        letter.isdigit() or letter in "一二三四五六七八九十" for letter in value
    )
