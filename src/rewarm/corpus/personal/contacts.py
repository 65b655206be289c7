"""E-mail, accounts of messengers and sites, order and parcel numbers, passports, number plates.

An address is found from its `@`, the rarest of its characters (about 8 times cheaper than a pattern
for the whole). Accounts, orders and passports have no form of their own: a label has to say so.
"""

import re
from collections.abc import Iterator

from rewarm.corpus.personal.finding import Finding, alone, is_inside_word, near_words

_LOCAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}$")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.){1,5}([A-Za-z]{2,12})(?![A-Za-z0-9-])")
_AT_SPELLED = re.compile(
    r" ?[\[(<{] ?(?:at|AT|艾特) ?[\])>}] ?(?:[A-Za-z0-9-]{1,63}(?:\.| ?[\[(<{] ?(?:dot|"
    r"DOT) ?[\])>}] ?| dot )){1,4}[A-Za-z]{2,12}\b"
)
_HASH_AT = re.compile(r"#(?:163|126|qq|gmail|sina|foxmail|outlook|hotmail|139)\.com\b")
_ENDINGS = frozenset(
    [
        "com",
        "org",
        "net",
        "edu",
        "gov",
        "mil",
        "int",
        "info",
        "biz",
        "dev",
        "app",
        "xyz",
        "top",
        "online",
        "site",
        "tech",
        "club",
        "shop",
        "cloud",
        "email",
        "name",
        "pro",
        "mobi",
        "asia",
        "museum",
        "arpa",
        "coop",
        "jobs",
        "travel",
        "work",
        "live",
        "blog",
        "store",
        "vip",
        "ltd",
        "group",
        "wang",
        "中国",
    ]
)
_FILES = frozenset("py js ts sh so md rs go cc pl ps rb tf vb cs".split())  # noqa: SIM905
_RESERVED = re.compile(
    r"(?:^|\.)(?:example\.(?:com|org|net|edu|cn)|(?:test|invalid|localhost|local|example))$", re.I
)
_NOBODY = frozenset(
    [
        "user",
        "users",
        "username",
        "name",
        "yourname",
        "your.name",
        "your_name",
        "you",
        "me",
        "someone",
        "somebody",
        "nobody",
        "noreply",
        "no-reply",
        "example",
        "test",
        "foo",
        "bar",
        "baz",
        "foobar",
        "email",
        "mail",
        "e-mail",
        "address",
        "admin",
        "administrator",
        "root",
        "info",
        "webmaster",
        "postmaster",
        "hostmaster",
        "abc",
        "xxx",
        "support",
        "sales",
        "contact",
        "hello",
        "service",
        "xyz",
        "login",
        "account",
        "first.last",
        "firstname.lastname",
        "git",
        "sender",
        "recipient",
        "from",
        "to",
        "user1",
        "user2",
        "myname",
        "joe.user",
        "a",
        "b",
        "c",
        "x",
        "y",
        "z",
        "local-part",
        "localpart",
    ]
)

