"""Keys, tokens, passwords and URLs that carry them; addresses of machines.

Issuers give their keys a prefix so that they can be found; a value behind `token=` or `密码：` must
look like no word. Of a URL only the secret goes, the rest says where it led.
"""

import ipaddress
import re
from collections.abc import Iterator

from rewarm.pii.detector import Detector, listed
from rewarm.pii.finding import Finding, alone, is_inside_word

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
# What may stand before a parameter's name: ?, &, and words as in `x-amz-`.
_PARAMETER_BEFORE = re.compile(
    r"[?&#;](?:amp;)?(?:[a-z]{2,12}[_-]|access_?|auth_?|id_?|refresh_?|x-amz-(?:security-)?|x-goog-|q-)?$",
    re.I,
)
_VALUE = re.compile(r"[A-Za-z0-9%._~+/=-]{6,1024}")
# The code of a shared folder: ?pwd=x7k2.
_SHARED = re.compile(r"(?=[A-Za-z]{0,11}[0-9])[A-Za-z0-9]{4,12}(?![A-Za-z0-9])")
_URL_END = re.compile(r"[\s<>\"'，。；）】]")
_USER_INFO = re.compile(r"://[A-Za-z0-9._%+-]{0,64}:([^\s/:<>\"'{}$]{3,128})@[A-Za-z0-9]")
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


def _keys(text: str, at: int, _: int) -> Iterator[Finding]:
    match = _KEYS.match(text, at)
    if match is None or is_inside_word(text, at) or text[at - 1 : at] == "-":
        return
    if any(map(str.isdigit, match[0])) or (len(match[0]) > 30 and not match[0].islower()):
        yield Finding(*match.span(), "api_key")


def _pem(text: str, at: int, _: int) -> Iterator[Finding]:
    match = _PEM.match(text, at)
    if match:
        close = f"-----END {match[1]}-----"
        end = text.find(close, match.end(), match.end() + _PEM_BYTES)
        yield Finding(at, end + len(close) if end >= 0 else _base64_end(text, match.end()), "api_key")


def _parameter(text: str, at: int, end: int) -> Iterator[Finding]:
    """The value of token=, signature= … in a URL, or in a path with a query as a log has it."""
    match = _VALUE.match(text, end)
    if match is None or not _looks_random(match[0]) or _MASKED.search(match[0]) or _KEYS.match(match[0]):
        return
    if _PARAMETER_BEFORE.search(text, max(0, at - 24), at) and _is_in_url(text, at):
        yield Finding(*match.span(), "url_secret")


def _shared(text: str, at: int, end: int) -> Iterator[Finding]:
    match = _SHARED.match(text, end)
    if match and text[at - 1 : at] in ("?", "&") and _is_in_url(text, at):
        yield Finding(*match.span(), "url_secret")


def _is_in_url(text: str, at: int) -> bool:
    """Whether no blank or quote stands between `://` (or a blank, a path and `?`) and this place."""
    begin = at
    for match in _URL_END.finditer(text, max(0, at - 2048), at):
        begin = match.end()
    left = text[begin if begin < at else max(0, at - 2048) : at]
    return "://" in left or (left[:1] == "/" and "?" in left)


def _user_info(text: str, at: int, _: int) -> Iterator[Finding]:
    """The password of ://user:password@host."""
    start = text.rfind("://", max(0, at - 200), at)
    user = _USER_INFO.match(text, start) if start >= 0 else None
    if (
        user
        and not _MASKED.search(user[1])
        and not _KEYS.fullmatch(user[1])
        and user[1].lower() not in ("password", "pass", "pwd", "passwd", "secret")
    ):
        yield Finding(*user.span(1), "url_secret")


def _assigned(text: str, at: int, _: int) -> Iterator[Finding]:
    match = _ASSIGNED.match(text, at, at + 320)
    # A resource name has a colon before: arn:…:secret:NAME.
    if match is None or text[at - 1 : at] == ":":
        return
    if match[0][:3] in ("key", "Key", "KEY") and not _KEY_KIND.search(text, max(0, at - 12), at):
        return
    value = re.split(r"&[A-Za-z_]{1,40}=", match[1], maxsplit=1)[0].rstrip(".?:`*")
    chosen = _CHOSEN.search(text, at, match.start(1)) and _WORD_AND_DIGITS.fullmatch(value)
    if (is_secret(value) or chosen) and not _UUID.match(value):
        yield Finding(match.start(1), match.start(1) + len(value), "api_key")


def _looks_random(value: str) -> bool:
    digits, letters = sum(map(str.isdigit, value)), sum(map(str.isalpha, value))
    return len(value) >= 8 and digits >= 2 and digits + letters >= 8 and len(set(value)) >= 6


def is_secret(value: str) -> bool:
    """Whether a value behind `password:` is one: letters and digits mixed, no placeholder, path or call."""
    digits, letters = sum(map(str.isdigit, value)), sum(map(str.isalpha, value))
    if (
        not value
        or value.startswith(("arn:", "urn:"))
        or _MASKED.search(value)
        or "://" in value
        or value[0] in "/@#-%&"
        or not value.isascii()
    ):
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


def _ip(text: str, low: int, high: int) -> Iterator[Finding]:
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text, low, high):
            if (
                alone(text, *match.span())
                and is_public(match[0])
                and not _VERSION.search(text[max(0, match.start() - 12) : match.start()])
            ):
                yield Finding(*match.span(), "ip")


def _mac(text: str, low: int, high: int) -> Iterator[Finding]:
    for match in _MAC.finditer(text, low, high):
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


_ISSUERS = (
    *listed("akia asia ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- sk- sk_live_ rk_live_ pk_live_ sk_test_"),
    *listed("rk_test_ pk_test_ xox aiza ya29. npm_ pypi- hf_ ltai akid sg. dop_v1_ eyj"),
)
_PARAMETERS = (
    *listed("token signature sig sign api_key apikey app_key appkey app_secret appsecret client_secret"),
    *listed(
        "clientsecret access_key accesskey access_key_id secret secret_key secretkey password passwd pwd"
    ),
    *listed("auth session_id sessionid session sid ticket key code otp invite ssaesk hmac jwt credential"),
)
DETECTORS = (
    Detector(_keys, _ISSUERS),
    Detector(_pem, ("-----begin ",)),
    Detector(_parameter, tuple(f"{name}=" for name in _PARAMETERS)),
    Detector(_shared, ("pwd=",)),
    Detector(_user_info, ("@",)),
    Detector(
        _assigned,
        listed("password passwd passcode pwd token secret key bearer 密码 口令 密钥 秘钥 令牌"),
    ),
)
MACHINES = (
    Detector(
        _ip,
        tuple(f"{sign}{digit}" for sign in ".:" for digit in "0123456789abcdef:"),
        merged=True,
        before=45,
        after=45,
    ),
    Detector(
        _mac,
        tuple(f"{sign}{digit}" for sign in "-:" for digit in "0123456789abcdef"),
        merged=True,
        before=20,
        after=20,
    ),
)
