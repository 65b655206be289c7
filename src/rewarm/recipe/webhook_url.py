"""Which URLs of webhooks are accepted: https, and http to this machine, where nobody listens in."""

import ipaddress
from urllib.parse import urlsplit


def fault_of(url: str) -> str:
    """Why the URL is not accepted, without naming it; empty for https, and http to this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "is not a URL"
    if parts.scheme == "https" and host:
        return ""
    if parts.scheme != "http" or not host:
        return "does not begin with https://, or with http:// for this machine"
    if host == "localhost":
        return ""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    return (
        "" if local else "has http, which is accepted for this machine only (127.0.0.1, localhost); use https"
    )