_ACCOUNT = re.compile(
    r"(?:微信|薇信|威信|[Vv]信|[Ww]e[Cc]hat|WECHAT|\b[Vv][Xx]|\b[Ww][Xx])(?:账号|帐号|号码?|ID|id| id|"
    r" ID)?(?:是|为|就是|叫| is|加)?[\"“ :：]{0,3}"
    r"([A-Za-z][A-Za-z0-9_-]{5,19}|1[3-9][0-9]{9})(?![A-Za-z0-9_])"
)
_QQ = re.compile(
    r"(?:QQ|qq|Qq|扣扣|企鹅)(?:群|账号|帐号|号码?)*(?:是|为|就是|加| is|"
    r" number)?[\"“ :：]{0,3}([1-9][0-9]{4,11})(?![0-9A-Za-z@.])"
)
_SITE = re.compile(
    r"(?:微博|抖音|快手|小红书|支付宝|知乎|豆瓣|钉钉|陌陌|淘宝|闲鱼|用户|登录|会员|游戏|飞书|[BＢ]站)"
    r"(?:账号|帐号|账户|号|名|ID|id|UID|uid|昵称)?(?:是|为|就是|叫)?[\"“ :：@]{0,3}"
    r"([A-Za-z0-9_][A-Za-z0-9_.-]{4,29})(?![A-Za-z0-9_@])"
)
_MENTION = re.compile(
    r"(?:微博|抖音|小红书|知乎|[Tt]witter|[Ii]nstagram|[Tt]elegram|IG|TG|[Tt]hreads|"
    r"[Tt]ik[Tt]ok)[^\n@。.]{0,12}@([\u4e00-\u9fff]{0,8}[A-Za-z0-9_][A-Za-z0-9_.-]{1,29}|"
    r"[\u4e00-\u9fff]{2,8})"
)
_HANDLE = re.compile(
    r"(?:[Tt]elegram|[Ss]kype|[Tt]witter|[Ii]nstagram|[Dd]iscord|[Ff]acebook|[Vv]enmo|"
    r"[Cc]ash ?[Aa]pp|[Ss]napchat|LINE|[Ll]inked[Ii]n|[Tt]ik[Tt]ok|KakaoTalk|IG)"
    r"(?: (?:ID|id|handle|account|username|name|user))?(?: is|:|：| -|"
    r"=) ?[\"“@$]{0,2}([A-Za-z][A-Za-z0-9_.#:-]{3,31})(?![A-Za-z0-9_@])"
)
_USER = re.compile(
    r"(?:[Uu]ser ?name|[Ll]ogin(?: name)?|[Uu]ser ?ID|[Hh]andle|[Mm]ember ID)(?: is|:|"
    r"：) ?[\"“@]?([A-Za-z][A-Za-z0-9_.-]{4,29})(?![A-Za-z0-9_@(])"
)
_COMMON_ACCOUNT = re.compile(
    r"(?:app_?id|open_?id|union_?id)\w*|(?:pay|login|public|mini|example|test|admin|username|root|"
    r"default|user_?(?:name|id)?|"
    r"my_?(?:user|name|account)|guest|null|none|string|true|false)[_-]?[0-9]{0,3}",
    re.I,
)


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
_PASSPORT_WORDS = ("照", "证", "assport", "PASSPORT", "出入境", "ravel document")
_PARCEL = re.compile(
    r"(?:SF|JD|YT|ZTO|JT|EMS|DPK)[A-Z]{0,3}[0-9]{11,15}|1Z[0-9A-Z]{16}|[A-Z]{2}[0-9]{9}(?:CN|US|GB|HK|DE|JP)"
)

_PASSPORT = re.compile(
    r"(?:护照|通行证|回乡证|台胞证|军官证|士兵证|[Pp]assport|PASSPORT|居留证|签证)"
    r"(?:号码?|证件?号?|编号|(?:,? (?:number|no\.?|No\.?|#|num|details))|本)*(?:是|为|：|:| is|,|"
    r" was)?[^A-Za-z0-9\n。；]{0,8}"
    r"([A-Za-z]{0,2}[0-9][A-Z0-9]{5,9}|[A-Z][A-Z][0-9]{7})(?![A-Za-z0-9])"
)
_BARE_PASSPORT = re.compile(r"[EG][A-HJ-NP-Z0-9][0-9]{7}")
_PASSPORT_NEAR = re.compile(r"护照|passport|出入境|签证|travel document", re.I)

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(
    rf"[{_PROVINCES}][A-HJ-NP-Z][ ·•.-]?(?:[A-HJ-NP-Z0-9]{{4}}[A-HJ-NP-Z0-9挂学警港澳][0-9DFABCEGHJK]?)(?![A-Za-z0-9-])"
)
_PLATE_ABROAD = re.compile(
    r"(?:[Ll]icen[cs]e plate|[Nn]umber plate|[Pp]late(?: number| no\.?)|[Rr]egistration plate|"
    r"\b[Pp]lates?|vehicle registration|plate reads|tag number)"
    r"(?: (?:number|no\.?|is|was|reading|of|reads|"
    r"#))*[ :：,#]{0,3}([A-Z0-9]{1,4}[ -]?[A-Z0-9]{2,5}(?:[ -][A-Z0-9]{1,4})?)(?![A-Za-z0-9])"
)


_ACCOUNTS = (
    (
        ("微信", "薇信", "威信", "V信", "v信", "eChat", "echat", "ECHAT", "VX", "vx", "Vx", "WX", "wx"),
        _ACCOUNT,
    ),
    (("QQ", "qq", "Qq", "扣扣", "企鹅"), _QQ),
    (
        (
            "微博",
            "抖音",
            "快手",
            "小红书",
            "支付宝",
            "知乎",
            "豆瓣",
            "钉钉",
            "陌陌",
            "淘宝",
            "闲鱼",
            "用户",
            "登录",
            "会员",
            "游戏",
            "飞书",
            "B站",
        ),
        _SITE,
    ),
    (
        (
            "微博",
            "抖音",
            "小红书",
            "知乎",
            "witter",
            "nstagram",
            "elegram",
            "hreads",
            "ikTok",
            "iktok",
            "IG",
            "TG",
        ),
        _MENTION,
    ),
    (
        (
            "elegram",
            "kype",
            "witter",
            "nstagram",
            "iscord",
            "acebook",
            "enmo",
            "napchat",
            "LINE",
            "inkedIn",
            "inkedin",
            "ikTok",
            "iktok",
            "KakaoTalk",
            "IG ",
        ),
        _HANDLE,
    ),
    (("ser name", "sername", "ogin", "ser ID", "andle", "ember ID"), _USER),
)


