"""Surrogates: another value of the same type, form, region, gender and length class.

Nothing in a text reveals that it was replaced, so a model learns no placeholder; the surrogate's
characters carry no loss either. Digits are poured into the original's own form, so separators,
country code and area code stay; checksums hold.
"""

import re
from collections.abc import Callable

from rewarm.data.redact.keyed import Draw
from rewarm.data.redact.surrogate_names import address, name, spoken, syllables
from rewarm.pii.numbers import identity_check, looks_like_identity, luhn
from rewarm.pii.view import NARROW, WIDE

_VOWELS, _CONSONANTS = "aeiou", "bcdfghjklmnprstvwz"
_PROVIDERS = re.compile(
    r"@(?:qq|163|126|139|sina|sohu|foxmail|aliyun|gmail|outlook|hotmail|live|yahoo|icloud|"
    r"protonmail|proton|me|aol|msn|gmx)\.(?:com|cn|net|me|com\.cn|co\.uk|de)$",
    re.I,
)
_PREFIXED = re.compile(
    r"(?:AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|sk-(?:proj-|ant-)?|[srp]k_(?:live|test)_|"
    r"xox[abeoprs]-|AIza|ya29\.|npm_|pypi-|hf_|LTAI|AKID|SG\.|dop_v1_|eyJ)"
)
_PEM_LINE = re.compile(r"-----[A-Z0-9 ]+-----")
# The end of a head is an area code: 010-, (0571) , +86 10 .
_AREA = re.compile(
    r"\(?0[0-9]{1,4}\)?[ /—-]*$|\(?(?:\+|00)?86\)?[ -]?\(?0?(?:10|2[0-9]|[3-9][0-9]{2})\)?[ -]*$"
)
_ATTEMPTS = 8


def surrogate(key: bytes, type: str, value: str, avoid: frozenset[str] = frozenset()) -> str:
    """What stands in for `value`: the same under the same key, never the value nor one of `avoid`."""
    narrow = value.translate(NARROW)
    plain = _plain(type, narrow)
    for attempt in range(_ATTEMPTS):
        made = (
            name(key, value, attempt)
            if type == "name"
            else _widened(value, narrow, _MAKERS[type](Draw(key, type, plain, attempt), narrow))
        )
        if made != value and made not in avoid:
            return made
    made = _widened(value, narrow, _letters(Draw(key, type, plain, _ATTEMPTS), narrow))
    return made if made != value else canonical(type, value)


def _widened(value: str, narrow: str, made: str) -> str:
    """Full-width letters and digits where the value had them: ３３０１ is no value of its own."""
    if value == narrow or len(made) != len(value):
        return made
    return "".join(
        chr(ord(letter) + WIDE) if was != plain and "!" <= letter <= "~" else letter
        for was, plain, letter in zip(value, narrow, made, strict=True)
    )


def canonical(type: str, value: str) -> str:
    """What stands in for a value inside text that carries no loss anyway: a form that says nothing.

    It is found by no detector, so that redacting once more leaves it.
    """
    if type == "name":
        return "某" * len(value) if not value.isascii() else "N. N."
    return re.sub(r"\w", lambda letter: "*" if letter[0].isascii() else "某", value)


def _plain(type: str, value: str) -> str:
    """The value without its form: 138-0013-8000 and +86 13800138000 are one number."""
    if type in ("phone", "card", "identity"):
        digits = re.sub(r"[^0-9Xx]", "", value).upper()
        return digits[-11:] if type == "phone" else digits
    return value.lower() if type in ("email", "order", "plate", "passport") else value


def _phone(draw: Draw, value: str) -> str:
    if not any(map(str.isdigit, value)) or not value.isascii():
        return spoken(draw, value)
    places = [at for at, letter in enumerate(value) if letter.isdigit()]
    kept = _phone_head(value)
    # Numbers behind an area code begin with 2 to 8 in China, and with no 0 or 1 elsewhere.
    first = "2345678" if _AREA.match(value[:kept]) else "0123456789"
    return _poured(draw, value, [at for at in places if at >= kept], first)


def _phone_head(value: str) -> int:
    """Characters of country and area code (or the carrier's three digits) that stay."""
    match = re.match(
        r"(?:[(]?(?:\+|00)?86[)]?[ -]?)?(?:1[3-9][0-9]|\(?0(?:10|2[0-9]|"
        r"[3-9][0-9]{2})\)?[ —-]{0,2}|[48]00[ -]?)|"
        r"[(]?(?:\+|00)?86[)]?[ -]?\(?(?:10|2[0-9]|[3-9][0-9]{2})\)?[ -]{0,2}|"
        r"\(?0[0-9]{1,4}\)?(?: ?[/-] ?| |(?<=\)))|"
        r"\+?1?[ .-]?\(?[2-9][0-9]{2}\)?[ ./-]{0,2}[2-9]|(?:\+|00)[1-9][0-9]?[ -]?\(?[0-9]?",
        value,
    )
    digits = sum(map(str.isdigit, value))
    return match.end() if match and sum(map(str.isdigit, match[0])) <= digits - 4 else 1


