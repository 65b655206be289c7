"""Accounts of messengers and sites: WeChat, QQ, Weibo, Telegram …; found by labels only.

A handle has no form of its own, so only the text after a label is searched.
"""

import re
from collections.abc import Iterable, Iterator

from rewarm.pii.detector import Detector, Find, labelled, listed
from rewarm.pii.finding import Finding, is_inside_word
from rewarm.pii.name_lists import words

_ACCOUNT = re.compile(
    r"(?:账号|帐号|号码?|ID|id| id| ID)?(?:是|为|就是|叫| is|加)?[\"“ :：(（]{0,3}"
    r"([A-Za-z][A-Za-z0-9_-]{5,19}|1[3-9][0-9]{9})(?![A-Za-z0-9_])"
)
# wxid_p3k9t7zq2m1x22, live:.cid.7f3b9c2e10ad; not app-live:latest.
_WXID = re.compile(
    r"(?<![A-Za-z0-9/-])(?:wxid_[a-z0-9]{8,24}|live:\.cid\.[a-z0-9]{6,20}|"
    r"live:(?=[A-Za-z._-]{0,24}[0-9])[A-Za-z0-9][A-Za-z0-9._-]{4,30}[A-Za-z0-9])(?![A-Za-z0-9_])"
)
_QQ = re.compile(
    r"[(（]?(?:群|账号|帐号|号码?){0,3}(?:是|为|就是|加| is|"
    r" number)?[\"“ :：]{0,3}([1-9][0-9]{4,11}|[1-9][0-9]{2,3}(?: [0-9]{3,4}){1,2})(?!\.?[0-9A-Za-z@])"
)
_SITE = re.compile(
    r"(?:账号|帐号|账户|号|名|ID|id|UID|uid|昵称)?(?:是|为|就是|叫)?[\"“ :：@]{0,3}"
    r"([A-Za-z0-9_][A-Za-z0-9_.-]{4,29})(?![A-Za-z0-9_@])"
)
_MENTION = re.compile(
    r"[^\n@。.]{0,12}@([\u4e00-\u9fff]{0,8}[A-Za-z0-9_][A-Za-z0-9_.-]{1,29}|"
    r"[\u4e00-\u9fff]{2,8})"
)
_HANDLE = re.compile(
    r"(?: (?:ID|id|handle|account|username|name|user))?(?: is|:|：| -|"
    r"=) ?[\"“@$]{0,2}([A-Za-z][A-Za-z0-9_.#:-]{3,31})(?![A-Za-z0-9_@])"
)
_USER = re.compile(
    r"(?: is|:|"
    r"：) ?[\"“@]?([A-Za-z][A-Za-z0-9_.-]{4,29})(?![A-Za-z0-9_@(])"
)
# A messenger's name, then a handle with its sign or a mark that no word has.
_SIGNED = re.compile(
    r"(?: me(?= ?[:：]))?(?:[ ,，]{0,2}(?:ID|id|[Hh]andle(?: of [a-z ]{2,20})?|[Aa]ccount|"
    r"[Uu]ser(?:name)?|账号|帐号|号|"
    r"[^\n。]{0,4}[，,]号))?(?: is| was| as|是|"
    r"为)? ?[:：=]? ?"
    r"(@?(?:live:)?[A-Za-z0-9_][A-Za-z0-9_.#-]{3,31})(?![A-Za-z0-9_@])"
)
_CHINESE_LABEL = re.compile(
    r"(?:[(（][^)）\n]{0,8}[)）])?(?:是|"
    r"为)?[：: ]{1,2}(?=[A-Za-z0-9.-]*[0-9_.])([A-Za-z][A-Za-z0-9_.-]{3,29})(?![A-Za-z0-9_@])"
)
_ASSIGNED = re.compile(
    r"(?<![?&])\b(?:[Uu]ser(?:name)?|[Ll]ogin)=[\"']?([A-Za-z][A-Za-z0-9_.-]{4,31})(?![A-Za-z0-9_@])"
)
_LOGGED_IN = re.compile(
    r"(?: ?[:：] ?| (?=[A-Za-z_.-]{0,24}[0-9_]))"
    r"([A-Za-z][A-Za-z0-9_.-]{3,24})(?: *\n[^\n]{0,3}|(?<=[0-9]),? (?:and )?)"
    r"(?:[Pp]ass(?:word|code|wd)?\b|[Pp]wd|密码)"
)
_WITH_DIGIT = re.compile(r"[ :：是为]{0,3}[^\s0-9]{0,24}[0-9]")
_TAGGED = re.compile(
    r"(?<![A-Za-z0-9_.#/&-])(?!(?:[Ii]ssue|[Bb]ug|[Tt]icket|[Cc]ase|PR|[Pp]ull|[Nn]o|"
    r"[Rr]ef)s?#)([A-Za-z][A-Za-z0-9_.]{2,31}#[0-9]{4})(?![0-9A-Za-z])"
)
_USER_ID = re.compile(
    r"(?:\b[Uu](?=[Ii][Dd])|\b[Oo]pen(?=_?id)|[Uu]ser|USER|[Mm]ember|[Cc]ustomer|[Cc]lient|"
    r"[Aa]ccount|[Pp]layer)[_ ]?(?:ID|id|"
    r"Id)[\"']?(?:：| ?[:=]| is| (?=[A-Z]{1,4}-)) ?[\"']?"
    r"([A-Za-z0-9_.-]{5,40})(?![A-Za-z0-9_@(])"
)
_NICKNAME = re.compile(
    r"(?P<told> ?(?:ID|id|账号|"
    r"帐号|昵称|号|用户名| account| id)[:： ]{1,2}@?|[：:] ?@?)"
    r"([\u4e00-\u9fffA-Za-z0-9_-]{2,20})(?=[\s，。,.；;、)）]|$)"
)
_COMMON_ACCOUNT = re.compile(
    r"(?:app_?id|open_?id|union_?id)\w*|(?:pay|login|public|mini|example|test|admin|username|root|"
    r"default|user_?(?:name|id)?|"
    r"my_?(?:user|name|account)|guest|null|none|string|true|false)[_-]?[0-9]{0,3}",
    re.I,
)
_PLACEHOLDER = re.compile(r"0?123456|[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-|(.)\1+$")
_VERSION = re.compile(r"[vV]?[0-9]{1,6}(?:\.[0-9]{1,9}){1,8}|[0-9]{1,4}")


