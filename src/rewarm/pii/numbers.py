"""Identity numbers, bank cards and accounts, by form and checksum.

A checksum raises confidence but is not required where the form is specific enough: a mistyped identity number
is still one. Runs of digits in groups are cut at every place, since in a table the next
column follows after a single space.
"""

import re
from collections.abc import Iterator
from datetime import date

from rewarm.pii.detector import DIGIT, Detector, labelled, listed
from rewarm.pii.finding import Finding, alone, around, before, is_quantity

_RUN = re.compile(r"[0-9](?:[ -]?[0-9]){11,63}[Xx]?")
_GROUP = re.compile(r"[0-9]+[Xx]?")
_SSN = re.compile(r"[0-8][0-9]{2}-[0-9]{2}-[0-9]{4}")
_SSN_LABELLED = re.compile(
    r"(?:SSN|ssn|"
    r"\b[Ss]ocial(?: [Ss]ecurity)?\b)[^0-9\n]{0,24}([0-8][0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{4})(?![0-9])"
)
_SHORT = re.compile(r"[1-9][0-9]{14}(?![0-9])")
_LICENCE = re.compile(
    r"(?:(?i:driver'?s?'? licen[cs]e|driving licen[cs]e)|\bDL|[Nn]ational [Ii]nsurance|NINO?)"
    r"(?: (?:number|no\.?|No\.?|NO\.?|NUMBER|#|is|ID|card|\([A-Z]{2}\)))*[ :：#.]{0,3}"
    r"([A-Z9]{5} ?[0-9]{6} ?[A-Z0-9]{5}(?: [0-9]{2})?|[A-Z]{0,2}[0-9][A-Z0-9 -]{4,18}[A-Z0-9])\b"
)
_LABELLED_ACCOUNT = re.compile(
    r"(?:银行[账帐][号户]|[账帐]号(?=[：: 是为]{0,2}[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4})|[账帐]户号?码?|"
    r"银行卡号?|储蓄卡号?|"
    r"信用卡号?|借记卡号?|卡号|收款[账帐]号|"
    r"开户[^\n]{0,14}[账帐]号|汇款[账帐]号|"
    r"[Bb]ank account|\b[Aa]/[Cc]\b(?: ?[Nn]o\.?)?|[Aa]ccount (?:number|no\.?|#)|"
    r"[Aa]cct\.? ?(?:no\.?|#)?|\bAcc\.? ?[Nn]o\.?|[Cc]ard (?:number|"
    r"no\.?)|[Cc]redit card|[Dd]ebit card)"
    r"[^0-9\n。；;]{0,12}([0-9](?:[ -]?[0-9]){7,24})(?![0-9])"
)
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?")
_IBAN_LABEL = re.compile(r"\bIBAN\b")
_LICENCE_BRITISH = re.compile(r"[A-Z]{1,5}9{0,4}[0-9]{6}[A-Z0-9]{2}[0-9][A-Z]{2}")
_LICENCE_CHINA = re.compile(
    r"(?:驾驶?证|驾照)(?:档案)?(?:编?号码?)?(?:是|为)?[：: ]{0,2}([A-Z][0-9]{7,8}|[0-9]{12}|"
    r"[0-9]{15})(?![0-9A-Za-z])"
)
_ID_WORDS = re.compile(
    r"身份证|证件|居民|身份号|公民|[一二]代证|户口|实名|ID[ :：]|\bid[_ ]?(?:no|num|card)|identity", re.I
)
_IDENTITY_LIKE = re.compile(r"[1-8][0-9]{5}(?:19|20)[0-9]{10}")
_CARD_WORDS = re.compile(
    r"卡|[转打汇]到|[转打汇]给|[账帐][号户]|card|\bPAN\b|visa|master|amex|account|银行|支付", re.I
)
_OTHER_WORDS = re.compile(
    r"(?:单号|流水|编号|序列号|时间戳|条码|条形码|信用代码|批号|"
    r"\bpart|model|supersedes|order|serial|tracking|invoice|timestamp|barcode|account id|request.?id|"
    r"trace.?id|snowflake)[^0-9。；;\n]{0,16}$",
    re.I,
)
_REGIONS = frozenset(
    listed(
        "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 "
        "63 64 65 71 81 82 83"
    )
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def find(text: str, low: int, high: int) -> Iterator[Finding]:
    """Identity numbers of China and the US, cards, IBANs, by their form and what stands near."""
    for run in _RUN.finditer(text, low, high):
        yield from _in_run(text, run)
    for match in _SHORT.finditer(text, low, high):
        start, end = match.span()
        if is_identity_15(match[0]) and alone(text, start, end) and before(text, start, _ID_WORDS, 60):
            yield Finding(start, end, "identity")
    for match in _SSN.finditer(text, low, high):
        start, end = match.span()
        free = alone(text, start, end) and not is_quantity(text, start, end)
        if free and is_ssn(match[0]) and not before(text, start, _OTHER_WORDS):
            yield Finding(start, end, "identity")
    for match in _IBAN.finditer(text, low, high):
        told = before(text, match.start(), _IBAN_LABEL, 12)
        if alone(text, *match.span()) and (told or is_iban(match[0].replace(" ", ""))):
            yield Finding(*match.span(), "card")


def _british_licence(text: str, low: int, high: int) -> Iterator[Finding]:
    for match in _LICENCE_BRITISH.finditer(text, low, high):
        if len(match[0]) == 16 and alone(text, *match.span()):
            yield Finding(*match.span(), "identity")


def _is_number(text: str, match: re.Match[str]) -> bool:
    start, end = match.span(1)
    if text[start - 1].isascii() and text[start - 1].isalpha():
        return False
    return not is_quantity(text, start, end) and sum(map(str.isdigit, match[1])) >= 5


def _in_run(text: str, run: re.Match[str]) -> Iterator[Finding]:
    groups = [match.span() for match in _GROUP.finditer(text, *run.span())]
    first = 0
    while first < len(groups):
        taken = first
        for last in range(min(len(groups), first + 6), first, -1):
            start, end = groups[first][0], groups[last - 1][1]
            kind = _kind(text, start, end, [stop - begin for begin, stop in groups[first:last]])
            if kind:
                yield Finding(start, end, kind)
                taken = last
                break
        first = max(taken, first + 1)


def _kind(text: str, start: int, end: int, sizes: list[int]) -> str | None:
    total = sum(sizes)
    if not 13 <= total <= 19 or (min(sizes) < 2 and sizes != [4, 4, 4, 4, 1]) or not _edges(text, start, end):
        return None
    digits = text[start:end].replace(" ", "").replace("-", "")
    labelled = before(text, start, _ID_WORDS)
    if total == 18 and looks_like_identity(digits):
        whole = len(sizes) == 1 or sizes in ([6, 8, 4], [6, 4, 4, 4], [6, 6, 6], [3, 3, 4, 4, 4], [14, 4])
        if whole or labelled or identity_check(digits[:17]) == digits[17].upper():
            return "identity"
    if total == 18 and labelled and len(sizes) == 1 and not before(text, start, _OTHER_WORDS):
        return "identity"
    if (
        total == 18
        and len(sizes) == 1
        and _IDENTITY_LIKE.match(digits)
        and around(text, start, end, _ID_WORDS, 60)
    ):
        return "identity"
    if digits[-1] in "Xx" or len(set(digits)) < 2 or not is_card_range(digits):
        return None
    if len(sizes) > 1 and sizes[:3] not in ([4, 4, 4], [4, 6, 5]) and sizes[0] != 6:
        return None
    if before(text, start, _OTHER_WORDS) or is_quantity(text, start, end):
        return None
    near = before(text, start, _CARD_WORDS, 60 if sizes == [4, 4, 4, 4] else 30)
    return "card" if near or (luhn(digits) and (len(sizes) > 1 or total >= 15)) else None


def _edges(text: str, start: int, end: int) -> bool:
    """As `alone`, but another column of digits may follow after a space."""
    left, right = text[max(0, start - 1) : start], text[end : end + 1]
    touched = any(
        letter.isascii() and (letter.isalnum() or letter in "_./")
        for letter in left + right[:1]
        if letter != "."
    )
    return not touched and not (right == "." and text[end + 1 : end + 2].isdigit())


def looks_like_identity(digits: str) -> bool:
    """18 characters with a province and a date of birth in their places."""
    if digits[:2] not in _REGIONS or not digits[:17].isdigit():
        return False
    return _is_birth(digits[6:10], digits[10:12], digits[12:14])


def is_identity_15(digits: str) -> bool:
    """Whether 15 digits are a Chinese identity number of before 1999: region and birth date, no checksum."""
    return digits[:2] in _REGIONS and _is_birth("19" + digits[6:8], digits[8:10], digits[10:12])


def identity_check(first17: str) -> str:
    """The last character by ISO 7064 MOD 11-2, as GB 11643 has it."""
    return "10X98765432"[
        sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first17, strict=True)) % 11
    ]