def _identity(draw: Draw, value: str) -> str:
    digits = re.sub(r"[^0-9Xx]", "", value)
    if len(digits) == 18 and looks_like_identity(digits):
        year = int(digits[6:10]) + draw.below(5) - 2
        order = draw.below(500) * 2 + int(digits[16]) % 2
        first = f"{digits[:4]}{_district(draw, digits)}{min(max(year, 1900), 2035)}{_day(draw)}{order:03}"
        return _laid(value, first + identity_check(first))
    if len(digits) == 15 and digits.isdigit():
        order = draw.below(500) * 2 + int(digits[14]) % 2
        return _laid(
            value,
            f"{digits[:4]}{_district(draw, digits)}{digits[6:8]}{_day(draw)}{order:03}",
        )
    if re.fullmatch(r"[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{4}", value):
        return _laid(value, f"{100 + draw.below(565):03}{1 + draw.below(99):02}{1 + draw.below(9999):04}")
    return _letters(draw, value)


def _district(draw: Draw, digits: str) -> str:
    """Another district of the same city."""
    return f"{1 + (int(digits[4:6]) + draw.below(29)) % 30:02}"


def _day(draw: Draw) -> str:
    return f"{1 + draw.below(12):02}{1 + draw.below(28):02}"


def _card(draw: Draw, value: str) -> str:
    digits = re.sub(r"[^0-9]", "", value)
    if value[:2].isalpha() and value[:2].isupper():
        return _iban(draw, value)
    body = digits[:4] + draw.digits(max(0, len(digits) - 5))
    fits = luhn if luhn(digits) else str.isdigit
    last = draw.below(10)
    return _laid(value, next(made for step in range(10) if fits(made := f"{body}{(last + step) % 10}")))


def _iban(draw: Draw, value: str) -> str:
    # Blanks of any width and invisible characters are none of it, as the detectors read it.
    solid = re.sub(r"[^0-9A-Za-z]", "", value)
    body = _letters(draw, solid[4:])
    number = int("".join(str(int(letter, 36)) for letter in body + solid[:2] + "00"))
    return _laid(value, f"{solid[:2]}{98 - number % 97:02}{body}")


def _email(draw: Draw, value: str) -> str:
    match = re.match(r"([^@\[({<# ]+)(.*)$", value, re.S)
    if match is None:
        return _words(draw, value)
    local, rest = match[1], match[2]
    if "." not in rest or _PROVIDERS.search(rest) or rest.startswith("#"):
        return _words(draw, local) + rest
    ending = rest.rfind(".")
    second = re.search(r"\.(?:com|org|net|edu|gov|ac|co)$", rest[:ending])
    ending = second.start() if second else ending
    return _words(draw, local) + _words(draw, rest[:ending]) + rest[ending:]


def _words(draw: Draw, value: str) -> str:
    """Letters as pronounceable syllables, digits as digits, everything else as it is."""
    made, at_vowel = [], draw.below(2) == 1
    for letter in value:
        if letter.isascii() and letter.isalpha():
            new = draw.one(_VOWELS if at_vowel else _CONSONANTS)
            at_vowel = not at_vowel
            made.append(new.upper() if letter.isupper() else new)
        else:
            made.append(draw.digits(1) if letter.isascii() and letter.isdigit() else letter)
    return "".join(made)


def _account(draw: Draw, value: str) -> str:
    if value.isdigit():
        return str(1 + draw.below(9)) + draw.digits(len(value) - 1)
    if not value.isascii():
        return "".join(letter if letter.isascii() else syllables(draw, 1) for letter in value)
    return _words(draw, value)


def _letters(draw: Draw, value: str) -> str:
    """Each letter another one of its case, each digit another one."""
    made = []
    for letter in value:
        if letter.isascii() and letter.isdigit():
            made.append(draw.digits(1))
        elif letter.isascii() and letter.isalpha():
            new = "abcdefghijklmnopqrstuvwxyz"[draw.below(26)]
            made.append(new.upper() if letter.isupper() else new)
        else:
            made.append(letter)
    return "".join(made)


def _key(draw: Draw, value: str) -> str:
    if value.startswith("-----BEGIN"):
        lines = value.split("\n")
        return "\n".join(line if _PEM_LINE.match(line) else _letters(draw, line) for line in lines)
    match = _PREFIXED.match(value)
    head = match.end() if match else 0
    return value[:head] + _letters(draw, value[head:])


def _plate(draw: Draw, value: str) -> str:
    kept = 2 if not value[:1].isascii() else 0
    made = _letters(draw, value[kept:]).replace("I", "J").replace("O", "P")
    return value[:kept] + made


def _ip(draw: Draw, value: str) -> str:
    if ":" in value:
        return re.sub(r"[0-9A-Fa-f]", lambda _: "0123456789abcdef"[draw.below(16)], value)
    head = value.split(".")[0]
    return ".".join([head, *(str(1 + draw.below(254)) for _ in range(3))])


def _mac(draw: Draw, value: str) -> str:
    return value[:8] + re.sub(r"[0-9A-Fa-f]", lambda _: "0123456789abcdef"[draw.below(16)], value[8:])


def _poured(draw: Draw, value: str, places: list[int], first: str) -> str:
    """Other digits in these places, the first of them one of `first`."""
    made = list(value)
    for at in places:
        made[at] = draw.digits(1)
    if places:
        made[places[0]] = draw.one(first)
    return "".join(made)


def _laid(form: str, solid: str) -> str:
    """The characters of `solid` in the places of the form's letters and digits."""
    left = iter(solid)
    return "".join(next(left, letter) if letter.isalnum() else letter for letter in form)


_MAKERS: dict[str, Callable[[Draw, str], str]] = {
    "phone": _phone, "identity": _identity, "card": _card, "email": _email, "account": _account,
    "plate": _plate, "order": _letters, "passport": _letters, "api_key": _key, "url_secret": _letters,
    "ip": _ip, "mac": _mac, "address": address,
}  # fmt: skip
