"""Whether a text is Chinese: reformed questions are worded in the language of the item."""

import re

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")


def is_chinese(text: str) -> bool:
    """Whether a text has Chinese characters and no more Latin letters than these."""
    han = len(_HAN.findall(text))
    return han > 0 and han >= sum(letter.isascii() and letter.isalpha() for letter in text)
