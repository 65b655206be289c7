"""Made-up personal values and sentences that contain one, in Chinese and English, by type.

They share no list and no pattern with the detectors, so that recall on them is not measured on the data that
the rules were written for. Checksums are valid, area codes exist, and formats vary as people write them.
"""

from collections.abc import Callable
from random import Random
from typing import Literal

Language = Literal["zh", "en"]
_CONSONANTS, _VOWELS = "bcdfghjklmnprstvw", "aeiou"
_UPPER, _LOWER = "ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz"
_FAMILY = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红燕玲雪梅建国志文博思雨欣怡轩浩然"
_FIRST = ("James", "Mary", "Robert", "Linda", "Karen", "Daniel", "Susan", "Kevin", "Laura", "Priya", "Omar")
_LAST = (
    "Whitfield",
    "Okafor",
    "Brennan",
    "Hargreaves",
    "Castillo",
    "Nakamura",
    "Lindqvist",
    "Moreau",
    "Patel",
)
_ROADS = ("中山路", "人民南路", "解放大道", "建设街", "长江西路", "文化巷")
_CITIES = ("杭州市西湖区", "成都市武侯区", "武汉市洪山区", "西安市雁塔区", "南京市鼓楼区")
_STREETS = ("Maple", "Chestnut", "Harbour", "Willow", "Station", "Mill")


def _digits(draw: Random, count: int) -> str:
    return str(draw.randint(1, 9)) + "".join(str(draw.randint(0, 9)) for _ in range(count - 1))


def _word(draw: Random, syllables: int) -> str:
    return "".join(draw.choice(_CONSONANTS) + draw.choice(_VOWELS) for _ in range(syllables))


