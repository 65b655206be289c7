"""Accounts of messengers and sites: WeChat, QQ, Weibo, Telegram …; a label has to say so.

A handle has no form of its own. Labels are searched as plain words, and only what follows them is
read with a pattern.
"""

import re
from collections.abc import Iterator

from rewarm.corpus.personal.finding import Finding, is_inside_word, near_words
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
# Words in small letters near which the patterns can match; those of Latin letters first.
_ACCOUNTS = (
    (("wechat", "vx", "wx", "微信", "薇信", "威信", "v信", "加v"), (_ACCOUNT,)),
    (("qq", "扣扣", "企鹅", "加q"), (_QQ,)),
    (words("handle_sites"), (_HANDLE, _MENTION)),
    (("line id", "line:", "cash app", "tik tok"), (_HANDLE,)),
    (("username", "user name", "login", "user id", "userid", "handle", "member id"), (_USER,)),
    (words("chinese_sites"), (_SITE, _MENTION)),
)


def find(text: str, folded: str) -> Iterator[Finding]:
    """Handles and numbers behind the name of a site or messenger; folded: the text in small letters."""
    for labels, patterns in _ACCOUNTS:
        for low, high in near_words(folded, labels, 80):
            for pattern in patterns:
                for match in pattern.finditer(text, low, high):
                    if not is_inside_word(text, match.start()) and _is_account(match, pattern):
                        end = match.start(1) + len(match[1].rstrip(".-:"))
                        yield Finding(match.start(1), end, "account")
    for match in _WXID.finditer(text) if "wxid_" in text or "live:" in text else ():
        yield Finding(*match.span(), "account")
    yield from _signed(text, folded)


def _signed(text: str, folded: str) -> Iterator[Finding]:
    for low, high in near_words(folded, _MESSENGERS, 80):
        for match in _SIGNED.finditer(text, low, high):
            value = match[1].rstrip(".-")
            told = (
                value[0] == "@"
                or any(map(str.isdigit, value))
                or "_" in value
                or value.startswith("live:")
                or (" is " in match[0] and "." in value)
            )
            name = value.lstrip("@")
            if (
                told
                and len(name) > 3
                and not _COMMON_ACCOUNT.fullmatch(name)
                and not _VERSION.fullmatch(name)
                and not is_inside_word(text, match.start())
            ):
                start = match.start(1) + len(value) - len(name)
                yield Finding(start, match.start(1) + len(value), "account")
        for match in _NICKNAME.finditer(text, low, high):
            if match["told"].strip(" :：") or "_" in match[2] or any(map(str.isdigit, match[2])):
                yield Finding(*match.span(2), "account")
    for match in _CHINESE_LABEL.finditer(text) if "号" in text or "名" in text else ():
        if not _COMMON_ACCOUNT.fullmatch(match[1]):
            yield Finding(match.start(1), match.start(1) + len(match[1].rstrip(".-")), "account")
    for match in _ASSIGNED.finditer(text) if "=" in text else ():
        if (any(map(str.isdigit, match[1])) or "_" in match[1]) and not _COMMON_ACCOUNT.fullmatch(match[1]):
            yield Finding(*match.span(1), "account")
    for match in _LOGGED_IN.finditer(text) if "ass" in text or "wd" in text or "密码" in text else ():
        if not _COMMON_ACCOUNT.fullmatch(match[1]):
            yield Finding(*match.span(1), "account", sure=False)
    for match in _TAGGED.finditer(text) if "#" in text else ():
        yield Finding(*match.span(1), "account")
    for low, high in near_words(folded, _USER_IDS, 64):
        for match in _USER_ID.finditer(text, low, high):
            if text[match.start() - 1 : match.start()] in ("?", "&"):
                continue
            if (
                _is_user(match[1])
                and not _PLACEHOLDER.match(match[1])
                and not _COMMON_ACCOUNT.fullmatch(match[1])
            ):
                yield Finding(*match.span(1), "account")


def _is_user(value: str) -> bool:
    digits = sum(map(str.isdigit, value))
    return (
        digits >= 4
        or "_" in value
        or (digits >= 2 and sum(map(str.isalpha, value)) >= 3)
        or "." in value[1:-1]
    )


_MESSENGERS = (
    *(
        "telegram",
        "tg",
        "skype",
        "twitter",
        "instagram",
        "ig",
        "discord",
        "facebook",
        "snapchat",
        "wechat",
        "whatsapp",
    ),
    *("venmo", "cash app", "cashapp", "tiktok", "linkedin", "signal", "reddit", "steam", "kakao", "weibo"),
    *("微信", "微博", "抖音", "小红书", "知乎", "闲鱼", "快手", "豆瓣", "旺旺", "b站", "贴吧", "淘宝"),
)
_USER_IDS = (
    *("uid", "openid", "open_id", "userid", "user id", "user_id", "memberid", "member id", "member_id"),
    *("customerid", "customer id", "customer_id", "clientid", "client id", "client_id"),
    *("accountid", "account id", "account_id", "playerid", "player id", "player_id"),
)
_PLACEHOLDER = re.compile(r"0?123456|[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-|(.)\1+$")
_VERSION = re.compile(r"[vV]?[0-9]{1,6}(?:\.[0-9]{1,9}){1,8}|[0-9]{1,4}")


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
