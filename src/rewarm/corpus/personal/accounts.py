"""Accounts of messengers and sites: WeChat, QQ, Weibo, Telegram …; a label has to say so.

A handle has no form of its own, so only what follows a label is read.
"""

import re
from collections.abc import Iterator

from rewarm.corpus.personal.detector import Detector, Find, labelled, listed
from rewarm.corpus.personal.finding import Finding, is_inside_word
from rewarm.corpus.personal.name_lists import words

_ACCOUNT = re.compile(
    r"(?:微信|薇信|威信|[Vv]信|加[Vv](?=[：:])|[Ww]e[Cc]hat|WECHAT|\b[Vv][Xx]|\b[Ww][Xx])(?:账号|帐号|"
    r"号码?|ID|id| id|"
    r" ID)?(?:是|为|就是|叫| is|加)?[\"“ :：(（]{0,3}"
    r"([A-Za-z][A-Za-z0-9_-]{5,19}|1[3-9][0-9]{9})(?![A-Za-z0-9_])"
)
# wxid_p3k9t7zq2m1x22, live:.cid.7f3b9c2e10ad; not app-live:latest.
_WXID = re.compile(
    r"(?<![A-Za-z0-9/-])(?:wxid_[a-z0-9]{8,24}|live:\.cid\.[a-z0-9]{6,20}|"
    r"live:(?=[A-Za-z._-]{0,24}[0-9])[A-Za-z0-9][A-Za-z0-9._-]{4,30}[A-Za-z0-9])(?![A-Za-z0-9_])"
)
_QQ = re.compile(
    r"(?:QQ|qq|Qq|扣扣|企鹅|加[Qq](?=[：: ]))[(（]?(?:群|账号|帐号|号码?)*(?:是|为|就是|加| is|"
    r" number)?[\"“ :：]{0,3}([1-9][0-9]{4,11}|[1-9][0-9]{2,3}(?: [0-9]{3,4}){1,2})(?!\.?[0-9A-Za-z@])"
)
_SITE = re.compile(
    r"(?:微博|旺旺|抖音|快手|小红书|支付宝|知乎|豆瓣|钉钉|陌陌|淘宝|闲鱼|用户|登录|会员|游戏|飞书|[BＢ]站)"
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
    r"(?:[Uu]ser ?[Nn]ame|[Ll]ogin(?: name)?|[Uu]ser ?ID|[Hh]andle|[Mm]ember ID)(?: is|:|"
    r"：) ?[\"“@]?([A-Za-z][A-Za-z0-9_.-]{4,29})(?![A-Za-z0-9_@(])"
)
# A messenger's name, then a handle with its sign or a mark that no word has.
_SIGNED = re.compile(
    r"(?:[Tt]elegram|TELEGRAM|\b[Tt][Gg]\b|[Ss]kype|[Tt]witter|[Ii]nstagram|\bIG\b|\bins\b|"
    r"[Dd]iscord|[Ff]acebook|[Ss]napchat|"
    r"[Ww]e[Cc]hat|[Ww]hats[Aa]pp|[Vv]enmo|[Cc]ash ?[Aa]pp|[Tt]ik[Tt]ok|[Ll]inked[Ii]n|[Ss]ignal|"
    r"[Rr]eddit|[Ss]team|[Kk]akao(?:[Tt]alk)?|"
    r"微信|微博|抖音|小红书|知乎|闲鱼|快手|豆瓣|[Ww]eibo)"
    r"(?: me(?= ?[:：]))?(?:[ ,，]{0,2}(?:ID|id|[Hh]andle(?: of [a-z ]{2,20})?|[Aa]ccount|"
    r"[Uu]ser(?:name)?|账号|帐号|号|"
    r"[^\n。]{0,4}[，,]号))?(?: is| was| as|是|"
    r"为)? ?[:：=]? ?"
    r"(@?(?:live:)?[A-Za-z0-9_][A-Za-z0-9_.#-]{3,31})(?![A-Za-z0-9_@])"
)
_CHINESE_LABEL = re.compile(
    r"(?:账号|帐号|用户名|登录名|登陆名|工号)(?:[(（][^)）\n]{0,8}[)）])?(?:是|"
    r"为)?[：: ]{1,2}(?=[A-Za-z0-9.-]*[0-9_.])([A-Za-z][A-Za-z0-9_.-]{3,29})(?![A-Za-z0-9_@])"
)
_ASSIGNED = re.compile(
    r"(?<![?&])\b(?:[Uu]ser(?:name)?|[Ll]ogin)=[\"']?([A-Za-z][A-Za-z0-9_.-]{4,31})(?![A-Za-z0-9_@])"
)
_LOGGED_IN = re.compile(
    r"(?:[Ll]ogin|[Uu]ser(?:name)?|用户名|账号)(?: ?[:：] ?| (?=[A-Za-z_.-]{0,24}[0-9_]))"
    r"([A-Za-z][A-Za-z0-9_.-]{3,24})(?: *\n[^\n]{0,3}|(?<=[0-9]),? (?:and )?)"
    r"(?:[Pp]ass(?:word|code|wd)?\b|[Pp]wd|密码)"
)
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
    r"(?:微博|闲鱼|抖音|小红书|知乎|快手|豆瓣|旺旺|[BＢ]站|贴吧|淘宝|[Ww]eibo)(?P<told> ?(?:ID|id|账号|"
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


