"""Who may ask: a request needs the token of this board and a Host header that names this machine.

The token is in the URL that the command prints. The first request with it gets a cookie and is redirected to
the same address without the token, so that the token does not stay in the address bar. The Host header is
checked before anything else: a page of another site whose name was made to resolve to 127.0.0.1 (DNS
rebinding) sends its own name. The name of the cookie depends on the token, since browsers share cookies
between the ports of a host.
"""

import hashlib
import hmac
import secrets
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class Access:
    """The rule of one board. hosts: further names that the Host header may have."""

    def __init__(self, hosts: tuple[str, ...] = (), token: str | None = None) -> None:
        self.token = token or secrets.token_urlsafe(24)
        self._hosts = {name.lower() for name in (*_LOOPBACK, *hosts)}
        self.cookie = "rewarm_board_" + hashlib.sha256(self.token.encode()).hexdigest()[:8]

    def host_allowed(self, header: str | None) -> bool:
        """Whether a Host header names this machine, with any port: `ssh -L` may change it."""
        name = (header or "").strip().lower()
        bare = name[: name.find("]") + 1] if name.startswith("[") else name.partition(":")[0]
        return bare in self._hosts

    def token_allowed(self, cookies: str | None) -> bool:
        """Whether the Cookie header has the token."""
        try:
            found = SimpleCookie(cookies or "").get(self.cookie)
        except CookieError:
            return False
        return found is not None and self._same(found.value)

    def admitted(self, query: str) -> str | None:
        """The query without its token, when it has the right one; else None."""
        pairs = parse_qsl(query, keep_blank_values=True)
        given = [value for name, value in pairs if name == "token"]
        if not given or not self._same(given[0]):
            return None
        return urlencode([pair for pair in pairs if pair[0] != "token"])

    def set_cookie(self) -> str:
        """The header's value. No path: the browser takes that of the page, under whatever prefix."""
        return f"{self.cookie}={self.token}; HttpOnly; SameSite=Strict"

    def _same(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode())
