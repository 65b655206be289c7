"""Order and parcel numbers, passports, number plates: what papers and parcels carry.

Plates of China have a form; orders and passports have none, so a label has to say what they are.
"""

import re
from collections.abc import Iterator

from rewarm.corpus.personal.finding import Finding, alone, is_inside_word, near_words

_ORDER = re.compile(
    r"(?:(?:订|运|快递|物流|退款|退货|工|提|保|发票|账|交易|收据|预约|取件|面|定|报修)单?(?:编号|号码?|流水号|单号)|快递单|流水号|单号|交易号|取票号|票号|提货码|取件码|"
    r"[Oo]rder(?: ?[Ii][Dd]| ?(?:number|no\.?|No\.?|num|#))|\b[Oo]rder(?= #|"
    r" [A-Z]{0,3}-?[0-9]{5})|[Tt]racking(?: (?:number|no\.?|code|ID|#))?|[Ii]nvoice(?: (?:number|"
    r"no\.?|#))?|"
    r"[Bb]ooking(?: (?:reference|number|ref\.?|code))|[Cc]onfirmation(?: (?:number|code|no\.?|#))|"
    r"[Tt]icket (?:number|no\.?)|[Cc]ase (?:number|no\.?)|[Rr]eference (?:number|no\.?)|"
    r"[Pp]urchase [Oo]rder|[Tt]ransaction (?:ID|id|number))"
    r"(?:是|为|：|:| is| was| of|,|，|（|\(| )?[:： #“\"「]{0,3}([A-Za-z0-9](?:[A-Za-z0-9]|"
    r"[-_ ](?=[A-Z0-9]{2})){4,39})(?![A-Za-z0-9_])"
)
_ORDER_WORDS = (
    *(
        "单",
        "号",
        "码",
        "rder",
        "racking",
        "nvoice",
        "ooking",
        "onfirmation",
        "icket",
        "ase n",
        "eference",
        "ransaction",
    ),
)
_PARCEL = re.compile(
    r"(?:SF|JD|YT|ZTO|JT|EMS|DPK)[A-Z]{0,3}[0-9]{11,15}|1Z[0-9A-Z]{16}|[A-Z]{2}[0-9]{9}(?:CN|US|GB|HK|DE|JP)"
)
_PASSPORT = re.compile(
    r"(?:护照|通行证|回乡证|台胞证|军官证|士兵证|[Pp]assport|PASSPORT|居留证|签证)"
    r"(?:号码?|证件?号?|编号|(?:,? (?:number|no\.?|No\.?|#|num|details))|本)*(?:是|为|：|:| is|,|"
    r" was)?[^A-Za-z0-9\n。；]{0,8}"
    r"([A-Za-z]{0,2}[0-9][A-Z0-9]{5,9}|[A-Z][A-Z][0-9]{7})(?![A-Za-z0-9])"
)
_PASSPORT_WORDS = ("照", "证", "assport", "PASSPORT", "出入境", "ravel document")
_BARE_PASSPORT = re.compile(r"[EG][A-HJ-NP-Z0-9][0-9]{7}")
_PASSPORT_NEAR = re.compile(r"护照|passport|出入境|签证|travel document", re.I)
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(
    rf"[{_PROVINCES}][A-HJ-NP-Z][ ·•.-]?"
    rf"(?:[A-HJ-NP-Z0-9]{{4}}[A-HJ-NP-Z0-9挂学警港澳][0-9DFABCEGHJK]?)(?![A-Za-z0-9-])"
)
_PLATE_ABROAD = re.compile(
    r"(?:[Ll]icen[cs]e plate|[Nn]umber plate|[Pp]late(?: number| no\.?)|[Rr]egistration plate|"
    r"\b[Pp]lates?|vehicle registration|plate reads|tag number)"
    r"(?: (?:number|no\.?|is|was|reading|of|reads|"
    r"#))*[ :：,#]{0,3}([A-Z0-9]{1,4}[ -]?[A-Z0-9]{2,5}(?:[ -][A-Z0-9]{1,4})?)(?![A-Za-z0-9])"
)


def plates(text: str) -> Iterator[Finding]:
    """Number plates, of China by form, others by label."""
    for match in _PLATE.finditer(text) if not text.isascii() else ():
        code = match[0][2:]
        if sum(map(str.isdigit, code)) >= 2 or "车" in text[max(0, match.start() - 12) : match.end() + 6]:
            yield Finding(*match.span(), "plate")
    for low, high in near_words(text, ("late", "registration", "tag number"), 64):
        for match in _PLATE_ABROAD.finditer(text, low, high):
            if any(map(str.isdigit, match[1])) and 5 <= len(match[1].replace(" ", "").replace("-", "")) <= 8:
                yield Finding(*match.span(1), "plate")


def numbered(text: str, low: int, high: int) -> Iterator[Finding]:
    """Orders, parcels and passports; all have digits close together."""
    piece = text[low:high]
    for match in _ORDER.finditer(text, low, high) if any(word in piece for word in _ORDER_WORDS) else ():
        start, end = match.span(1)
        if is_inside_word(text, match.start()):
            continue
        digits = sum(map(str.isdigit, match[1]))
        if (digits >= 4 and digits * 3 >= end - start - match[1].count("-") and not _is_date(match[1])) or (
            digits and match[1].isupper() and 5 <= len(match[1]) <= 8
        ):
            yield Finding(start, end, "order")
    for match in _PARCEL.finditer(text, low, high):
        if alone(text, *match.span()):
            yield Finding(*match.span(), "order")
    if not any(word in piece for word in _PASSPORT_WORDS):
        return
    for match in _PASSPORT.finditer(text, low, high):
        if sum(map(str.isdigit, match[1])) >= 5:
            yield Finding(*match.span(1), "passport")
    for match in _BARE_PASSPORT.finditer(text, low, high):
        start, end = match.span()
        if alone(text, start, end) and _PASSPORT_NEAR.search(text, max(0, start - 60), end + 20):
            yield Finding(start, end, "passport")


def _is_date(text: str) -> bool:
    return re.fullmatch(r"(?:19|20)[0-9]{2}[-/.]?[0-9]{1,2}[-/.]?[0-9]{1,2}", text) is not None
