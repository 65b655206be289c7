"""Lines that are no text: which of a document's lines go, and by which rule.

A page brings its navigation, contact block, page numbers and list of references along. Each rule
takes a line only where it is sure, since a manual has headings called "Search" and a letter has a
telephone number: words that may be a heading go in runs or in rows of links, contact lines at an end
of the document or beside each other. C4's (Raffel et al. 2020, 1910.10683, section 2.2) and
RefinedWeb's (Penedo et al. 2023, 2306.01116, appendix G.2) line rules are for web pages and off by
default: they take headings, lists and code as well. So are Chinese C4's and MNBVC's, which look at text
that is Chinese and no other.

Every pattern is tried on a line of bounded length, so that the cost is linear in the text.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np

from rewarm.data.clean.line_counts import SENTENCE_LINE
from rewarm.text.characters import HAN, SPACE, codes, flags

Lines = list[str]
# Of a document: how many of its lines at either end are a head or a foot.
_ENDS = 6
_LONGEST = 200

_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"'，。）】]{1,2048}")
_EDGES = " \t\u3000|»«›‹>→←↑·•*-–—[]()（）【】:：.…"


def _words(listed: str) -> frozenset[str]:
    words = (word.strip() for line in listed.splitlines() for word in line.split(";"))
    return frozenset(word for word in words if word)


# Never a heading.
_CERTAIN = _words("""
    skip to content;skip to main content;skip navigation;back to top;return to top;print this page
    email this page;share on facebook;share on twitter;share this page;add to favorites
    bookmark this page;close window;view full site
    返回顶部;返回首页;返回列表;打印本页;关闭窗口;加入收藏;设为首页;收藏本页;分享到微信;分享到微博
    点击查看更多;展开全文;阅读全文;扫一扫分享;扫码关注;网站地图
""")
_PLACES_START = "yY您当"
_PLACES = ("you are here:", "您现在的位置", "您当前的位置", "当前位置：", "当前位置:", "您所在的位置")
_LINKS = _CERTAIN | _words("""
    home;next;previous;prev;up;top;menu;login;log in;sign in;sign up;register;search;share;tweet;print
    help;contact;about;contact us;about us;privacy policy;terms of use;terms of service;cookie policy
    sitemap;site map;rss;faq;news;blog;index;contents;next page;previous page;read more;more;subscribe
    newsletter;advertisement;follow us;facebook;twitter;download
    首页;上一页;下一页;上一篇;下一篇;登录;注册;搜索;打印;关闭;分享;收藏;联系我们;关于我们;免责声明
    版权声明;隐私政策;帮助中心;更多;查看更多;新闻中心;产品中心;在线留言;友情链接;网站首页;尾页;末页
    用户协议;加入我们;下载;公告;广告