def _mixed(draw: Random, count: int, letters: str) -> str:
    made = [draw.choice(letters) for _ in range(count)]
    for at in draw.sample(range(count), max(2, count // 3)):
        made[at] = str(draw.randint(0, 9))
    return "".join(made)


def _name(draw: Random, language: Language) -> str:
    if language == "en":
        return f"{draw.choice(_FIRST)} {draw.choice(_LAST)}"
    return draw.choice(_FAMILY) + "".join(draw.choice(_GIVEN) for _ in range(draw.choice((1, 2, 2))))


def _phone(draw: Random, language: Language) -> str:
    if language == "en":
        area, exchange, line = (
            f"{draw.randint(2, 9)}0{draw.randint(2, 9)}",
            f"5{_digits(draw, 2)}",
            _digits(draw, 4),
        )
        return draw.choice(("({}) {}-{}", "{}-{}-{}", "+1 {} {} {}", "{}.{}.{}")).format(area, exchange, line)
    mobile = draw.choice(("138", "159", "177", "186", "199")) + _digits(draw, 8)
    landline = draw.choice(("010", "021", "0571", "028")) + "-8" + _digits(draw, 7)
    return draw.choice((mobile, f"{mobile[:3]} {mobile[3:7]} {mobile[7:]}", f"+86 {mobile}", landline))


def _identity(draw: Random, language: Language) -> str:
    if language == "en":
        return f"{draw.randint(100, 664)}-{draw.randint(10, 99)}-{draw.randint(1000, 9999)}"
    body = draw.choice(("110105", "330106", "510107", "420111"))
    body += (
        f"{draw.randint(1950, 2005)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}{draw.randint(0, 999):03}"
    )
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(w * int(d) for w, d in zip(weights, body, strict=True)) % 11]


def _card(draw: Random, language: Language) -> str:
    body = ("4539" if language == "en" else "6217") + _digits(draw, 11)
    total = sum(sum(map(int, str(int(d) * (2 - at % 2)))) for at, d in enumerate(body))
    whole = f"{body}{-total % 10}"
    return draw.choice((whole, " ".join(whole[at : at + 4] for at in range(0, 16, 4))))


def _email(draw: Random, language: Language) -> str:
    host = (
        draw.choice(("qq.com", "163.com"))
        if language == "zh"
        else f"{_word(draw, 3)}.{draw.choice(('com', 'org'))}"
    )
    return f"{_word(draw, 2)}{draw.choice(('', '.', '_'))}{_word(draw, 2)}{draw.randint(1, 99)}@{host}"


def _address(draw: Random, language: Language) -> str:
    number = draw.randint(2, 480)
    if language == "en":
        return f"{number} {draw.choice(_STREETS)} {draw.choice(('Street', 'Avenue', 'Road', 'Lane'))}"
    return f"{draw.choice(_CITIES)}{draw.choice(_ROADS)}{number}号"


def _plate(draw: Random, language: Language) -> str:
    if language == "en":
        return f"{draw.choice(_UPPER)}{draw.choice(_UPPER)}{draw.randint(10, 79)} " + "".join(
            draw.choice(_UPPER) for _ in range(3)
        )
    return draw.choice("京沪浙粤川") + draw.choice("ABC") + draw.choice(("", "·")) + _mixed(draw, 5, _UPPER)


def _account(draw: Random, language: Language) -> str:
    return f"{_word(draw, 2)}_{_word(draw, 2)}{draw.randint(10, 99)}"


def _order(draw: Random, language: Language) -> str:
    return (
        _digits(draw, 12)
        if language == "zh"
        else f"{draw.choice(_UPPER)}{draw.choice(_UPPER)}-{_digits(draw, 7)}"
    )


def _passport(draw: Random, language: Language) -> str:
    return draw.choice("EG" if language == "zh" else "CKX") + _digits(draw, 8)


def _api_key(draw: Random, language: Language) -> str:
    return draw.choice(("sk-", "ghp_")) + _mixed(draw, 36, _UPPER + _LOWER)


def _url_secret(draw: Random, language: Language) -> str:
    return _mixed(draw, 24, _LOWER)


VALUES: dict[str, Callable[[Random, Language], str]] = {
    "name": _name, "phone": _phone, "identity": _identity, "card": _card, "email": _email,
    "address": _address, "plate": _plate, "account": _account, "order": _order, "passport": _passport,
    "api_key": _api_key, "url_secret": _url_secret,
}  # fmt: skip

SENTENCES: dict[str, dict[Language, tuple[str, ...]]] = {
    "name": {
        "zh": (
            "联系人：{}，请尽快回复。",
            "我叫{}，昨天下的单。",
            "{}先生说他已经付款了。",
            "经办人{}签字确认。",
        ),
        "en": (
            "My name is {} and I called yesterday.",
            "Contact: {}",
            "Please ask Mr. {} to sign.",
            "{} said hello.",
        ),
    },
    "phone": {
        "zh": ("电话：{}。", "有事打{}找我。", "我的号码是{}，晚上也行。", "请回电{}，谢谢。"),
        "en": (
            "Phone: {}",
            "Call me at {} after six.",
            "You can reach us on {}.",
            "Her new number is {}, I think.",
        ),
    },
    "identity": {
        "zh": ("身份证号：{}。", "证件号码 {} 已核验。", "本人身份证{}，情况属实。"),
        "en": ("SSN: {}", "His social security number is {}.", "Applicant's SSN {} was verified."),
    },
    "card": {
        "zh": ("卡号：{}。", "请打到{}这张卡上。", "银行卡 {} 已冻结。"),
        "en": ("Card number: {}", "I paid with Visa {} last week.", "The card {} was declined."),
    },
    "email": {
        "zh": ("邮箱：{}。", "发到{}就行。", "请抄送 {}。"),
        "en": ("Email: {}", "Write to {} please.", "I forwarded it to {}, as agreed."),
    },
    "address": {
        "zh": ("地址：{}。", "我住在{}。", "请寄到{}，谢谢。"),
        "en": ("Address: {}", "She lives at {}.", "Deliver it to {}, please."),
    },
    "plate": {
        "zh": ("车牌号{}。", "一辆{}的车停在门口。", "车辆：{}"),
        "en": ("The car's plate is {}.", "Vehicle registration: {}", "A van, {}, was parked outside."),
    },
    "account": {
        "zh": ("微信号：{}。", "加我微信{}。", "微博账号：{}"),
        "en": ("Telegram: {}", "My Instagram is {}.", "Skype ID: {}"),
    },
    "order": {
        "zh": ("订单号：{}。", "快递单号{}还没到。", "订单{}要退款。"),
        "en": ("Order number: {}", "My booking reference is {}.", "Ticket {} is still open."),
    },
    "passport": {
        "zh": ("护照号：{}。", "护照号码{}，有效期五年。"),
        "en": ("Passport No: {}", "His passport number is {}.", "Passport {} expired."),
    },
    "api_key": {
        "zh": ("密钥是 {} 请勿外传。", "api key：{}"),
        "en": ("api_key={}", "The key {} leaked.", "export TOKEN={}"),
    },
    "url_secret": {
        "zh": ("链接 https://pan.tianhe.cn/s/a?token={} 七天有效。",),
        "en": (
            "See https://files.acme.io/d?id=7&signature={} for it.",
            "GET https://acme.io/?access_token={}",
        ),
    },
}