def find(text: str) -> Iterator[Finding]:
    """E-mail addresses, plates, accounts: what a rare letter or word announces anywhere."""
    yield from _emails(text)
    for match in _PLATE.finditer(text) if not text.isascii() else ():
        code = match[0][2:]
        if sum(map(str.isdigit, code)) >= 2 or "车" in text[max(0, match.start() - 12) : match.end() + 6]:
            yield Finding(*match.span(), "plate")
    for low, high in near_words(text, ("late", "registration", "tag number"), 64):
        for match in _PLATE_ABROAD.finditer(text, low, high):
            if any(map(str.isdigit, match[1])) and 5 <= len(match[1].replace(" ", "").replace("-", "")) <= 8:
                yield Finding(*match.span(1), "plate")
    chinese = not text.isascii()
    for words, pattern in _ACCOUNTS:
        if words[0] > "z" and not chinese and pattern is not _ACCOUNT:
            continue
        for low, high in near_words(text, words, 80):
            for match in pattern.finditer(text, low, high):
                if not is_inside_word(text, match.start()) and _is_account(match, pattern):
                    end = match.start(1) + len(match[1].rstrip(".-:"))
                    yield Finding(match.start(1), end, "account")


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


def _is_account(match: re.Match[str], pattern: re.Pattern[str]) -> bool:
    """A handle has a digit or an underscore; one of letters only needs a colon, an @ or 是 before it."""
    value = match[1]
    if _COMMON_ACCOUNT.fullmatch(value):
        return False
    if any(map(str.isdigit, value)) or "_" in value:
        return True
    label = match[0][: -len(value)].rstrip('"“ ')
    return pattern in (_ACCOUNT, _HANDLE, _MENTION) and label.endswith(
        (":", "：", "是", "为", "号", "ID", "@")
    )


def _emails(text: str) -> Iterator[Finding]:
    at = text.find("@")
    while at >= 0:
        domain = _DOMAIN.match(text, at + 1)
        local = _LOCAL.search(text[max(0, at - 64) : at]) if domain else None
        if domain and local and is_mailbox(local[0].strip("'"), domain[0]):
            end = domain.end()
            start = at - len(local[0].lstrip("'"))
            if (
                not (local[0] == "git" and text[end : end + 1] == ":")
                and text[max(0, start - 2) : start] != "//"
            ):
                yield Finding(start, end, "email")
        at = text.find("@", at + 1)
    for pattern in (_AT_SPELLED, _HASH_AT):
        for match in pattern.finditer(text):
            local = _LOCAL.search(text[max(0, match.start() - 64) : match.start()])
            if local and len(local[0]) > 2:
                yield Finding(match.start() - len(local[0]), match.end(), "email")


def is_mailbox(local: str, domain: str) -> bool:
    """Whether somebody may read what is sent there: no file name, no stand-in at a reserved domain."""
    ending = domain.rsplit(".", 1)[-1].lower()
    if (len(ending) != 2 and ending not in _ENDINGS and not _RESERVED.search(domain)) or ending in _FILES:
        return False
    if local.lower() in _NOBODY or not local:
        return local.lower() not in ("git", "", "noreply", "no-reply") and not _placeholder(domain)
    return (
        not _RESERVED.search(domain)
        or any(mark in local for mark in "._-")
        or len(local) >= 8
        or any(map(str.isdigit, local))
    )


def _placeholder(domain: str) -> bool:
    words = (
        "example",
        "domain",
        "company",
        "your",
        "email",
        "test",
        "foo",
        "bar",
        "host",
        "server",
        "site",
        "xxx",
        "abc",
    )
    return bool(_RESERVED.search(domain)) or any(word in domain.lower() for word in words)


def _is_date(text: str) -> bool:
    return re.fullmatch(r"(?:19|20)[0-9]{2}[-/.]?[0-9]{1,2}[-/.]?[0-9]{1,2}", text) is not None
