"""Asks one address of the web whether it is there, and never one of an internal network.

The address comes from an author, the question from our server: so the name is resolved once, refused where it leads
to a machine that the internet cannot see, and the connection goes to exactly what was resolved, at each redirect.
"""

import socket
import ssl
import time
from dataclasses import dataclass
from ipaddress import ip_address

import httpx
from django.conf import settings

from campaigns.models import CheckedAddress

Verdict = CheckedAddress.Verdict
TIMEOUT = httpx.Timeout(5, connect=3)
MOST_REDIRECTS = 5
# Servers that know no HEAD say so in one of these ways; the question is put again as a GET.
ASK_AGAIN = (403, 404, 405, 406, 500, 501, 503)
AGENT = "Mozilla/5.0 (compatible; Dangol link check)"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address answered; no status: it did not answer."""

    verdict: Verdict
    status: int | None = None
    milliseconds: int | None = None


class InternalAddress(Exception):
    """The name leads into a network that the internet cannot see."""


def ask(url: str, *, is_image: bool = False) -> Answer:
    """Return what the address answers, redirects followed. Never raises for what the other side does."""
    began = time.monotonic()
    try:
        with httpx.Client(timeout=TIMEOUT, trust_env=False, headers={"User-Agent": AGENT}) as client:
            return _judged(_final(client, url), is_image=is_image, began=began)
    except InternalAddress:
        return Answer(Verdict.INTERNAL)
    except httpx.TimeoutException:
        return Answer(Verdict.SILENT)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
        return Answer(Verdict.CERTIFICATE if _is_about_certificate(error) else Verdict.UNREACHABLE)


def _final(client: httpx.Client, url: str) -> httpx.Response:
    """Return the answer at the end of the redirects."""
    target = httpx.URL(url)
    for _hop in range(MOST_REDIRECTS + 1):
        answer = _answer(client, "HEAD", target)
        if answer.status_code in ASK_AGAIN:
            answer = _answer(client, "GET", target)
        if not answer.has_redirect_location:
            return answer
        target = target.join(answer.headers["Location"])
    return answer


def _answer(client: httpx.Client, method: str, target: httpx.URL) -> httpx.Response:
    """Ask without reading a body, over a connection to the address that was looked at."""
    host = target.host
    pinned = target.copy_with(host=_resolved(host, target.port or (443 if target.scheme == "https" else 80)))
    request = client.build_request(
        method, pinned, headers={"Host": target.netloc.decode("ascii")}, extensions={"sni_hostname": host}
    )
    answer = client.send(request, stream=True)
    answer.close()
    return answer


def _resolved(host: str, port: int) -> str:
    """Return an address of the host to connect to.

    Raises:
        InternalAddress: one of its addresses is not of the internet, and the settings do not name the host.
        OSError: there is no such name.
        UnicodeError: it can be no name, such as www..shop.kr.
    """
    found = [info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if host not in settings.LINK_CHECK_INTERNAL_HOSTS and not all(ip_address(each).is_global for each in found):
        raise InternalAddress(host)
    return str(found[0])


def _judged(answer: httpx.Response, *, is_image: bool, began: float) -> Answer:
    status = answer.status_code
    verdict = Verdict.ALIVE
    if status in (404, 410):
        verdict = Verdict.MISSING
    elif status >= 300:
        verdict = Verdict.REFUSED
    elif is_image and not answer.headers.get("Content-Type", "").startswith("image/"):
        verdict = Verdict.NO_PICTURE
    return Answer(verdict, status, int((time.monotonic() - began) * 1000))


def _is_about_certificate(error: BaseException | None) -> bool:
    """Tell whether the connection failed for the other side's certificate, however deep that stands."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
