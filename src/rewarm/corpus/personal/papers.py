"""Order and parcel numbers, passports, number plates: what papers and parcels carry.

Plates of China have a form; orders and passports have none, so a label has to say what they are.
"""

import re
from collections.abc import Iterator

from rewarm.corpus.personal.finding import Finding, alone, around, is_inside_word, near_words

_ORDER = re.compile(
    r"(?:(?:账单(?=号)|订|运|快递|物流|退款|退货|工|提|保|发票|交易|收据|预约|取件|面|定|报修)单?(?:编号|"
    r"号码?|流水号|单号)|快递单|流水号|单号|交易号|取票号|票号|提货码|取件码|"
    r"(?<!xecutive )(?<!eneral )(?<!ourt )[Oo]rder(?: ?[Ii][Dd]| ?(?:number|no\.?|No\.?|num|#))|"
    r"(?<!xecutive )(?<!eneral )(?<!ourt )\b[Oo]rder(?= #|"
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
_LATIN_ORDER = re.compile(
    r"(?<!xecutive )(?<!eneral )(?<!ourt )\b(?:(?i:order|ticket|case|claim|invoice|booking|reservation|"
    r"confirmation|tracking|reference)|"
    r""
    r"[Cc]onf\.|[Rr]ef\.?|REF|[Ww]aybill|[Pp]arcel|[Ss]hipment|"
    r"[Cc]onsignment|[Cc]on note|[Ee]-?[Tt]icket|"
    r"RMA|PNR|AWB|FIR|[Cc]itation|[Rr]eport(?= [Nn]o| [Nn]umber| #)|[Rr]equisition|[Pp]olicy|[Ii]ncident|"
    r"[Dd]ocket|[Nn]otice|[Ff]ile|"
    r"[Cc]harge|[Cc]omplaint|[Ff]olio|[Mm]atter|"
    r"[Rr]eturn|[Ss]ervice request)"
    r"(?:[ _]?(?i:no\.?|number|id|ref(?:erence)?\.?|code|#))?\"?(?: is|"
    r" was)? ?[:：=#]? ?[#\"'(]?"
    r"([A-Z0-9][A-Z0-9]*(?:[:/_-][A-Za-z0-9]{1,12}){0,5}(?: [0-9]{4}){0,4})(?![A-Za-z0-9])"
)
_ANSWERED = re.compile(
    r"(?:booking|reference|confirmation|PNR|order|ticket|"
    r"tracking)\b[^\n]{0,40}(?:\?| please)\n[^\n]{0,24}?\b([A-Z0-9]{6,12})\b",
    re.I,
)
_ANSWERED_ZH = re.compile(
    r"(?:订单|运单|快递|工|保)单?号[^\n]{0,20}\n[^\n]{0,12}[：:] ?([A-Z0-9][A-Z0-9-]{7,28})(?=\n|$|[，。 ])"
)
_PREFIXED = re.compile(
    r"(?:(?:INV|ORD|CLM|RMA|TKT|BKG|SUP|REQ|SO|PO|CS|"
    r"WO)[-/](?:[A-Z0-9]{1,6}[-/]){0,3}[0-9]{4,12}(?:-[A-Z0-9]{1,4})?|"
    r"INC[0-9]{7,10}|(?<=No\. )[A-Z]{1,3}-[0-9]{2,4}-[0-9]{5,8})(?![A-Za-z0-9])"
)
_YEARLY = re.compile(r"[A-Z]{2,3}[-/](?:19|20)[0-9]{2}")
_NUMERO = re.compile(r"№ ?([0-9]{3,10}(?:[/-][0-9]{2,6})?)(?![0-9A-Za-z])")
# (2023)京0115执8826号: the year, the court, the kind of case, the number.
_COURT = re.compile(
    r"[(（\[〔][12][0-9]{3}[)）\]〕][\u4e00-\u9fff]{1,5}[0-9]{0,4}[\u4e00-\u9fff]{0,4}"
    r"[民刑行执商知赔破清认保协监抗调裁仲劳][\u4e00-\u9fff]{0,6}(?:字第)?[0-9]{1,7}(?:-[0-9]{1,3})?号(?:之"
    r"[一二三四五六七八九])?|"
    r"[\u4e00-\u9fff]{1,4}(?:仲案字?|仲字|劳仲|行罚字?|公证字|"
    r"交罚字?)[(（\[〔][12][0-9]{3}[)）\]〕](?:第)?[0-9]{1,7}号"
)
# 中通包裹75820391164427, 我这单3316820947715520468
_CARRIED = re.compile(
    r"(?:(?:中通|圆通|申通|韵达|顺丰|极兔|德邦|邮政|京东|百世)(?:快递|快运|包裹|单号|速运|速递|物流|"
    r"件)?[：: ]{0,2}|"
    r"[这那一该此](?:个)?单(?:号|子)?[：: ]{0,2}|(?:派单|报修单?|办理编号|"
    r"发票代码)[：: ]{1,2}(?:号)?(?=[A-Z0-9]))([A-Z]{0,3}[0-9]{10,20}|"
    r"[A-Z]{1,4}-?[0-9]{4,12}(?:-[0-9]{2,15}){1,2})(?![A-Za-z0-9])"
)
_CHINESE_ORDER = re.compile(
    r"(?:订单|运单|工单|保单|快递|报案号?|案件|业务流水号?|流水号?|受理编?号|预约编?号|订座编?号|"
    r"订票号|回执编?号|申请编?号|票据号?|"
    r"电子客票号?|(?:合同|协议|确认|投诉|申诉|举报|咨询|维修|理赔|赔案|信访)编?号|发票号码?)(?:编?号码?|单号|"
    r"ID|id)?(?:是|"
    r"为)?[：: #=]{0,3}([A-Z0-9][A-Z0-9]*(?:[/_-][A-Z0-9]{1,20}){0,5})(?![A-Za-z0-9])"
)
_ORDER_STEMS = (
    *(
        "rder",
        "RDER",
        "icket",
        "ICKET",
        "ase",
        "ASE",
        "laim",
        "LAIM",
        "nvoice",
        "NVOICE",
        "ooking",
        "OOKING",
        "eserv",
        "ESERV",
    ),
    *(
        "onfirm",
        "ONFIRM",
        "ef",
        "EF",
        "racking",
        "RACKING",
        "aybill",
        "arcel",
        "hipment",
        "onsign",
        "RMA",
        "FIR",
        "itation",
        "eport",
        "PNR",
        "AWB",
        "olicy",
        "ncident",
    ),
    *(
        "ocket",
        "otice",
        "ile",
        "harge",
        "omplaint",
        "olio",
        "atter",
        "on note",
        "eturn",
        "equest",
        "单",
        "号",
        "流水",
        "案",
        "快递",
        "票",
    ),
)
_PARCEL = re.compile(
    r"9[2-5][0-9]{2}(?: ?[0-9]{4}){4} ?[0-9]{2}|1Z(?: ?[0-9A-Z]){16}|[0-9]{3}-[0-9]{7}-[0-9]{7}|"
    r"[A-Z]{2} ?[0-9]{4} ?[0-9]{4} ?[0-9](?:GB|US|DE|AU|CA)|(?:SF|JD|YT|ZTO|JT|EMS|"
    r"DPK)[A-Z]{0,3}[0-9]{11,15}|1Z[0-9A-Z]{16}|[A-Z]{2}(?:[0-9]{9}|(?: ?[0-9]{3}){3} ?)(?:CN|US|GB|HK|DE|JP)"
)
_PASSPORT = re.compile(
    r"(?:护照|通行证|大通证|回乡证|台胞证|军官证|士兵证|居留证|签证|证件|"
    r"[Pp]assport|PASSPORT|PPT|\b[Pp]pt|[Tt]ravel [Dd]ocument|"
    r"(?:[Tt]ravel|[Rr]eturn|[Cc]ompatriot) [Pp]ermit)"
    r"(?:号码?|证件?号?|编号|(?:[,_]? ?(?:number|no\.?|No\.?|NO\.?|#|num|details|book|card))|"
    r"本)*(?:是|为|：|:| is|,|"
    r" was)?[^A-Za-z0-9\n。；]{0,8}"
    r"([A-Z](?: ?[A-Z0-9]){6,9}|[0-9]{2} [0-9]{7}|[A-Za-z]{0,2}[0-9][A-Z0-9]{5,9}|"
    r"[A-Z][A-Z][0-9]{7})(?![A-Za-z0-9])"
)
# Further off, or in groups: the form has to say more. `passport (number on the form was Z4829105)`
_PASSPORT_FAR = re.compile(
    r"(?:[Pp]assport|PASSPORT|[Pp]ermit|护照|通行证)[^\n。]{0,60}?(?<![A-Za-z0-9-])"
    r"([A-Z]{1,3}[0-9]{6,10}|[CFGHJKLMNPRTVWXYZ](?=[A-Z]{0,7}[0-9][A-Z]{0,6}[0-9])[A-Z0-9]{8}|"
    r"[0-9]{3} [0-9]{3} [0-9]{3}|(?<=No\. )[0-9]{9})(?![A-Za-z0-9-])"
)
_MANIFEST = re.compile(r"/[A-Z]{2,24} (?:MR|MS|MRS|MISS) {1,6}([A-Z][A-Z0-9]{7,8})(?![A-Za-z0-9])")
_PASSPORT_WORDS = ("照", "证", "ermit", "assport", "PASSPORT", "PPT", "ppt", "出入境", "ravel document")
_BARE_PASSPORT = re.compile(r"[CEGHKMPT][A-HJ-NP-Z0-9]?[0-9]{7,8}(?![0-9])")
_PASSPORT_NEAR = re.compile(r"护照|通行证|passport|出入境|签证|travel document", re.I)
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(
    rf"[{_PROVINCES}][A-HJ-NP-Z][ ·•.-]?"
    rf"(?:[A-HJ-NP-Z0-9]{{4,5}}[挂学警港澳]|[A-HJ-NP-Z0-9]{{5}}[0-9DFABCEGHJK]?|"
    rf"[DF][0-9]{{6}})(?![A-Za-z0-9-])"
)
_PLATE_ABROAD = re.compile(
    r"(?:(?i:licen[cs]e plate|number plate|plate(?: number| no\.?)?|registration(?: plate)?)|"
    r"\b[Rr]ego|\b[Rr]eg\b\.?|"
    r"\b[Pp]lates?|[Vv]ehicle(?: registration| tag)?|\b[Vv]eh\b\.?|plate reads|"
    r"\b[Tt]ag(?: number)?|VRM|VRN|[Tt]ractor unit|[Tt]railer|[Pp]arking:|[Kk]ennzeichen)"
    r"(?: (?:number|no\.?|is|was|changed|from|reading|of|reads|on the [a-z]{2,8}|"
    r"#))*[ :：,#.]{0,3}([A-ZÄÖÜ0-9]{1,4}[ -]?[A-Z0-9]{1,5}(?:[ -][A-Z0-9]{1,4}){0,2})(?![A-Za-z0-9])"
)
_PLATE_BRITISH = re.compile(r"[A-Z]{2}[0-9]{2} ?[A-Z]{3}(?![A-Za-z0-9])")
_PLATE_INDIAN = re.compile(r"[A-Z]{2}[ -]?[0-9]{1,2}[ -]?[A-Z]{1,3}[ -]?[0-9]{4}(?![A-Za-z0-9])")
# Spain, Australia, Nigeria, Lagos: forms that are telling beside a vehicle.
_PLATE_OTHER = re.compile(
    r"(?:[0-9]{4} [B-DF-HJ-NP-TV-Z]{3}|[A-Z]{3} [0-9]{2}[A-Z]|[A-Z]{3}-[0-9]{3}-[A-Z]{2})(?![A-Za-z0-9-])"
)
_PLATE_LOGGED = re.compile(
    r"[A-Z]{2} [0-9]{3,4}(?![A-Za-z0-9])|[A-Z]{3} [0-9]{3}(?![A-Za-z0-9])|"
    r"[0-9][A-Z]{2} [0-9][A-Z]{2}(?![A-Za-z0-9])"
)
_GATE = re.compile(r"\b(?:gate log|car park|parking (?:log|list)|vehicle log)\b", re.I)
_VEHICLE = re.compile(
    r"\b(?:reg|rego|registration|vrm|plate|plates|vehicle|car|van|lorry|truck|parked|keeper|driver|"
    r"taxi|cab|bike|motorbike|motorcycle|minibus|sedan|ute|suv|transit|pickup|trailer|"
    r"scooter|auto|bay|towed|clamped)\b|车",
    re.I,
)
_PLATE_LABELLED = re.compile(
    rf"车(?:牌|号|牌号码?|辆)(?:是|"
    rf"为)?[：: ]{{0,2}}([{_PROVINCES}][A-Z][ ·•.-]?[A-Z0-9]{{5,8}})(?![A-Za-z0-9])"
)


_VEHICLE_WORDS = (
    *(
        "reg",
        "Reg",
        "VRM",
        "late",
        "ehicle",
        "car",
        "Car",
        " van",
        "Van",
        "orry",
        "ruck",
        "ark",
        "eeper",
        "river",
    ),
    *(
        "axi",
        "cab",
        "otorcycle",
        "inibus",
        "edan",
        "ute",
        "SUV",
        "ransit",
        "ickup",
        "railer",
        "ike",
        "cooter",
        "auto",
        "bay",
        "owed",
        "lamped",
        "车",
    ),
)
_PLATE_WORDS = (
    "late",
    "LATE",
    "EGISTRATION",
    "egistration",
    "ag",
    "eg ",
    "eg.",
    "ego",
    "eh ",
    "ehicle",
    "VRM",
    "VRN",
    "ennzeichen",
)


def plates(text: str) -> Iterator[Finding]:
    """Number plates, of China by form, others by label."""
    for match in _PLATE.finditer(text) if not text.isascii() else ():
        code = match[0][2:]
        if sum(map(str.isdigit, code)) >= 2 or "车" in text[max(0, match.start() - 12) : match.end() + 6]:
            yield Finding(*match.span(), "plate")
    for match in _PLATE_LABELLED.finditer(text) if "车" in text else ():
        yield Finding(*match.span(1), "plate")
    for low, high in near_words(text, _PLATE_WORDS, 64):
        for match in _PLATE_ABROAD.finditer(text, low, high):
            code = match[1].replace(" ", "").replace("-", "")
            mixed = any(map(str.isalpha, code)) or "late" in match[0] or "ag" in match[0]
            if (
                any(map(str.isdigit, code))
                and mixed
                and 5 <= len(code) <= 10
                and not is_inside_word(text, match.start())
            ):
                yield Finding(*match.span(1), "plate")
    for match in _PLATE_LOGGED.finditer(text) if "ate" in text or "ark" in text else ():
        if alone(text, *match.span()) and around(text, *match.span(), _GATE, 80):
            yield Finding(*match.span(), "plate")
    for low, high in near_words(text, _VEHICLE_WORDS, 76, 76):
        for pattern in (_PLATE_BRITISH, _PLATE_INDIAN, _PLATE_OTHER):
            for match in pattern.finditer(text, low, high):
                start, end = match.span()
                if alone(text, start, end) and around(text, start, end, _VEHICLE, 60):
                    yield Finding(start, end, "plate")


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
    for pattern in (_LATIN_ORDER, _CHINESE_ORDER, _ANSWERED, _ANSWERED_ZH):
        for match in pattern.finditer(text, low, high) if any(word in piece for word in _ORDER_STEMS) else ():
            if _is_order(match[1]) and not is_inside_word(text, match.start()):
                yield Finding(*match.span(1), "order")
    for match in _PREFIXED.finditer(text, low, high):
        if alone(text, *match.span()) and not _YEARLY.fullmatch(match[0]):
            yield Finding(*match.span(), "order")
    for match in _NUMERO.finditer(text, low, high) if "№" in piece else ():
        yield Finding(*match.span(1), "order")
    for match in _COURT.finditer(text, low, high) if "号" in piece else ():
        yield Finding(*match.span(), "order")
    for match in _CARRIED.finditer(text, low, high) if not piece.isascii() else ():
        yield Finding(*match.span(1), "order")
    for match in _PARCEL.finditer(text, low, high):
        if alone(text, *match.span()):
            yield Finding(*match.span(), "order")
    for match in _MANIFEST.finditer(text, low, high) if "/" in piece else ():
        if sum(map(str.isdigit, match[1])) >= 3:
            yield Finding(*match.span(1), "passport")
    if not any(word in piece for word in _PASSPORT_WORDS):
        return
    for match in _PASSPORT.finditer(text, low, high):
        if sum(map(str.isdigit, match[1])) >= 5:
            yield Finding(*match.span(1), "passport")
    for match in _PASSPORT_FAR.finditer(text, low, high):
        if match[1][0].isalpha() or "o.:" in match[0] or "umber" in match[0] or "号" in match[0]:
            yield Finding(*match.span(1), "passport")
    for match in _BARE_PASSPORT.finditer(text, low, high):
        start, end = match.span()
        if alone(text, start, end) and _PASSPORT_NEAR.search(text, max(0, start - 60), end + 20):
            yield Finding(start, end, "passport")


def _is_order(value: str) -> bool:
    """Digits enough to be nobody else's, or letters and digits mixed as a booking code is."""
    digits = sum(map(str.isdigit, value))
    letters = sum(map(str.isalpha, value))
    if _is_date(value) or len(value) > 40:
        return False
    if digits >= 5:
        return True
    # FIR No. 284/2023
    if re.fullmatch(r"[0-9]{3,6}/(?:19|20)[0-9]{2}", value):
        return True
    return bool(digits and letters >= 3 and value.isalnum() and value.isupper() and 5 <= len(value) <= 8)


def _is_date(text: str) -> bool:
    return re.fullmatch(r"(?:19|20)[0-9]{2}[-/.]?[0-9]{1,2}[-/.]?[0-9]{1,2}", text) is not None
