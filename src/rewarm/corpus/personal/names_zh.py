"""Chinese names: a surname and one or two characters of given names that the sentence does not need as words.

Each candidate is weighed against the best way to read the same characters as words, by unigram
frequencies (the lattice of a Chinese word segmenter, only around candidates); what stands beside it
(`姓名：`, 先生, 原告) adds to either side. Frequencies come from jieba's dictionary (MIT), where the
names that everyone knows (毛泽东, 曹雪芹) are words and so are left alone.
"""

import gzip
import math
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from rewarm.corpus.personal.finding import Finding
from rewarm.corpus.personal.name_lists import COMMON_GIVEN, COMPOUND, GIVEN, SURNAMES
from rewarm.corpus.personal.places import CITIES, PROVINCES

_HAN = "\u4e00-\u9fff"
_TOTAL = math.log(60_101_967)
_UNKNOWN = math.log(3) - _TOTAL
_NAME = math.log(0.004)
_GIVEN_ONE, _GIVEN_TWO = math.log(0.15), math.log(0.85)
_COMMON, _RARE, _ODD = math.log(0.0032), math.log(0.0009), math.log(0.00003)
_SIDE = 3
# In nats: a reading as a name must be better by this; what stands beside it can add so much at most.
_ENOUGH, _PROVED, _MOST_BONUS = 2.0, 6.0, 10.0
_COMMON_WORD = math.log(1000) - _TOTAL
_ANY = re.compile("[\u4e00-\u9fff]")
# Characters that hardly stand alone but as a surname: their own frequency is that of names.
_ONLY_SURNAMES = (
    "李张刘陈杨赵吴周徐孙朱胡郭何林罗郑梁谢宋唐许韩邓冯曹彭曾肖董潘袁蔡蒋余杜魏苏吕丁卢姚沈姜崔谭陆汪廖贾邹熊孟秦邱侯尹薛闫龚邵覃钱戴"
    "严莫汤倪樊庄俞裴翟岳耿焦裘詹柯聂欧祝阮喻辛柏屈涂鲍闵冉娄靳晏蒲瞿佟匡邢苗桂滕翁冀褚穆佘卞隋蔺艾臧窦敖苟甄郎祁仇牟缪鄢邬阎颜岑鞠钟石范夏付白"
)
_BORNE = 2.5

_RANK = {surname: rank for rank, surname in enumerate(SURNAMES)}
_COMPOUNDS = frozenset(COMPOUND)
_STARTS = re.compile("|".join(COMPOUND) + f"|[{SURNAMES}]")
_CANDIDATE = re.compile(f"(?:{'|'.join(COMPOUND)}|[{SURNAMES}])[{''.join(sorted(GIVEN))}]")

_TITLES = (
    "先生|女士|小姐|太太|夫人|同志|老师|医生|大夫|护士|律师|法官|经理|总监|主任|教授|博士|师傅|阿姨|叔叔|大爷|大妈|大哥|大姐|奶奶|爷爷|警官|警员|"
    "队长|局长|科长|处长|院长|校长|部长|镇长|村长|所长|书记|秘书|工程师|同学|女生|某某|总(?=[，。、,的说和您好：:]|$)"
)
_TITLE = re.compile(_TITLES)
_TITLED = re.compile(f"({'|'.join(COMPOUND)}|[{SURNAMES}])(?={_TITLES})")
# Surnames that in front of a title are mostly another word: 向老师, 任教授, 对方律师.
_NOT_TITLED = frozenset("向于任常连时关和同单万都应向从成若有能全查申明")
_LABEL = re.compile(
    "(?:姓名|名字|联系人|收[件货]人|寄[件]?人|发件人|负责人|经办人|法定代表人|法人代表|代表人|代理人|委托人|受托人|申请人|被申请人|原告人?|被告人?|上诉人|被上诉人|第三人|"
    "证人|受害人|被害人|嫌疑人|当事人|户主|户名|持卡人|开户人|投保人|被保险人|受益人|出租人|承租人|借款人|贷款人|担保人|甲方|乙方|丙方|患者|病人|病患|学生|考生|"
    "员工|客户|顾客|会员|用户|乘客|旅客|"
    "业主|租客|房东|邻居|同事|朋友|同学|老公|老婆|丈夫|妻子|儿子|女儿|父亲|母亲|爸爸|妈妈|哥哥|弟弟|姐姐|妹妹|爷爷|奶奶|孩子|女友|男友|司机|教师|老师|医生|"
    "医师|护士|律师|法官|审判长|审判员|书记员|检察官|"
    "记者|作者|编辑|导师|主任|经理|客服|专员|顾问|店长|店员|董事长|总裁|秘书|会计|快递员|骑手|主治医师|驾驶员|法务|财务|师傅|管家|保姆|房主|签名|签字|签收人?|本人|"
    "我叫|名叫|叫做|叫|我是|是|姓|找|联系|咨询人|报案人|报警人|来电人|录入人|审核人|制单人?|审批人?|值班)"
    '(?:叫|是|为|名|的姓名|的名字|的)?[：:（("“ |　,，]{0,3}$'
)
_WEAK_LEFT = re.compile(
    '(?:和|与|跟|同|及|给|由|让|请|问|向|对|把|被|找|替|帮|陪|约|见|娶|嫁|像|以及|通知|告诉|转告|感谢|转给|交给|发给|寄给|、|，|,|。|；|：|:|“|"|（|\\(|\\||@|\\t|\n| |^)$'
)
_WEAK_RIGHT = re.compile(
    "说|表示|告诉|来|去|在|于|的|、|和|与|跟|及|等|，|,|。|：|:|（|\\(|；|！|？|\\||\t|\n| |$|今年|昨天|今天|明天|上周|每天|因|已|曾|将|"
    "也|都|就|又|正|刚|要|会|想|认为|回答|问|答|把|被|向|对|从|给|为|是|有|没|不|没有|以|经|系|住|到|收|签|申请|出生|毕业|入职|离职|称|提|负责|参加|"
    "同意|同学|电话|手机|身份证|男|女|您好|你好|请|介绍|打|写|发|带|拿|觉得|去年|前天|当时|自|同|丢|买|订|投诉|反映|委托|诉|两|三|二人|本人|购|预约|入院|"
    "挂|报"
)