def is_ssn(text: str) -> bool:
    """Whether `AAA-GG-SSSS` can be a US number: areas 000, 666, 9xx, group 00, serial 0000 are not given."""
    return text[:3] not in ("000", "666") and text[4:6] != "00" and text[7:] != "0000"


def is_card_range(digits: str) -> bool:
    """Whether the first digits are some card scheme's and the length is one of its."""
    size, two = len(digits), int(digits[:2])
    if digits[0] == "4":
        return size in (13, 16, 19)
    if 51 <= two <= 55 or 22 <= two <= 27:
        return size == 16
    if two in (34, 37):
        return size == 15
    if two in (30, 36, 38):
        return size == 14
    return two in (62, 60, 64, 65, 68, 35, 95, 56, 58) and 16 <= size <= 19


def luhn(digits: str) -> bool:
    """The check of ISO/IEC 7812."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def is_iban(text: str) -> bool:
    """The check of ISO 13616: 1 modulo 97."""
    if not 15 <= len(text) <= 34:
        return False
    return int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1


def _is_birth(year: str, month: str, day: str) -> bool:
    try:
        return 1900 <= date(int(year), int(month), int(day)).year <= 2035
    except ValueError:
        return False


_ACCOUNTS = (
    *listed(
        "银行账 银行帐 账号 帐号 账户 帐户 银行卡 储蓄卡 信用卡 借记卡 卡号 收款账 收款帐 "
        "开户 汇款账 汇款帐 a/c"
    ),
    *(
        "bank account",
        "account num",
        "account no",
        "account #",
        "acct",
        "acc no",
        "acc. no",
        "acc.no",
        "accno",
    ),
    *("card number", "card no", "credit card", "debit card"),
)
# Numbers that a hospital or an insurer gives a person.
_PATIENT = re.compile(
    r"(?:号码?)?(?: ?(?:number|no\.?|No\.?|ID|id|#))?(?:[(（][A-Za-z]{2,8}[)）])?"
    r"(?: is| was|是|为)?[ :：#]{0,3}([A-Z]{0,4}[0-9][0-9-]{3,15}[0-9])(?![0-9A-Za-z])"
)
_PATIENT_LABELS = (
    *listed("住院号 病案号 病历号 门诊号 就诊号 就诊卡 诊疗卡 住院登记号 医保卡 医保号 社保卡 社保号 mrn"),
    *("medical record", "patient id", "patient number", "patient no", "hospital number", "nhs number"),
)
DETECTORS = (
    Detector(find, shape="long", merged=True, before=14, after=24),
    labelled(_SSN_LABELLED, "identity", ("ssn", "social"), _is_number),
    labelled(_LABELLED_ACCOUNT, "card", _ACCOUNTS, _is_number),
    labelled(_LICENCE_CHINA, "identity", ("驾驶证", "驾证", "驾照")),
    labelled(
        _LICENCE,
        "identity",
        ("driver", "driving licen", "dl", "national insurance", "nin", "nino"),
        _is_number,
    ),
    labelled(_PATIENT, "identity", _PATIENT_LABELS, _is_number, behind=True),
    Detector(_british_licence, ("licen", "dvla"), merged=True, after=60, needs=DIGIT),
)