# OAuth2, 10000-20000, 9876543: a technical term, a range, a number behind no more than a blank.
_TERM = re.compile(r"[A-Za-z]{1,40}[0-9]|[0-9]{1,40}")
_FIELD = re.compile(
    r"(?:[\w.]{0,40}[_.])?(?:u?id|gid|name|user|key|type|account|token|handler|list|line)s?|[a-z]{1,30}_?"
    r"[A-Z][a-z]{1,30}(?:[A-Z][a-z]{1,30}){0,6}|0[ox].{0,40}|[0-9]{1,20}-[0-9]{1,20}",
)
_CLOSED = re.compile(r" {0,4}(?:[\n，。,.；;、)）\"”]|$)")


def _is_field(value: str) -> bool:
    """Whether a value is the name of a field or variable, or a range of numbers."""
    return _FIELD.fullmatch(value) is not None


def _trimmed(pattern: re.Pattern[str], letters: bool = False) -> Find:
    """Handles without the sentence's full stop; letters: whether one without digits is a
    handle behind a colon, an @ or 是."""

    def find(text: str, start: int, end: int) -> Iterable[Finding]:
        match = pattern.match(text, end, end + 120)
        if match is None or is_inside_word(text, start) or _COMMON_ACCOUNT.fullmatch(match[1]):
            return ()
        label = text[start : match.start(1)].rstrip('"“ ')
        glued = (
            match.start(1) == end and label[-1:].isascii() and label[-1:].isalnum() and not match[1].isdigit()
        )
        if glued or _is_field(match[1]):
            return ()
        # Words have no mark; one is a handle where a label with a capital says so and nothing follows.
        is_labelled = letters and label.endswith(_LEADS) and not text[start].islower()
        is_labelled = is_labelled and (label[-1] == "@" or _CLOSED.match(text, match.end()) is not None)
        if not _has_mark(match[1]) and not is_labelled:
            return ()
        return (Finding(match.start(1), match.start(1) + len(match[1].rstrip(".-:")), "account"),)

    return find


_LEADS = (":", "：", "是", "为", "号", "ID", "@")


def _has_mark(value: str) -> bool:
    """Digits and underscores stand in handles and seldom in words."""
    return "_" in value or any(map(str.isdigit, value))


def _signed(text: str, start: int, end: int) -> Iterable[Finding]:
    if is_inside_word(text, start):
        return ()
    match = _SIGNED.match(text, end - (text[end - 1] in _SIGNS), end + 120)
    if match is None:
        return ()
    value = match[1].rstrip(".-")
    if match.start(1) == end and text[end - 1].isascii() and value[0] != "@":  # LinkedinOauth2Config
        return ()
    is_signature = (
        value[0] == "@"
        or (
            _has_mark(value)
            and not (_is_field(value) or (_TERM.fullmatch(value) and match[0][: -len(match[1])].isspace()))
        )
        or value.startswith("live:")
        or (" is " in match[0] and "." in value)
    )
    name = value.lstrip("@")
    if not is_signature or len(name) <= 3 or _COMMON_ACCOUNT.fullmatch(name) or _VERSION.fullmatch(name):
        return ()
    begin = match.start(1) + len(value) - len(name)
    return (Finding(begin, match.start(1) + len(value), "account"),)