def find(text: str) -> Iterator[Finding]:
    """Full names (sure where a label or title proves them), and surnames before a title."""
    if not _ANY.search(text):
        return
    reached = 0
    for match in _CANDIDATE.finditer(text):
        if match.start() < reached or _is_plain(text, match):
            continue
        if found := _weigh(text, match.start()):
            reached = found.end
            yield found
    for match in _TITLED.finditer(text):
        start, end = match.span()
        if (
            match[1] == "向"
            or _is_word(text, start)
            or (match[1] in _NOT_TITLED and _is_han(text, start - 1))
        ):
            continue
        yield Finding(start, end, "name", sure=False)
    yield from _labelled(text)
    yield from _dotted(text)


_CELL = re.compile(
    f"(?:(?:姓名|[系件货责请理表告人诉证害事主卡户保益租款方者客员客问会户东机师长官记名字])(?:是|为)?[：:][ |　（(]{{0,3}}|(?:我叫|名叫|叫做|姓名 |姓名|户名))"
    f"((?:{'|'.join(COMPOUND)}|[{SURNAMES}])[{_HAN}]{{1,2}})(?=[，。；,;、\\s|）)(]|$)"
)
_SOUNDS = "阿埃艾爱安奥巴白拜班邦包鲍北贝本比彼别宾波伯博卜布采查察茨达大代戴丹德登邓迪蒂丁东杜顿多厄恩尔法凡范菲费芬丰冯佛弗夫福盖甘冈高戈哥格葛根贡古哈海汉豪赫黑亨洪侯胡华怀霍基吉加贾简杰金卡凯坎康考柯科可克肯孔库夸拉莱兰朗劳勒雷黎李里理利莉丽列林琳龙卢鲁路伦罗洛吕马玛迈麦曼芒毛梅门蒙米密明缪摩莫墨默姆木穆那纳娜南内尼妮年涅宁纽农努诺欧帕派潘庞佩彭蓬皮平珀普齐奇恰强乔切琴丘热仁日荣茹瑞若萨塞赛桑瑟森沙莎山尚舍申绳圣施石史士舒朔斯丝松苏孙索塔台泰坦汤唐陶特滕提田廷通透图托瓦万旺威韦维魏温文翁沃乌吾伍武西希悉锡夏香肖谢辛欣兴雄休许雅亚扬耶叶伊依易因英尤于约泽扎詹珍芝治朱兹宗祖佐买合热汗江吾甫木提古丽扎西次仁央金卓玛"
_DOT = re.compile(f"[{_SOUNDS}]{{1,6}}[·•][{_SOUNDS}]{{1,7}}")


def _labelled(text: str) -> Iterator[Finding]:
    for match in _CELL.finditer(text):
        if _words().get(match[1], -99.0) < math.log(800) - _TOTAL:
            yield Finding(*match.span(1), "name")


def _dotted(text: str) -> Iterator[Finding]:
    """约翰·史密斯, 买买提·阿卜杜拉: a name that is written with a dot."""
    for match in _DOT.finditer(text) if "·" in text or "•" in text else ():
        yield Finding(*match.span(), "name")