def _trimmed(pattern: re.Pattern[str]) -> Find:
    """Handles without the sentence's full stop."""

    def find(text: str, start: int, _: int) -> Iterator[Finding]:
        match = pattern.match(text, start, start + 120)
        if match and not is_inside_word(text, start) and _is_account(text, match):
            yield Finding(match.start(1), match.start(1) + len(match[1].rstrip(".-:")), "account")

    return find


def _signed(text: str, start: int, _: int) -> Iterator[Finding]:
    match = _SIGNED.match(text, start, start + 120)
    if match is None or is_inside_word(text, start):
        return
    value = match[1].rstrip(".-")
    told = (
        value[0] == "@"
        or any(map(str.isdigit, value))
        or "_" in value
        or value.startswith("live:")
        or (" is " in match[0] and "." in value)
    )
    name = value.lstrip("@")
    if told and len(name) > 3 and not _COMMON_ACCOUNT.fullmatch(name) and not _VERSION.fullmatch(name):
        start = match.start(1) + len(value) - len(name)
        yield Finding(start, match.start(1) + len(value), "account")


def _chinese(text: str, start: int, _: int) -> Iterator[Finding]:
    match = _CHINESE_LABEL.match(text, start, start + 80)
    if match and not _COMMON_ACCOUNT.fullmatch(match[1]):
        yield Finding(match.start(1), match.start(1) + len(match[1].rstrip(".-")), "account")


def _logged_in(text: str, start: int, _: int) -> Iterator[Finding]:
    match = _LOGGED_IN.match(text, start, start + 100)
    if match and not _COMMON_ACCOUNT.fullmatch(match[1]):
        yield Finding(*match.span(1), "account", sure=False)


def _tagged(text: str, start: int, end: int) -> Iterator[Finding]:
    for match in _TAGGED.finditer(text, start, end):
        yield Finding(*match.span(1), "account")


def _is_nickname(text: str, match: re.Match[str]) -> bool:
    return bool(match["told"].strip(" :：")) or "_" in match[2] or any(map(str.isdigit, match[2]))


def _nickname(text: str, start: int, _: int) -> Iterator[Finding]:
    match = _NICKNAME.match(text, start, start + 60)
    if match and _is_nickname(text, match):
        yield Finding(*match.span(2), "account")


def _is_assigned(text: str, match: re.Match[str]) -> bool:
    telling = any(map(str.isdigit, match[1])) or "_" in match[1]
    return telling and not _COMMON_ACCOUNT.fullmatch(match[1])


def _is_user_id(text: str, match: re.Match[str]) -> bool:
    return (
        text[match.start() - 1 : match.start()] not in ("?", "&")
        and _is_user(match[1])
        and not _PLACEHOLDER.match(match[1])
        and not _COMMON_ACCOUNT.fullmatch(match[1])
    )


_LATIN_SITES = (
    *listed("telegram tg skype twitter instagram ig ins discord facebook snapchat wechat whatsapp venmo"),
    *("cash app", "cashapp", "tiktok", "tik tok", "linkedin", "signal", "reddit", "steam", "kakao", "weibo"),
)
_HAN_SITES = listed("微博 抖音 小红书 知乎 闲鱼 快手 豆瓣 旺旺 b站 贴吧 淘宝")
_USER_IDS = tuple(
    f"{owner}{gap}id"
    for owner in ("user", "member", "customer", "client", "account", "player")
    for gap in ("", "_", " ")
)
DETECTORS = (
    Detector(_trimmed(_ACCOUNT), listed("微信 薇信 威信 v信 加v wechat vx wx")),
    Detector(_trimmed(_QQ), listed("qq 扣扣 企鹅 加q")),
    Detector(_trimmed(_SITE), words("chinese_sites")),
    Detector(
        _trimmed(_MENTION), listed("微博 抖音 小红书 知乎 twitter instagram telegram ig tg threads tiktok")
    ),
    Detector(_trimmed(_HANDLE), (*words("handle_sites"), "cash app", "line", "tik tok", "ig")),
    Detector(
        _trimmed(_USER),
        ("username", "user name", "login", "user id", "userid", "handle", "member id"),
    ),
    Detector(_signed, (*_LATIN_SITES, *_HAN_SITES, "微信")),
    Detector(_nickname, (*_HAN_SITES, "weibo")),
    Detector(_chinese, ("账号", "帐号", "用户名", "登录名", "登陆名", "工号")),
    Detector(_logged_in, ("login", "user", "用户名", "账号")),
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


def _is_account(text: str, match: re.Match[str]) -> bool:
    """A handle has a digit or an underscore; one of letters only needs a colon, an @ or 是 before it."""
    value = match[1]
    if _COMMON_ACCOUNT.fullmatch(value):
        return False
    if any(map(str.isdigit, value)) or "_" in value:
        return True
    label = match[0][: -len(value)].rstrip('"“ ')
    return match.re in (_ACCOUNT, _HANDLE, _MENTION) and label.endswith(
        (":", "：", "是", "为", "号", "ID", "@")
    )
