"""Order, parcel, invoice and case numbers: none has a form of its own, so a label says what it is.

Parcels of some carriers, prefixes such as INV- and the case numbers of Chinese courts are told by form.
"""

import re
from collections.abc import Iterator

from rewarm.pii.detector import Detector, Find, labelled, listed
from rewarm.pii.finding import Finding, alone

# Behind order, Ticket, REF …
_LATIN_ORDER = re.compile(
    r"\.?(?:[ _]?(?:[Nn][Oo]\.?|[Nn]umber|NUMBER|[Ii][Dd]|[Rr]ef(?:erence)?\.?|REF|[Cc]ode|CODE|#))?\"?"
    r"(?: is| was)? ?[:：=#]? ?[#\"'(]?"
    r"([A-Z0-9][A-Z0-9]*(?:[:/_-][A-Za-z0-9]{1,12}){0,5}(?: [0-9]{4}){0,4})(?![A-Za-z0-9])"
)
_CHINESE_ORDER = re.compile(
    r"(?:(?:订|运|快递|物流|退款|退货|提|保|发票|账单|交易|收据|预约|预订|取件|面|定|报修|维修|"
    r"受理)单?(?:编号|"
    r"号码?|流水号|单号)|单号|票号|提货码|取件码|订单|运单|工单|保单|快递|报案号?|案件|业务流水号?|"
    r"流水号?|受理编?号|预约编?号|订座(?:记录)?编?号|"
    r"订票号|回执编?号|申请编?号|票据号?|"
    r"电子客票号?|(?:合同|协议|确认|投诉|申诉|举报|咨询|维修|理赔|赔案|信访)编?号|发票号码?)(?:编?号码?|单号|"
    r"ID|id)?(?:是|"
    r"为)?[：: #=]{0,3}([A-Z0-9][A-Z0-9]*(?:[/_-][A-Z0-9]{1,20}){0,5})(?![A-Za-z0-9])"
)
_ANSWERED = re.compile(
    r"(?:booking|reference|confirmation|PNR|order|ticket|"
    r"tracking)\b[^\n]{0,40}(?:\?|"
    r" please)\n[^\n]{0,24}?\b"
    r"((?=[A-Z0-9-]{6,24}\b)(?=[A-Z-]{0,12}[0-9])[A-Z0-9]{2,12}(?:-[A-Z0-9]{2,12}){0,3})\b",
    re.I,
)
_ANSWERED_ZH = re.compile(
    r"(?:订单|运单|快递|工|保)单?号[^\n]{0,20}\n[^\n]{0,12}[：:] ?([A-Z0-9][A-Z0-9-]{7,28})(?=\n|$|[，。 ])"
)
_PREFIXED = re.compile(
    r"(?:(?:INV|ORD|CLM|RMA|TKT|BKG|SUP|REQ|SO|PO|CS|"
    r"WO)[-/](?:[A-Z0-9]{1,6}[-/]){0,3}[0-9]{4,12}(?:-[A-Z0-9]{1,4})?|"
    r"INC[0-9]{7,10}|No\. ([A-Z]{1,3}-[0-9]{2,4}-[0-9]{5,8}))(?![A-Za-z0-9])"
)
_YEARLY = re.compile(r"[A-Z]{2,3}[-/](?:19|20)[0-9]{2}")
_NUMERO = re.compile(r"№ ?([0-9]{5,10}(?:[/-][0-9]{2,6})?|[0-9]{4,10}[/-][0-9]{2,6})(?![0-9A-Za-z])")
# (2023)京0115执8826号: the year, the court, the kind of case, the number.
_COURT = re.compile(
    r"[(（\[〔][12][0-9]{3}[)）\]〕](?:[\u4e00-\u9fff]{1,2}[0-9]{2,4}|最高法)"
    r"(?:知|执|破|商|行|财|民|刑|司|强|清|认|委|法)?(?:初|终|再|申|监|异|恢|保|复|他|辖|特|督|催|更|撤|"
    r"执|赔|审|调|破)?"
    r"(?:字第)?[0-9]{1,7}(?:-[0-9]{1,3})?号(?:之[一二三四五六七八九])?|"
    r"(?<=案号)[：: ]{0,2}[(（\[〔][12][0-9]{3}[)）\]〕][\u4e00-\u9fff0-9]{3,20}号|"
    r"[\u4e00-\u9fff]{1,4}(?:仲案字?|仲字|劳仲|公证字)[(（\[〔][12][0-9]{3}[)）\]〕](?:第)?[0-9]{1,7}号"
)
# 中通包裹75820391164427, 我这单3316820947715520468
_CARRIED = re.compile(
    r"(?:(?:中通|圆通|申通|韵达|顺丰|极兔|德邦|邮政|京东|百世)(?:快递|快运|包裹|单号|速运|速递|物流|"
    r"件)?[：: ]{0,2}|"
    r"[这那一该此](?:个)?单(?:号|子)?[：: ]{0,2}|(?:派单|报修单?|办理编号|"
    r"发票代码)[：: ]{1,2}(?:号)?(?=[A-Z0-9]))([A-Z]{0,3}[0-9]{10,20}|"
    r"[A-Z]{1,4}-?[0-9]{4,12}(?:-[0-9]{2,15}){1,2})(?![A-Za-z0-9])"
)
_PARCEL = re.compile(
    r"9[2-5][0-9]{2}(?: ?[0-9]{4}){4} ?[0-9]{2}|1Z(?: ?[0-9A-Z]){16}|[0-9]{3}-[0-9]{7}-[0-9]{7}|"
    r"[A-Z]{2} ?[0-9]{4} ?[0-9]{4} ?[0-9](?:GB|US|DE|AU|CA)|(?:SF|JD|YT|ZTO|JT|EMS|"
    r"DPK)[A-Z]{0,3}[0-9]{11,15}|[A-Z]{2}(?:[0-9]{9}|(?: ?[0-9]{3}){3} ?)(?:CN|US|GB|HK|DE|JP)"
)