def _is_plain(text: str, match: re.Match[str]) -> bool:
    """A common word that no third character could turn into a name: nine of ten candidates end here."""
    third = text[match.end() : match.end() + 1]
    return third not in GIVEN and _words().get(match[0], -99.0) > _COMMON_WORD


def _weigh(text: str, start: int) -> Finding | None:
    """The reading of the candidate at `start` that beats its reading as words; None where words win."""
    surname = 2 if text[start : start + 2] in _COMPOUNDS else 1
    left = start
    while left > 0 and start - left < _SIDE and _is_han(text, left - 1):
        left -= 1
    right = start
    while right < len(text) and right - start < surname + 2 + _SIDE and _is_han(text, right):
        right += 1
    window, at = text[left:right], start - left
    head, tail = _best(window)
    sizes = [size for size in (surname + 2, surname + 1) if start + size <= right]
    family = text[start : start + surname]
    scores = {
        size: head[at] + _name(family, text[start + surname : start + size]) + tail[at + size] - tail[0]
        for size in sizes
    }
    if max(scores.values(), default=-math.inf) < _ENOUGH - _MOST_BONUS:
        return None
    labelled = _LABEL.search(text[max(0, start - 12) : start])
    bonus = 4.5 if labelled else 1.0 if _WEAK_LEFT.search(text[max(0, start - 3) : start]) else 0.0
    found, most = None, _ENOUGH
    for size, score in scores.items():
        end = start + size
        titled = _TITLE.match(text, end)
        score += bonus + (4.0 if titled else 1.2 if _WEAK_RIGHT.match(text, end) else 0.0)
        if not _is_han(text, start - 1) and not _is_han(text, end):
            score += 1.5
        if size == surname + 1 and labelled is None and not titled:
            score -= 1.5
        if score > most:
            proved = bool(labelled or titled or (size > surname + 1 and score > _PROVED))
            found, most = Finding(start, end, "name", sure=proved), score
    return found


def _name(surname: str, given: str) -> float:
    share = math.log(0.0004) if len(surname) == 2 else math.log(0.075 / (1 + _RANK[surname] / 4))
    size = _GIVEN_ONE if len(given) == 1 else _GIVEN_TWO
    doubled = 3.0 if len(given) == 2 and given[0] == given[1] else 0.0
    return (
        _NAME
        + share
        + size
        + doubled
        + sum(_COMMON if letter in COMMON_GIVEN else _RARE if letter in GIVEN else _ODD for letter in given)
    )


def _best(window: str) -> tuple[list[float], list[float]]:
    """For every place, the log probability of the best cut into words before it, and behind it."""
    share = _words().get
    size = len(window)
    head, tail = [0.0] * (size + 1), [0.0] * (size + 1)
    for end in range(1, size + 1):
        most = head[end - 1] + share(window[end - 1], _UNKNOWN)
        for start in range(end - 2, max(-1, end - 5), -1):
            word = share(window[start:end])
            if word is not None and head[start] + word > most:
                most = head[start] + word
        head[end] = most
    for start in range(size - 1, -1, -1):
        most = tail[start + 1] + share(window[start], _UNKNOWN)
        for end in range(start + 2, min(size, start + 4) + 1):
            word = share(window[start:end])
            if word is not None and tail[end] + word > most:
                most = tail[end] + word
        tail[start] = most
    return head, tail


@lru_cache(maxsize=1)
def _words() -> dict[str, float]:
    """Word → log share of all words."""
    words = {}
    with gzip.open(Path(__file__).parent / "lists" / "chinese_words.txt.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            word, times = line.split()
            words[word] = math.log(int(times)) - _TOTAL
    for place in (*PROVINCES, *CITIES):
        words[place] = max(words.get(place, _UNKNOWN), math.log(400) - _TOTAL)
    for word in words:
        if (
            len(word) == 2
            and word not in CITIES
            and (word in _COMPOUNDS or (word[0] in COMMON_GIVEN and word[1] in COMMON_GIVEN))
        ):
            words[word] -= _BORNE
    for surname in _ONLY_SURNAMES:
        words[surname] = words.get(surname, _UNKNOWN) - _BORNE
    return words


def _is_word(text: str, at: int) -> bool:
    """Whether the character belongs to a common word with the one before: 对方, 老师."""
    return _is_han(text, at - 1) and _words().get(text[at - 1 : at + 1], -99.0) > math.log(200) - _TOTAL


def _is_han(text: str, at: int) -> bool:
    return 0 <= at < len(text) and "\u4e00" <= text[at] <= "\u9fff"
