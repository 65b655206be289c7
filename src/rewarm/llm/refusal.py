"""Whether an answer declines the work instead of doing it."""

import re

_REFUSAL = re.compile(
    r"\b(?:i(?:'m| am) (?:sorry|unable)|i (?:cannot|can't|won't|am not able)|as an ai|as a language model|"
    r"i apologi[sz]e)\b|抱歉|对不起|我(?:无法|不能)(?:提供|协助|帮助|回答|完成|满足)|作为(?:一个)?(?:AI|"
    r"人工智能|"
    r"语言模型)",
    re.IGNORECASE,
)


def is_refusal(text: str) -> bool:
    """Whether a model declines instead of working: near its beginning, in its own voice."""
    return bool(_REFUSAL.search(text[:200]))