_MARKS = (":", "：", "#", "o", "O", "um", "UM", "=", "is", "was", "ID", "id", "ref", "Ref")
_COMMON = ("file", "notice", "charge", "matter", "return", "policy", "reference")


def _is_told(text: str, match: re.Match[str]) -> bool:
    return _is_order(match[1])


def _is_latin(text: str, match: re.Match[str]) -> bool:
    """Not an executive order, nor `return 65536` and `case 86400000:` in code."""
    if not _is_order(match[1]):
        return False
    value = match[1]
    if text[match.end(1) : match.end(1) + 1] == "(":  # A call.
        return False
    label = text[max(0, match.start() - 16) : match.start()].lower()
    if not any(sign in match[0][: -len(value)] for sign in _MARKS):
        # Words of every text, and of code, need more than a blank before the number.
        if label.endswith(_COMMON) and (value.isdigit() or sum(map(str.isdigit, value)) < 5):
            return False
        if value.isdigit() and (len(value) < 6 or text[match.end(1) : match.end(1) + 1] == ":"):
            return False
    # `ref #38907` is an issue.
    return not (label.endswith("ref") and "#" in match[0])


def _prefixed(text: str, start: int, _: int) -> Iterator[Finding]:
    match = _PREFIXED.match(text, start)
    if match and alone(text, *match.span()) and not _YEARLY.fullmatch(match[0]):
        yield Finding(*match.span(match.lastindex or 0), "order")


def _whole(pattern: re.Pattern[str]) -> Find:
    def find(text: str, low: int, high: int) -> Iterator[Finding]:
        for match in pattern.finditer(text, low, high):
            yield Finding(*match.span(), "order")

    return find


def _parcel(text: str, low: int, high: int) -> Iterator[Finding]:
    for match in _PARCEL.finditer(text, low, high):
        if alone(text, *match.span()):
            yield Finding(*match.span(), "order")


_FRACTION = re.compile(r"[0-9]{1,3}/[0-9]{1,3}")


def _is_order(value: str) -> bool:
    """Digits enough to be nobody else's, or letters and digits mixed as a booking code is."""
    digits = sum(map(str.isdigit, value))
    letters = sum(map(str.isalpha, value))
    if _is_date(value) or len(value) > 40 or _FRACTION.fullmatch(value):
        return False
    if digits >= 5:
        return True
    # FIR No. 284/2023
    if re.fullmatch(r"[0-9]{3,6}/(?:19|20)[0-9]{2}", value):
        return True
    return bool(digits and letters >= 3 and value.isalnum() and value.isupper() and 5 <= len(value) <= 8)


def _is_date(text: str) -> bool:
    return re.fullmatch(r"(?:19|20)[0-9]{2}[-/.]?[0-9]{1,2}[-/.]?[0-9]{1,2}", text) is not None


_LATIN = (
    *listed("order ticket case claim invoice booking reservation confirmation tracking reference conf. ref"),
    *listed("waybill parcel shipment consignment eticket e-ticket rma pnr awb fir citation requisition"),
    *listed("policy incident docket notice file charge complaint folio matter return"),
    *("con note", "service request", "report no", "report number", "report #"),
)
_CHINESE = listed(
    "订单 订号 订编 运单 运号 快递 物流 退款 退货 提单 提号 保单 保号 发票 账单 交易 收据 "
    "预约 预订 取件 面单 定单 定号"
    " 报修 维修 受理 单号 票号 提货码 工单 报案 案件 业务 流水 订座 订票 回执 申请 票据 "
    "电子客票 合同 协议 确认 投诉"
    " 申诉 举报 咨询 理赔 赔案 信访"
)
_PREFIXES = tuple(
    f"{prefix}{sign}" for prefix in listed("inv ord clm rma tkt bkg sup req so po cs wo") for sign in "-/"
)
_CARRIERS = listed(
    "中通 圆通 申通 韵达 顺丰 极兔 德邦 邮政 京东 百世 这单 那单 一单 该单 此单 这个单 "
    "那个单 派单 报修 办理编号 发票代码"
)
DETECTORS = (
    labelled(_LATIN_ORDER, "order", _LATIN, _is_latin, behind=True),
    labelled(_CHINESE_ORDER, "order", _CHINESE, _is_told),
    labelled(
        _ANSWERED,
        "order",
        ("booking", "reference", "confirmation", "pnr", "order", "ticket", "tracking"),
        _is_told,
    ),
    labelled(_ANSWERED_ZH, "order", ("订单", "运单", "快递", "工单", "保单"), _is_told),
    labelled(_CARRIED, "order", _CARRIERS),
    labelled(_NUMERO, "order", "№"),
    Detector(_prefixed, (*_PREFIXES, "no. ", *(f"inc{digit}" for digit in range(10)))),
    Detector(_whole(_COURT), tuple(f"{digit}号" for digit in range(10)), merged=True, before=48, after=3),
    Detector(_parcel, ("1z",), shape="long", merged=True, before=8, after=20),
)