""")
_SEPARATORS = re.compile(r"[|»›>·•/\t]|\s{2,}|\s[-–]\s")
# Where a separator may begin: four times as fast as splitting a line that has none.
_LONGEST_LINK = max(map(len, _LINKS))
_SEPARATOR_START = re.compile(r"[|»›>·•/\t]|\s[\s–-]")
_CONTACT = re.compile(
    r"(?:tel|telephone|phone|fax|e-?mail|mobile|hotline|联系电话|咨询电话|电话|传真|电子邮箱|邮箱|电子邮件|邮编|邮政编码|"
    r"手机|微信|微信号|QQ|地址|联系人|客服热线|服务热线|热线|网址|官网)\s{0,4}[:：]",
    re.IGNORECASE,
)
_PAGE = re.compile(
    r"(?:([-–—]{1,3})\s?\d{1,4}\s?\1|\[?page\s\d{1,4}(?:\s?(?:of|/)\s?\d{1,4})?\]?|"
    r"第\s?\d{1,4}\s?页(?:\s?[,，/]?\s?共\s?\d{1,4}\s?页)?)",
    re.IGNORECASE,
)
_PAGE_START = "-–—[pP第"
_FRACTION = re.compile(r"\d{1,3}\s?/\s?\d{1,3}")
_REFERENCES = frozenset(
    (
        "references",
        "bibliography",
        "works cited",
        "literature cited",
        "参考文献",
        "引用文献",
        "主要参考文献",
        "参考资料",
    )
)
_ENTRY = re.compile(r"(?:\[\d{1,4}\]|［\d{1,4}］|\(\d{1,3}\)|\d{1,3}[.、．]|[•*-])\s{0,4}\S")
_YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)")
_CITATION = re.compile(
    r"\s?\[\d{1,3}(?:[,，–-]\s?\d{1,3}){0,8}\]|\[(?:edit|citation needed|来源请求|編輯|编辑)\]"
)
_CODE = re.compile(r"[={};]|\w\(\)|^\s*[#$]|->")
_ENDS_WELL = (".", "!", "?", '"', "”", "。", "！", "？", "…”", "」")
_POLICY = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")
_COUNTER = re.compile(r"\d{1,9}[kKmM]?\s(?:likes?|shares?|comments?|views?|retweets?|reposts?|followers)")
_BUTTONS = ("sign-in", "sign in", "read more...", "read more…", "items in cart")
# Chinese C4's: squares, the mark of a lost character, and private characters.
_GARBLED = re.compile("[□■\ufffd\ue000-\uf8ff]")
_CHINESE_ENDS = ("。", "！", "？", "……", "”", "：")
# As ChineseWebText draws the line for Chinese.
_HAN_SHARE = 0.3
_LEAST_HAN = 10


def cut(text: str, rules: dict[str, bool]) -> list[tuple[int, int, str]]:
    """[start, end) in characters of what goes, with the rule's name; sorted, apart; lines with their end.

    rules: name → whether it is on, the fields of `recipe.Lines`.
    """
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    reason: list[str] = [""] * len(lines)
    bare = [line.strip() for line in lines]
    shown = [at for at, line in enumerate(bare) if line]
    for name, rule in _RULES.items():
        if rules.get(name):
            for at in rule(bare, shown):
                reason[at] = reason[at] or name
    found = [(starts[at], min(starts[at + 1], len(text)), why) for at, why in enumerate(reason) if why]
    if rules.get("citations"):
        for at, line in enumerate(lines):
            prose = "[" in line and len(line) > 40 and bare[at].endswith(_ENDS_WELL)
            if prose and not reason[at] and not _CODE.search(line[:2000]):
                found += [
                    (starts[at] + one.start(), starts[at] + one.end(), "citations")
                    for one in _CITATION.finditer(line)
                ]
    return sorted(found)


def _links(bare: Lines, shown: list[int]) -> Iterator[int]:
    """Addresses and nothing else, two beside each other or more."""
    links = {at for at in shown if ("://" in bare[at] or "www." in bare[at]) and _is_url(bare[at])}
    yield from _runs(shown, links, 2)


def _is_url(line: str) -> bool:
    return len(_URL.sub("", line[:4096]).strip(_EDGES)) < 4


def _navigation(bare: Lines, shown: list[int]) -> Iterator[int]:
    def is_row(line: str) -> bool:
        parts = [part.strip(_EDGES).casefold() for part in _SEPARATORS.split(line)]
        parts = [part for part in parts if part]
        known = sum(part in _LINKS for part in parts)
        return len(parts) >= 3 and known >= 2 and 2 * known >= len(parts)

    links = set()
    for at in shown:
        line = bare[at]
        if len(line) > _LONGEST:
            continue
        # Folding makes no word shorter.
        word = line.strip(_EDGES)
        word = word.casefold() if len(word) <= _LONGEST_LINK else ""
        if word in _LINKS:
            links.add(at)
        place = line[0] in _PLACES_START and line.casefold().startswith(_PLACES)
        if word in _CERTAIN or place or (_SEPARATOR_START.search(line) and is_row(line)):
            yield at
    yield from _runs(shown, links, 3)


def _contacts(bare: Lines, shown: list[int]) -> Iterator[int]:
    """Labelled numbers and addresses: two beside each other, or one in the head or foot."""

    def is_contact(at: int) -> bool:
        line = bare[at]
        label = _CONTACT.match(line)
        if label is None:
            return False
        rest = line[label.end() :]
        return "@" in rest or sum(map(str.isdigit, rest)) >= 5 or line.startswith(("地址", "联系人"))

    contacts = {
        at
        for at in shown
        if len(bare[at]) <= 120 and (":" in bare[at] or "：" in bare[at]) and is_contact(at)
    }
    yield from _runs(shown, contacts, 2)
    if contacts and len(shown) > 2 * _ENDS:
        yield from (at for at in [*shown[:_ENDS], *shown[-_ENDS:]] if at in contacts)


def _page_furniture(bare: Lines, shown: list[int]) -> Iterator[int]:
    short = [at for at in shown if len(bare[at]) <= 40]
    for at in short:
        if bare[at][0] in _PAGE_START and _PAGE.fullmatch(bare[at]):
            yield at
    fractions = [at for at in short if "/" in bare[at] and _FRACTION.fullmatch(bare[at])]
    numbers = [[int(part) for part in bare[at].split("/")] for at in fractions]
    pages = [page for page, _ in numbers]
    whole = {whole for _, whole in numbers}
    if len(pages) >= 3 and pages == sorted(set(pages)) and len(whole) == 1 and pages[-1] <= whole.pop():
        yield from fractions


def _references(bare: Lines, shown: list[int]) -> Iterator[int]:
    """From the heading to the end, where what follows is a list of numbered or dated entries."""
    for place in range(len(shown) - 1, -1, -1):
        heading = bare[shown[place]]
        if (
            len(heading) > 40
            or heading.strip("#*=_ 　:：0123456789.、一二三四五六七八九十").casefold() not in _REFERENCES
        ):
            continue
        after = [bare[at] for at in shown[place + 1 :]]
        dated = (line for line in after if _YEAR.search(line[:600]) or "://" in line)
        entries = sum(bool(_ENTRY.match(line[:40])) for line in dated)
        # Broken lines of an entry count half.
        if place and len(after) >= 3 and entries >= 3 and 2 * entries >= len(after):
            yield from shown[place:]
        return


def _c4(bare: Lines, shown: list[int]) -> Iterator[int]:
    """No sentence's end, fewer than three words, or about scripts and cookies."""
    for at in shown:
        line = bare[at]
        words = line.split()
        lowered = line.lower()
        if (
            not line.endswith((".", "!", "?", '"'))
            or line.endswith("...")
            or len(words) < 3
            or any(len(word) > 1000 for word in words)
            or "javascript" in lowered
            or any(phrase in lowered for phrase in _POLICY)
        ):
            yield at


