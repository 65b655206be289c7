"""Keys, tokens, passwords and URLs that carry them; addresses of machines.

Issuers give their keys a prefix so that they can be found; a value behind `token=` or `密码：` must
look like no word. Of a URL only the secret goes, the rest says where it led.
"""

import ipaddress
import re
from collections.abc import Iterator

from rewarm.corpus.personal.finding import Finding, alone, near_words

_ISSUERS = (
    *(
        "AKIA",
        "ASIA",
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat_",
        "glpat-",
        "sk-",
        "k_live_",
        "k_test_",
        "xox",
    ),
    *("AIza", "ya29.", "npm_", "pypi-", "hf_", "LTAI", "AKID", "SG.", "dop_v1_", "eyJ"),
)
_KEYS = re.compile(
    r"(?:A(?:KIA|SIA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{22,255}|"
    r"glpat-[A-Za-z0-9_-]{20,64}|"
    r"sk-[A-Za-z0-9_-]{20,200}|[srp]k_(?:live|test)_[A-Za-z0-9]{10,99}|"
    r"xox[abeoprs]-[A-Za-z0-9-]{10,200}|AIza[A-Za-z0-9_-]{35}|"
    r"ya29\.[A-Za-z0-9_-]{20,200}|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,255}|"
    r"hf_[A-Za-z0-9]{30,40}|LTAI[A-Za-z0-9]{12,24}|"
    r"AKID[A-Za-z0-9]{28,36}|SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}|dop_v1_[a-f0-9]{64}|"
    r"eyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,4000}(?:\.[A-Za-z0-9_-]{0,2000})?)"
)
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]{0,24}PRIVATE KEY(?: BLOCK)?)-----")
_PEM_BYTES = 16_384
# A whole address, or a path with a query as a log has it.
_URL = re.compile(r"(?:://|(?<=[\s\"'])/[A-Za-z0-9_./-]{1,200}\?)[^\s<>\"'，。；）】]{1,2048}")
_SECRET_PARAMETER = re.compile(
    r"[?&#;](?:amp;)?(?:[a-z]{2,12}[_-](?=token|key|secret|code|sig))?(?:access_?token|token|auth_?token|"
    r"id_?token|refresh_?token|"
    r"x-amz-(?:signature|security-token|credential)|x-goog-signature|"
    r"signature|sig|sign|api_?key|app_?key|app_?secret|client_?secret|access_?key(?:_?id)?|"
    r"secret(?:_?key)?|password|passwd|pwd|"
    r"auth|session_?id|session|sid|ticket|key|code|q-signature|otp|invite|ssaesk|hmac|"
    r"jwt)=([A-Za-z0-9%._~+/=-]{6,1024})",
    re.I,
)
_USER_INFO = re.compile(r"://[A-Za-z0-9._%+-]{0,64}:([^\s/:<>\"'{}$]{3,128})@[A-Za-z0-9]")
_SECRET_WORDS = (
    *("password", "passwd", "passcode", "pwd", "token", "secret", "key", "bearer"),
    *("密码", "口令", "密钥", "秘钥", "令牌"),
)
_ASSIGNED = re.compile(
    r"(?:[Pp]ass(?:word|wd|code)|PASS(?:WORD|WD|CODE)|[Pp]wd|PWD|[Tt]oken|TOKEN|[Ss]ecret|SECRET|[Kk]ey|KEY|"
    r"[Bb]earer|密码|口令|密钥|秘钥|令牌)(?:[_ -]?(?:[Kk]ey|KEY|[Ii][Dd]))?(?: for [^:=\n]{2,40}(?=:))?"
    r"[\"']?(?: ?[:=：] ?| is | was |是|为| )[\"'“]?([^\s\"'“”，。；,;、<>(){}\[\]\u4e00-\u9fff]{8,256})"
)
# A key is a secret only where it is said to be one: api key, access key, secret key.
_KEY_KIND = re.compile(
    r"(?:api|access|secret|auth|app|client|private|encryption|signing|license|account)[_ -]?$", re.I
)
# What people choose: a word and digits, which elsewhere is an identifier.
_CHOSEN = re.compile(r"(?:[Pp]ass(?:word|code)|[Pp]wd|PASSWORD|密码|口令)[\"' ]{0,2}(?:[:：是为]|is)")
_WORD_AND_DIGITS = re.compile(
    r"(?!test|user|pass|abc|admin|version|sha|md)(?:[A-Za-z]{4,20}|"
    r"(?:[A-Za-z]{3,12}[-_.]){1,3})[0-9]{2,6}[!@#$%]{0,2}|"
    r"(?=[A-Za-z_]{0,12}[0-9])[A-Z][A-Za-z0-9]{3,12}_[A-Za-z0-9]{3,12}",
    re.I,
)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4,12}", re.I)
_MASKED = re.compile(
    r"\*{3}|x{4}|X{4}|\.{3}|…|<|>|\{|\}|\$[A-Za-z_({]|^\$|your|YOUR|example\b|placeholder|changeme|redacted",
    re.I,
)
_IPV4 = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}")
_IPV6 = re.compile(r"[0-9A-Fa-f:]{2,5}:[0-9A-Fa-f:]{2,34}")
_MAC = re.compile(r"[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}")
_VERSION = re.compile(r"(?:version|ver\.?|v|release|版本号?|OID|EC|section|章|节)[ :：.]{0,3}$", re.I)
_DOCUMENTATION = tuple(
    map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"))
)


