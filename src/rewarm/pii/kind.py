"""The kind of a document, which decides whether its names are private.

In reference text (statutes, articles, manuals, code, prose) names are content, and a replaced name damages
it; conversations, records, mail and case files name private persons. The marks are those of the form and
never of the subject: speaker turns, header lines, labels with short values, the parties of a case. They are
read in the first 4,000 characters, mostly from the beginnings of lines: at 10 MB a CPU-second where texts
have 500 characters, and above 50 where they are longer. A text without marks is reference, so in doubt its
names are kept.
"""

import re
from collections import Counter
from typing import Literal, get_args

from rewarm.pii.detector import listed

Kind = Literal["conversation", "record", "mail", "case", "reference"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_HEAD = 4000
_LABEL_CHARS = 24
_FRAME = " \t>*-[]【】()（）#"
_SPEAKERS = frozenset(
    listed(
        "客户 客服 用户 顾客 坐席 买家 卖家 医生 患者 护士 病人 记者 律师 法官 问 答 我"
        " customer agent user assistant human doctor patient nurse client caller operator support"
        " q a me you interviewer system"
    )
)
_MAIL = frozenset(
    listed("from to cc bcc subject sent date reply-to message-id 发件人 收件人 抄送 主题 发送时间 日期")
)
_MAIL_FILES = ("eml", "msg")
_LETTER = re.compile(
    r"(?:^|\n)(?:Dear|Hi|Hello) [A-Z][\w. ]{1,30}[,:]\n|(?:^|\n)尊敬的.{1,20}[:：]\n|"
    r"\n(?:(?:Best|Kind|Warm) )?[Rr]egards,?\n|\n(?:Yours|Sincerely)\b.{0,20}\n|\n {0,4}此致 {0,4}\n"
)
_LETTER_WORDS = ("Dear", "egards", "ours ", "incerely", "Hi ", "Hello", "尊敬的", "此致")
# Labels of a form; a short value stands behind them, while a sentence behind one describes a field.
_FIELDS = frozenset(
    listed(
        "姓名 患者 患者姓名 联系人 收件人 收货人 寄件人 客户 客户姓名 会员 申请人 投保人 被保险人 户主"
        " 身份证 身份证号 身份证号码 联系电话 手机 手机号 电话 性别 年龄 民族 出生日期 出生年月 籍贯 住址"
        " 家庭住址 收货地址 联系地址 住院号 病案号 门诊号 就诊号 工号 学号 车牌 车牌号 卡号"
        " name surname patient dob sex age gender mrn ssn passport phone mobile tel address occupation"
    )
) | {"full name", "first name", "last name", "patient name", "customer name", "date of birth", "home address"}
_INLINE = re.compile(
    r"(?<![\u4e00-\u9fff\w])(姓名|患者|联系人|收件人|收货人|寄件人|客户姓名|身份证号?|联系电话|手机号?|电话|性别|"
    r"年龄|住址|收货地址|住院号|车牌号?|Patient|DOB|MRN)[:：] ?(?=\S)"
)
_INLINE_WORDS = (
    *listed("姓名 患者 件人 货人 身份证 电话 手机 性别 车牌 住址 住院号"),
    *("Patient", "DOB", "MRN"),
)
_NO_VALUE = re.compile(
    r"姓名|性别|民族|出生|地址|住址|手机|电话|公民|号码|The |A |An |[Ss]tring|\w{1,40}[.。](?:$|\n)"
)
_VALUE_CHARS = 48
_CLINICAL = (
    *listed("主诉 现病史 既往史 入院诊断 出院诊断 查体 家族史"),
    *("Chief complaint", "Past medical history"),
)
_PARTY = re.compile(
    r"(?:^|\n)[ \t]{0,8}(?:(?:再审|反诉)?(原告|被告|上诉人|被上诉人|申请人|被申请人|"
    r"申请执行人|被执行人|第三人|"
    r"罪犯|被告人|自诉人|法定代表人|委托诉讼代理人|辩护人|审判长|审判员|书记员|公诉机关)(?:[（(][^）)\n]{1,20}[)）])?"
    r"(?:[:：]|[^\n，。的]{2,12}，(?:[男女]，|住|汉族|[12][0-9]{3}年))|"
    r"[A-Z][A-Z .,'’&-]{2,60}, {0,3}(Plaintiff|Defendant|Petitioner|Respondent|Appellant))"
)
_PARTIES = ("告", "诉人", "申请人", "执行人", "审判", "PLAINTIFF", "laintiff", "efendant", "etitioner")
_CASE_NUMBER = re.compile(r"[（(〔][12][0-9]{3}[)）〕][\u4e00-\u9fff][^\s，。]{2,14}号")
# Somebody speaks of himself: a message without a mark of its own.
_MYSELF = re.compile(r"(?<![自本敌])我(?![国军方省市区县])|\b(?:I|I'm|I've|my|me)\b")
_MESSAGE_CHARS = 300
# A number that only a person has, in a short text.
_OWN_NUMBER = re.compile(r"[1-8](?<![0-9A-Za-z.].)(?:(?<=1)[3-9][0-9]{9}|[0-9]{16}[0-9Xx])(?![0-9A-Za-z.])")
_OWN_CHARS = 3000


def kind(text: str, file: object = None) -> Kind:
    """The kind of a document, by its form; `reference` where nothing tells another one.

    file: the kind of file that the text was parsed from (`meta` of the document); a parsed mail has lost the
    header lines that would tell it.
    """
    if file in _MAIL_FILES:
        return "mail"
    head = text[:_HEAD]
    lines = head.split("\n")
    labels, fields = _labels(lines)
    if any(word in head for word in _PARTIES):
        parties = {match[1] or match[2] for match in _PARTY.finditer(head)}
        if len(parties) >= 2 or (parties and _CASE_NUMBER.search(head)):
            return "case"
    headers = len(_MAIL.intersection(label.lower() for label in labels))
    letters = len(_LETTER.findall(head)) if any(word in head for word in _LETTER_WORDS) else 0
    if headers >= 3 or headers + letters >= 2 <= letters + 1:
        return "mail"
    if _is_conversation(labels, sum(1 for line in lines if line.strip())):
        return "conversation"
    if any(word in head for word in _INLINE_WORDS):
        fields |= {match[1] for match in _INLINE.finditer(head) if not _NO_VALUE.match(head, match.end())}
    if len(fields) >= 3 or (len(fields) == 2 and len(text) < _OWN_CHARS):
        return "record"
    if sum(word in head for word in _CLINICAL) >= 2:
        return "record"
    if len(text) < _OWN_CHARS and _OWN_NUMBER.search(text) and (fields or not text.isascii()):
        return "record"
    if (
        len(text) < _MESSAGE_CHARS
        and ("我" in text or "I" in text or "my" in text)
        and 60 * len(_MYSELF.findall(text)) >= max(len(text), 61)
    ):
        return "conversation"
    return "reference"


def _labels(lines: list[str]) -> tuple[Counter[str], set[str]]:
    """What stands before a colon at the beginnings of lines, and which of it is a form's with a value."""
    labels: Counter[str] = Counter()
    fields: set[str] = set()
    for line in lines:
        at = line.find("：", 0, _LABEL_CHARS)
        at = at if at >= 0 else line.find(":", 0, _LABEL_CHARS)
        if at <= 0 or line.startswith("//", at + 1):
            continue
        label = line[:at].strip(_FRAME)
        if not label or label[0].isdigit():
            continue
        labels[label] += 1
        if label.lower() in _FIELDS:
            value = line[at + 1 :].strip()
            if 0 < len(value) <= _VALUE_CHARS and not _NO_VALUE.match(value) and value[-1] not in ".。":
                fields.add(label)
    return labels, fields


def _is_conversation(labels: Counter[str], lines: int) -> bool:
    """Whether few labels open most lines, as speakers do; in a list of fields nearly every label is another
    one, and begins with a small letter or holds a capital inside."""
    turns = labels.total()
    known = sum(times for label, times in labels.items() if label.lower() in _SPEAKERS)
    if known >= 2 and 2 * known >= lines:
        return True
    if turns < 4 or 2 * turns < lines:
        return False
    speakers = [(label, times) for label, times in labels.most_common(6) if times >= 2 and _is_speaker(label)]
    return len(speakers) >= 2 and 5 * sum(times for _, times in speakers) >= 4 * turns


def _is_speaker(label: str) -> bool:
    return not label.isascii() or (
        label[0].isupper()
        and label[1:].replace(" ", "a")[-1:].islower()
        and not re.search("[a-z][A-Z]", label)
    )
