"""Words of conversations: roles, times and greetings, in Chinese and English."""

import math
import unicodedata
from datetime import UTC, datetime

_ROLES = {
    "customer": "user human customer client usr visitor buyer caller guest patient consumer member "
    "用户 客户 顾客 买家 访客 患者 会员 乘客 来电人 咨询人",
    "agent": "assistant gpt agent bot chatgpt model service seller support staff operator representative "
    "advisor chatbot 客服 坐席 座席 商家 卖家 助手 机器人 人工客服 客服人员 小助手 医生 顾问 店小二",
    "system": "system notice event notification 系统 系统消息 系统提示 通知",
    "tool": "tool function observation function_call function_response tool_call tool_calls tool_response "
    "tool_result ipython 工具 工具调用 函数",
}
_ROLE_OF = {word: role for role, words in _ROLES.items() for word in words.split()}
LABELS = {
    "zh": {"customer": "客户", "agent": "客服", "system": "系统", "tool": "工具"},
    "en": {"customer": "Customer", "agent": "Agent", "system": "System", "tool": "Tool"},
}
_GREETING_WORDS = """
您好 你好 你们好 在吗 在么 在不在 在的 有人吗 亲 亲爱的 好的 好 嗯 嗯嗯 哦 哦哦 噢 行 行的 可以 可以的
对 对的 是 是的 谢谢 谢谢您 谢谢你 谢谢了 多谢 感谢 不客气 不用谢 不用客气 再见 拜拜 早上好 上午好
中午好 下午好 晚上好 晚安 知道了 明白了 收到 没事 没事了 没有了 请问 哈 哈哈 呵呵 啊 呀 呢 吗 吧 ok
hello hellothere hi hithere hey thanks thankyou thankyousomuch thankssomuch thx ty bye goodbye byebye
okay yes no yep yeah sure great cool goodmorning goodafternoon goodevening yourewelcome youarewelcome
noproblem welcome gotit alright anyonethere areyouthere please haveaniceday haveagoodday youtoo
nothanks thatsall
"""
_GREETINGS = sorted(_GREETING_WORDS.split(), key=lambda word: (-len(word), word))
_LONGEST_GREETING = 60
_FORMS = (
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%d %H:%M",
    "%Y年%m月%d日 %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
)
_FIRST, _LAST = 0, 4_102_444_800  # 1970 to 2100, in seconds


def role_of(speaker: str, given: dict[str, str]) -> str:
    """customer, agent, system or tool; empty when the word is none of them. given: the recipe's `roles`."""
    if speaker in given:
        return given[speaker]
    return _ROLE_OF.get(speaker.strip().casefold(), "")


def microseconds(value: object) -> int | None:
    """Since 1970; a time without a zone counts as UTC. None for what is no time from 1970 to 2100."""
    if isinstance(value, datetime):
        return _since(value)
    if isinstance(value, str):
        text = value.strip()[:40]
        if not text.replace(".", "", 1).isdecimal():
            return _written(text)
        if len(text) == 14 and (found := _parsed(text, "%Y%m%d%H%M%S")) is not None:
            return found
        value = float(text)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    for unit in (1, 10**3, 10**6, 10**9):
        if _FIRST < value / unit < _LAST:
            return round(value * 10**6) if unit == 1 else int(value * (10**6 / unit))
    return None


def _written(text: str) -> int | None:
    try:
        return _since(datetime.fromisoformat(text))
    except ValueError:
        return next((found for form in _FORMS if (found := _parsed(text, form)) is not None), None)


def _parsed(text: str, form: str) -> int | None:
    try:
        return _since(datetime.strptime(text, form).replace(tzinfo=UTC))
    except ValueError:
        return None


def _since(moment: datetime) -> int | None:
    try:
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError):
        return None
    return round(seconds * 10**6) if _FIRST < seconds < _LAST else None


def letters(text: str) -> str:
    """Letters and digits, case and width folded: what two replies are compared by."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if letter.isalnum())


def is_greeting(folded: str) -> bool:
    """Whether `letters(text)` is nothing but greetings, thanks and assents; empty counts."""
    if len(folded) > _LONGEST_GREETING:
        return False
    while folded:
        word = next((word for word in _GREETINGS if folded.startswith(word)), None)
        if word is None:
            return False
        folded = folded[len(word) :]
    return True


def is_chinese(text: str) -> bool:
    """Whether at least a fifth of the letters are Han."""
    han = sum("\u4e00" <= letter <= "\u9fff" for letter in text)
    return 5 * han >= max(sum(map(str.isalpha, text)), 1)