def find(text: str, folded: str, *, machines: bool = False) -> Iterator[Finding]:
    """Keys, secrets in URLs and assignments; with `machines` also public IP and MAC addresses."""
    for low, high in near_words(text, _ISSUERS, 6200):
        for match in _KEYS.finditer(text, low, high):
            left = text[max(0, match.start() - 1) : match.start()]
            inside = left != "" and left.isascii() and (left.isalnum() or left in "-_")
            random = any(map(str.isdigit, match[0])) or (len(match[0]) > 30 and not match[0].islower())
            if not inside and random:
                yield Finding(*match.span(), "api_key")
    for match in _PEM.finditer(text) if "-----BEGIN " in text else ():
        close = f"-----END {match[1]}-----"
        end = text.find(close, match.end(), match.end() + _PEM_BYTES)
        yield Finding(
            match.start(), end + len(close) if end >= 0 else _base64_end(text, match.end()), "api_key"
        )
    for match in _URL.finditer(text):
        yield from _in_url(text, match)
    for match in _assigned(text, folded):
        if match[0][:3] in ("key", "Key", "KEY") and not _KEY_KIND.search(
            text[max(0, match.start() - 12) : match.start()]
        ):
            continue
        if text[match.start() - 1 : match.start()] == ":":  # A resource name: arn:…:secret:NAME.
            continue
        value = re.split(r"&[A-Za-z_]{1,40}=", match[1], maxsplit=1)[0].rstrip(".?:`*")
        chosen = _CHOSEN.search(text, match.start(), match.start(1)) and _WORD_AND_DIGITS.fullmatch(value)
        if (is_secret(value) or chosen) and not _UUID.match(value):
            yield Finding(match.start(1), match.start(1) + len(value), "api_key")
    if machines:
        yield from _machines(text)


def _assigned(text: str, folded: str) -> Iterator[re.Match[str]]:
    for low, high in near_words(folded, _SECRET_WORDS, 320):
        yield from _ASSIGNED.finditer(text, low, high)


def _in_url(text: str, url: re.Match[str]) -> Iterator[Finding]:
    if "=" in url[0]:
        for match in _SECRET_PARAMETER.finditer(text, *url.span()):
            if _looks_random(match[1]) and not _MASKED.search(match[1]) and not _KEYS.match(match[1]):
                yield Finding(*match.span(1), "url_secret")
        for match in _SHARED.finditer(text, *url.span()):
            yield Finding(*match.span(1), "url_secret")
    if "@" in url[0]:
        user = _USER_INFO.match(text, url.start())
        if (
            user
            and not _MASKED.search(user[1])
            and not _KEYS.fullmatch(user[1])
            and user[1].lower() not in ("password", "pass", "pwd", "passwd", "secret")
        ):
            yield Finding(*user.span(1), "url_secret")


_SHARED = re.compile(r"[?&]pwd=(?=[A-Za-z]{0,11}[0-9])([A-Za-z0-9]{4,12})(?![A-Za-z0-9])")


def _looks_random(value: str) -> bool:
    digits, letters = sum(map(str.isdigit, value)), sum(map(str.isalpha, value))
    return len(value) >= 8 and digits >= 2 and digits + letters >= 8 and len(set(value)) >= 6


def is_secret(value: str) -> bool:
    """Whether a value behind `password:` is one: letters and digits mixed, no placeholder, path or call."""
    digits, letters = sum(map(str.isdigit, value)), sum(map(str.isalpha, value))
    if not value or _MASKED.search(value) or "://" in value or value[0] in "/@#-%&" or not value.isascii():
        return False
    if digits < 2 or letters < 2 or len(set(value)) < 6:
        return False
    # Identifiers such as sha256_key or Version2.0 are words with a number behind.
    return (
        len(value) >= 8
        and re.fullmatch(r"[A-Za-z_.]{3,}[-_.]?[0-9.]{1,3}|[A-Za-z]+(?:[-_./][A-Za-z0-9]{0,6}){2,}", value)
        is None
    )


def _base64_end(text: str, start: int) -> int:
    match = re.compile(r"[A-Za-z0-9+/=\s]{0,16384}").match(text, start)
    return match.end() if match else start


def _machines(text: str) -> Iterator[Finding]:
    for pattern in (_IPV4, _IPV6) if "." in text or ":" in text else ():
        for match in pattern.finditer(text):
            if (
                alone(text, *match.span())
                and is_public(match[0])
                and not _VERSION.search(text[max(0, match.start() - 12) : match.start()])
            ):
                yield Finding(*match.span(), "ip")
    for match in _MAC.finditer(text):
        if alone(text, *match.span()) and len(set(match[0])) > 3:
            yield Finding(*match.span(), "mac")


def is_public(text: str) -> bool:
    """Whether an address is some machine's: neither private, reserved, nor kept for documentation."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.is_global and not any(
        address in network for network in _DOCUMENTATION if network.version == address.version
    )