def _refinedweb(bare: Lines, shown: list[int]) -> Iterator[int]:
    """Mostly upper case, only numbers, a counter, one word, or a button of at most ten words."""
    for at in shown:
        line = bare[at]
        letters = sum(map(str.isalpha, line))
        words = line.split()
        if (
            2 * sum(map(str.isupper, line)) > letters > 0
            or not letters
            or _COUNTER.fullmatch(line[:_LONGEST])
            or len(words) == 1
            or (len(words) <= 10 and line.casefold().startswith(_BUTTONS[:2]))
            or (len(words) <= 10 and line.casefold().endswith(_BUTTONS[2:4]))
            or (len(words) <= 10 and _BUTTONS[4] in line.casefold())
        ):
            yield at


def is_sentence_line(line: str) -> bool:
    """Whether Chinese C4 keeps a line without outer space."""
    least, most = SENTENCE_LINE
    return line.endswith(_CHINESE_ENDS) and least <= len(line) <= most and not _GARBLED.search(line)


def _chinese_c4(bare: Lines, shown: list[int]) -> Iterator[int]:
    if _is_chinese(bare):
        yield from (at for at in shown if not is_sentence_line(bare[at]))


def _mnbvc(bare: Lines, shown: list[int]) -> Iterator[int]:
    """Fewer than ten Han characters: a line is what MNBVC calls a paragraph."""
    if _is_chinese(bare):
        yield from (at for at in shown if _han(bare[at])[0] < _LEAST_HAN)


def _is_chinese(bare: Lines) -> bool:
    han, solid = _han("".join(bare))
    return han >= _HAN_SHARE * solid and han > 0


def _han(text: str) -> tuple[int, int]:
    """Han characters, and all that are no white space."""
    marks = flags()[codes(text)]
    return int(np.count_nonzero(marks & HAN)), int(np.count_nonzero(marks & SPACE == 0))


def _runs(shown: list[int], lines: set[int], least: int) -> Iterator[int]:
    """Those of the lines of which so many or more stand one after the other, empty lines aside."""
    if len(lines) < least:
        return
    for yes, group in groupby(shown, lines.__contains__):
        run = list(group)
        if yes and len(run) >= least:
            yield from run


_RULES: dict[str, Any] = {
    "links": _links,
    "navigation": _navigation,
    "contacts": _contacts,
    "page_furniture": _page_furniture,
    "references": _references,
    "c4": _c4,
    "refinedweb": _refinedweb,
    "chinese_c4": _chinese_c4,
    "mnbvc": _mnbvc,
}
