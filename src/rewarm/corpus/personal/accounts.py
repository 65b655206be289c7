"""Accounts of messengers and sites: WeChat, QQ, Weibo, Telegram …; a label has to say so.

A handle has no form of its own. Labels are searched as plain words, and only what follows them is
read with a pattern.
"""

import re
from collections.abc import Iterator

from rewarm.corpus.personal.finding import Finding, is_inside_word, near_words
from rewarm.corpus.personal.name_lists import words

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
# Words in small letters near which the patterns can match; those of Latin letters first.
_ACCOUNTS = (
    (("wechat", "vx", "wx", "微信", "薇信", "威信", "v信"), (_ACCOUNT,)),
    (("qq", "扣扣", "企鹅"), (_QQ,)),
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
