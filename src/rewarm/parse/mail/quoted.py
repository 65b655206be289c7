"""What a mail's author wrote: quoted replies, forwarded headers of replies and signatures taken out.

A reply repeats the mail that it answers, and a thread of ten repeats the first one ten times. Quotes are
lines that begin with `>`; what follows a line of attribution ("On … wrote:", "在 … 写道："), Outlook's
"-----Original Message-----" or its block of From/Sent/To/Subject lines is an older mail. Answers between
quoted lines stay. A mail of which nothing would be left (a bare forward) is kept whole.
"""

import re

_ATTRIBUTION = re.compile(
    r"(?:On .{5,200}|Am .{5,200}|Le .{5,200}|El .{5,200}|于 ?.{5,200}|在 ?.{5,200}|.{3,120}于.{5,120})"
    r"(?:wrote|schrieb.{0,80}|a écrit|escribió|写道|寫道)\s?[:：]"
)
_ORIGINAL = re.compile(
    r"[-_ ]{3,60}\s?(?:Original Message|Forwarded message|Ursprüngliche Nachricht|Message d'origine|"
    r"原始邮件|原邮件|原始郵件|转发邮件|邮件原件)\s?[-_ ]{3,60}",
    re.I,
)
_HEADER = re.compile(
    r"\*?(?:From|Sent|To|Cc|Date|Subject|Von|Gesendet|An|Betreff|发件人|发送时间|收件人|抄送|主题|日期|寄件者|寄件日期)"
    r"\*?\s?[:：]", re.I,
)  # fmt: skip
_SIGNATURE = re.compile(r"--\s?")
_MOBILE = re.compile(r"(?:Sent from my |Get Outlook for |发自我的|Von meinem ).{0,60}", re.I)
_SIGNATURE_LINES = 12


def without_quotes(text: str) -> str:
    """The author's own words; the whole text where nothing would be left."""
    lines = text.replace("\r\n", "\n").split("\n")
    lines = lines[: _older_from(lines)]
    own = [line for line in lines if not line.lstrip().startswith(">")]
    own = _without_signature(own)
    kept = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in own)).strip()
    return kept or text.strip()


def _older_from(lines: list[str]) -> int:
    """The line at which an older mail begins that reaches to the end."""
    for at, line in enumerate(lines):
        line = line.strip()
        if _ORIGINAL.fullmatch(line):
            return at
        following = " ".join(part.strip() for part in lines[at : at + 2])
        if _ATTRIBUTION.fullmatch(line) or _ATTRIBUTION.fullmatch(following):
            after = [part for part in lines[at + 1 :] if part.strip()][1:8]
            # Where only some of what follows is quoted, answers stand between.
            if not after or all(part.lstrip().startswith(">") for part in after):
                rest = [
                    part for part in lines[at + 2 :] if part.strip() and not part.lstrip().startswith(">")
                ]
                if not rest:
                    return at
            elif not any(part.lstrip().startswith(">") for part in lines[at + 1 :]):
                return at
        if (
            _HEADER.match(line)
            and sum(bool(_HEADER.match(part.strip())) for part in lines[at : at + 6]) >= 3
            and at
        ):
            return at
    return len(lines)


def _without_signature(lines: list[str]) -> list[str]:
    for at in range(max(0, len(lines) - _SIGNATURE_LINES), len(lines)):
        if _SIGNATURE.fullmatch(lines[at].strip("\r")) or _MOBILE.fullmatch(lines[at].strip()):
            return lines[:at]
    return [line for line in lines if not _is_attribution(line)]


def _is_attribution(line: str) -> bool:
    """A line of attribution whose quote is gone and whose answer stays."""
    return _ATTRIBUTION.fullmatch(line.strip()) is not None
