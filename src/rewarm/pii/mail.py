"""E-mail addresses, found from their `@`, the rarest of their characters. Stand-ins of manuals
(user@example.com) are nobody's and stay.
"""

import re
from collections.abc import Iterator

from rewarm.pii.detector import Detector, listed
from rewarm.pii.finding import Finding
from rewarm.pii.name_lists import words

_LOCAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}\Z")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.){1,5}([A-Za-z]{2,12})(?![A-Za-z0-9-])")
_AT_SPELLED = re.compile(
    r"[\[(<{] ?(?:at|AT|艾特) ?[\])>}] ?(?:[A-Za-z0-9-]{1,63}(?:\.| ?[\[(<{] ?(?:dot|"
    r"DOT) ?[\])>}] ?| dot )){1,4}[A-Za-z]{2,12}\b"
)
# jen dot morrow at hushpost dot io
_SPOKEN = re.compile(
    r"\b[a-z0-9_]{2,24}(?:(?: dot |"
    r"\.)[a-z0-9_]{1,24}){0,2} at ([a-z0-9-]{2,32})(?: dot [a-z0-9-]{2,24}){0,2} dot (?:com|org|net|io|"
    r"edu|gov|me|info|co|uk|de|fr|cn|in|au|ca|eu)\b",
    re.I,
)
_PROVIDERS = frozenset(
    listed("gmail hotmail outlook yahoo icloud protonmail proton foxmail qq gmx aol live msn")
)
_SAID = re.compile(r"e-?mail|reach|write|contact|address", re.I)
_HASH_AT = re.compile(r"#(?:163|126|qq|gmail|sina|foxmail|outlook|hotmail|139)\.com\b")
_ENDINGS = frozenset(words("domain_endings"))
_FILES = frozenset(listed("py js ts go ps rb tf vb cs"))
# Kept for examples and tests by RFC 2606 and 6762, and domains that say that they are examples.
_RESERVED = re.compile(
    r"example\.(?:com|org|net|edu|cn)|(?:.{1,120}\.)?(?:test|invalid|localhost|local)|(?:test|foo|bar)\.example\.com|"
    r"(?:[a-z]|(?:my|your|some|any|the|other)?-?(?:domain|company|corp|org|site|server|host|business|isp)|example\d{0,4}|"
    r"foo|bar|baz|foobar|xxx|yyy|zzz|abc|aaa|bbb|somewhere|nowhere|whatever)\.(?:com?|org|net|edu|cn|com\.cn)",
    re.I,
)
# Names of nobody, and mailboxes that stand for a role or a list and not for a person.
_NOBODY = frozenset(words("placeholder_mailboxes"))
_ROLE = re.compile(
    r"(?:bugs?|help|support|list|abuse|no-?reply)(?:[._-].{0,64})?|security|press|owner|submit|control|"
    r".{0,64}[._-](?:bugs?|help|support|list|lists|devel|users?|announce|request|owner|admin|sig|hackers|discuss|team|"
    r"maintainers|commits|noreply|bounces)",
    re.I,
)
_LISTS = re.compile(r"(?:lists?|groups|bugs|mailman|googlegroups)\.", re.I)
# The name of a message and not of a mailbox: <15975.17901.207240@host>, 17k4h5-00034i-00@host.
_MESSAGE = re.compile(
    r"(?=.{0,64}[0-9].{0,64}[0-9])[0-9A-Z]{11,64}|(?:[0-9]{1,20}[.-]){2,8}[0-9]{0,20}|"
    r"(?=.{0,64}[a-z])(?=.{0,64}[A-Z])(?=.{0,64}[0-9])[A-Za-z0-9+=-]{20,64}"
)


def _signed(text: str, at: int, _: int) -> Iterator[Finding]:
    domain = _DOMAIN.match(text, at + 1)
    local = _LOCAL.search(text[max(0, at - 64) : at]) if domain else None
    if domain and local and is_mailbox(local[0].strip("'"), domain[0]):
        end = domain.end()
        start = at - len(local[0].lstrip("'"))
        before, behind = text[max(0, start - 2) : start], text[end : end + 1]
        # git@host:path, ssh://user@host, a user of IRC, an escape, a message's id are no mailboxes.
        if (
            not (local[0] == "git" and behind == ":")
            and before != "//"
            and before[-1:] not in ("!", "\\", "$")
        ):
            yield Finding(start, end, "email")


def _spoken(text: str, low: int, high: int) -> Iterator[Finding]:
    for match in _SPOKEN.finditer(text, low, high):
        spoken = match[0].lower().split(" at ")[0]
        said = _SAID.search(text, max(0, match.start() - 30), match.start())
        if (
            said
            or match[1].lower() in _PROVIDERS
            or " dot " in spoken
            or any(letter.isdigit() or letter in "_." for letter in spoken)
        ):
            yield Finding(*match.span(), "email")


def _replaced_sign(text: str, at: int, _: int) -> Iterator[Finding]:
    """Addresses with `[at]` or # for the sign."""
    match = _AT_SPELLED.match(text, at) or _HASH_AT.match(text, at)
    end = at - (text[at - 1 : at] == " ")
    local = _LOCAL.search(text[max(0, end - 64) : end]) if match and end > 0 else None
    if match and local and len(local[0]) > 2:
        yield Finding(end - len(local[0]), match.end(), "email")


_OPENED_AT = [
    f"{bracket}{blank}{sign}" for bracket in "[(<{" for blank in ("", " ") for sign in ("at", "艾特")
]
_HASHED = [f"#{domain}.com" for domain in listed("163 126 qq gmail sina foxmail outlook hotmail 139")]
DETECTORS = (
    Detector(_signed, ("@",)),
    Detector(_spoken, (" dot ",), merged=True, before=110, after=48),
    Detector(_replaced_sign, (*_OPENED_AT, *_HASHED)),
)


def is_mailbox(local: str, domain: str) -> bool:
    """Whether a person may read what is sent there: no file name, message id, role, list or example."""
    ending = domain.rsplit(".", 1)[-1].lower()
    if (len(ending) != 2 and ending not in _ENDINGS and ending != "example") or ending in _FILES:
        return False
    name = local.lower()
    if not name or name in _NOBODY or name == domain.split(".")[0].lower() or _ROLE.fullmatch(name):
        return False
    return not (_RESERVED.fullmatch(domain) or _LISTS.match(domain) or _MESSAGE.fullmatch(local))
