"""What a teacher says around its text: announcements, offers of help, titles.

Only the first and last paragraphs are looked at, and only short ones that match; the same words in the
middle of a text are the text's own.
"""

import re

_SHORT = 240
_OPENING = re.compile(
    r"^(?:(?:sure|certainly|of course|okay|ok|absolutely|great|alright)\b[,.! ]*|"
    r"(?:here(?:'s| is| are)|below (?:is|are)|the following (?:is|are)|this is|i(?:'ve| have)|as requested|"
    r"let(?:'s| us) (?:begin|start|dive|explore|look))\b|"
    r"(?:好的|当然|没问题|可以的)[，,。！! ]*|(?:以下|下面|根据您|按照您|这是))",
    re.IGNORECASE,
)
# What an announcement speaks of: an opening without it is a sentence of the text ("This is the rule that …").
_ANNOUNCED = re.compile(
    r"\b(?:rewritten|rewrite|version|text|passage|material|summary|outline|explanation|discussion|questions?|"
    r"document|request(?:ed)?|case study|mind map|overview|answer)\b|改写|文本|材料|内容|整理|总结|要求|如下|"
    r"版本|"
    r"回答|"
    r"讨论|"
    r"案例",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^(?:i hope|hope this|let me know|feel free|please (?:let|feel)|if you (?:have|need|would|want)|"
    r"would you like|"
    r"is there anything|note that (?:i|this)|note:? (?:i|this)|\(?note:|this (?:rewritten|version|text|"
    r"rewrite|"
    r"explanation|summary)|希望(?:这|以上|对)|如(?:果|有)(?:您|你|需)|需要我|请(?:告诉|随时)|以上(?:是|就是|内容)|注[:：]|（注)",
    re.IGNORECASE,
)
_FENCED = re.compile(r"\A```[A-Za-z]*[ \t]*\n(.*)\n```\Z", re.DOTALL)
_TITLE = re.compile(r"\A(?:#{1,6} [^\n]*|\*\*[^\n*]{1,100}\*\*:?|【[^】\n]*】)\n+")


def without_preamble(text: str) -> str:
    """The text alone, without titles, announcements and offers."""
    text = text.strip()
    fenced = _FENCED.match(text)
    text = fenced[1].strip() if fenced else text
    for _ in range(3):
        before = text
        head, blank, rest = text.partition("\n")
        _, joint, later = head.partition(":" if ":" in head else "：")
        if len(head) < _SHORT and _OPENING.match(head) and _ANNOUNCED.search(head):
            # "Sure, here is the text: The tenant …" keeps what follows the colon.
            text = (
                f"{later.strip()}\n{rest}".strip()
                if joint and len(later) > 40
                else rest.strip()
                if blank
                else text
            )
        text = _TITLE.sub("", text, count=1).strip() if len(text) > 2 * len(head) else text
        body, gap, tail = text.rpartition("\n\n")
        if gap and len(tail) < _SHORT and _CLOSING.match(tail.strip()):
            text = body.strip()
        if body and gap and tail.strip() in ("---", "***"):
            text = body.strip()
        if text.startswith(("---\n", "***\n")):
            text = text[4:].strip()
        if text == before:
            break
    return text