def _chinese(text: str, _: int, end: int) -> Iterable[Finding]:
    match = _CHINESE_LABEL.match(text, end, end + 80)
    if match is None or _COMMON_ACCOUNT.fullmatch(match[1]):
        return ()
    return (Finding(match.start(1), match.start(1) + len(match[1].rstrip(".-")), "account"),)


def _logged_in(text: str, _: int, end: int) -> Iterable[Finding]:
    match = _LOGGED_IN.match(text, end, end + 100)
    if match is None or _COMMON_ACCOUNT.fullmatch(match[1]):
        return ()
    if not _has_mark(match[1]) and not _WITH_DIGIT.match(text, match.end()):  # password: secret, of a manual.
        return ()
    return (Finding(*match.span(1), "account", sure=False),)


def _tagged(text: str, start: int, end: int) -> Iterator[Finding]:
    for match in _TAGGED.finditer(text, start, end):
        yield Finding(*match.span(1), "account")


def _nickname(text: str, _: int, end: int) -> Iterable[Finding]:
    match = _NICKNAME.match(text, end, end + 60)
    if match and (match["told"].strip(" :：") or _has_mark(match[2])):
        return (Finding(*match.span(2), "account"),)
    return ()


def _is_assigned(text: str, match: re.Match[str]) -> bool:
    return any(map(str.isdigit, match[1])) and not _COMMON_ACCOUNT.fullmatch(match[1])


def _is_user_id(text: str, match: re.Match[str]) -> bool:
    return (
        text[match.start() - 1 : match.start()] not in ("?", "&")
        and _is_user(match[1])
        and not _PLACEHOLDER.match(match[1])
        and not _is_field(match[1])
        and not _COMMON_ACCOUNT.fullmatch(match[1])
    )


_SIGNS = " ,，:：=是为@"
_LATIN_SITES = (
    *listed(
        "telegram skype twitter instagram discord facebook snapchat wechat whatsapp venmo cashapp tiktok"
    ),
    *("cash app", "tik tok", "linkedin", "signal", "reddit", "steam", "kakao", "kakaotalk", "weibo"),
    *(f"{site}{sign}" for site in ("tg", "ig", "ins") for sign in _SIGNS),
)
_HAN_SITES = listed("微博 抖音 小红书 知乎 闲鱼 快手 豆瓣 旺旺 b站 贴吧 淘宝")
_USER_IDS = tuple(
    f"{owner}{gap}id"
    for owner in ("user", "member", "customer", "client", "account", "player")
    for gap in ("", "_", " ")
)
DETECTORS = (
    Detector(_trimmed(_ACCOUNT, True), listed("微信 薇信 威信 v信 加v： 加v: wechat vx wx")),
    Detector(_trimmed(_QQ), ("加q ", *listed("qq 扣扣 企鹅 加q： 加q:"))),
    Detector(_trimmed(_SITE), words("chinese_sites")),
    Detector(
        _trimmed(_MENTION, True), listed("微博 抖音 小红书 知乎 twitter instagram telegram threads tiktok")
    ),
    Detector(
        _trimmed(_HANDLE, True), (*words("handle_sites"), "cash app", "line id", "line:", "tik tok", "ig:")
    ),
    Detector(
        _trimmed(_USER),
        ("username", "user name", "login", "login name", "user id", "userid", "handle", "member id"),
    ),
    Detector(_signed, (*_LATIN_SITES, *_HAN_SITES, "微信")),
    Detector(_nickname, (*_HAN_SITES, "weibo")),
    Detector(_chinese, ("账号", "帐号", "用户名", "登录名", "登陆名", "工号")),
    Detector(_logged_in, ("login", "user", "username", "用户名", "账号")),
    labelled(_ASSIGNED, "account", ("user=", "username=", "login="), _is_assigned),
    labelled(_USER_ID, "account", ("uid", "openid", "open_id", *_USER_IDS), _is_user_id),
    labelled(_WXID, "account", ("wxid_", "live:")),
    Detector(_tagged, tuple(f"#{digit}" for digit in range(10)), merged=True, before=33, after=5),
)


def _is_user(value: str) -> bool:
    digits = sum(map(str.isdigit, value))
    return (
        digits >= 4
        or "_" in value
        or (digits >= 2 and sum(map(str.isalpha, value)) >= 3)
        or "." in value[1:-1]
    )
