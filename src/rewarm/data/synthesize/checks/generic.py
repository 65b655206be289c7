"""Questions that could be asked about any text, or that only a reader of the text understands."""

import re

from rewarm.text.domain_terms import content_words
from rewarm.text.facts import facts

_ABOUT_THE_TEXT = re.compile(
    r"\b(?:the|this|that|given|above|following|provided) (?:text|passage|material|document|article|"
    r"excerpt|paragraph|"
    r"author|section above|content|context|conversation|reading)\b|\baccording to (?:the|this) (?:text|"
    r"passage|"
    r"material|document|article|author)\b|\b(?:mentioned|described|discussed|listed|stated) (?:above|"
    r"here|in the)\b|"
    r"本文|文中|上文|该文|原文|文章|材料中|材料的|这段|段落|作者|上述内容|文本|对话中",
    re.IGNORECASE,
)
_ANY_TEXT = re.compile(
    r"^\W*(?:what (?:is|are|was) (?:the|its|this) (?:main|key|central|primary|overall)? ?(?:idea|point|"
    r"purpose|topic|"
    r"theme|message|subject|goal|takeaway|content|conclusion)s?\b(?! of (?:the )?\w+ \w)|"
    r"why is (?:this|it|that) important|what (?:can|do) (?:we|you) (?:learn|conclude)|"
    r"how does (?:this|it|that) (?:work|help)\W*$|what is (?:this|it|that) about|can you (?:explain|"
    r"summari[sz]e))|"
    r"(?:主要内容|中心思想|主旨|主要观点|核心观点|写作目的|启示)(?:是|有|包括)?(?:什么|哪些)?|讲(?:述)?了什么|有什么意义[？?]?$",
    re.IGNORECASE,
)
_LEFT_OPEN = re.compile(
    r"^\W*(?:(?:what|how|why|when|where|who|which)\b[^?？]{0,25}?\b(?:it|this|these|they|he|she|those)\b[^?？]{0,25}[?？]?$|"
    r"(?:它|这|该|他们|其)(?:是|有|能|可以|为什么))",
    re.IGNORECASE,
)
_NO_ANSWER = re.compile(
    r"\b(?:not (?:stated|specified|mentioned|given|provided)|does not (?:say|state|mention|specify)|"
    r"unknown from)\b|"
    r"(?:没有|未)(?:提及|说明|提到|给出|明确)",
    re.IGNORECASE,
)


def why_generic(question: str, terms: set[str]) -> str:
    """Why a question is no question of the domain, or "".

    terms: content words (`content_words`) of the domain's terms and of the names in the passage.
    """
    if _ABOUT_THE_TEXT.search(question):
        return "question.about_the_text"
    if _ANY_TEXT.search(question):
        return "question.generic"
    if _LEFT_OPEN.search(question):
        return "question.left_open"
    if not terms & content_words(question) and not facts(question).all():
        return "question.no_term"
    return ""


def why_no_answer(question: str, answer: str, direction: str) -> str:
    """Why an answer is none, or ""."""
    if _NO_ANSWER.search(answer) or not answer.strip():
        return "answer.none"
    if _ABOUT_THE_TEXT.search(answer):
        return "answer.about_the_text"
    if direction == "reverse" and len(answer) > 1 and answer.casefold().strip(" .。") in question.casefold():
        return "answer.in_question"
    return ""
