"""A public for the demo: reads its mail, and opens, clicks, looks around, buys or opts out, all over HTTP.

Each mail is answered as by a person: after a while, by a chance that is the same every time for the same mail. What
they do goes through the addresses in the mail and, for what the web shop would report, the API with a key of its own.
Mail scanners fetch everything at once, as they do in life. One request at a time and at most `REQUESTS_A_SECOND`.
"""

import heapq
import http.client
import itertools
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from crm_project.demo.complete_journey import SOURCE
from crm_project.demo.mailbox import Mail, Mailboxes

logger = logging.getLogger(__name__)

REQUESTS_A_SECOND = 25
LOOK_EVERY = 1.0  # seconds
SCANNED = 0.05  # of all mails
PREFETCHED = 0.12
OPENED = 0.42
CLICKED = 0.30  # of those who opened
BOUGHT = 0.32  # of those who clicked
PUT_IN_THE_CART = 0.3  # of those who clicked and did not buy
OPTED_OUT = 0.006
FREE_SHIPPING_FROM = 40_000  # won
SHIPPING = 3_000

PEOPLE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 16; SM-S931N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 15; SM-A556S) AppleWebKit/537.36 (KHTML, like Gecko) NAVER(inapp; search; 2000)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19 Safari/605.1",
)
SCANNER = "Mozilla/5.0 (compatible; Barracuda Sentinel)"
PROXY = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


@dataclass(frozen=True)
class Ware:
    """A product as the web shop shows it."""

    sku: str
    price: int


@dataclass(frozen=True)
class Shopper:
    """Whom a mailbox belongs to, as the web shop knows them after their login."""

    customer_number: str
    favourites: tuple[Ware, ...]


# Finds the shopper of an e-mail address.
WhoIs = Callable[[str], Shopper | None]
Act = Callable[[], None]


class Web:
    """The public's way to the server: one connection that is opened again when it breaks."""

    def __init__(self, host: str, port: int, api_key: str) -> None:
        """Talk to the server at `host` and `port`; report purchases and visits with `api_key`."""
        self._connection = http.client.HTTPConnection(host, port, timeout=20)
        self._api_key = api_key

    def ask(self, path: str, *, user_agent: str, method: str = "GET", body: str | None = None) -> int:
        """Send one request as a browser or mail program would; return the status."""
        headers = {"User-Agent": user_agent}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self._send(method, path, body, headers)

    def report(self, path: str, records: list[dict[str, object]]) -> int:
        """Post records to the API as the shop's back end would; return the status."""
        headers = {"Authorization": f"Bearer {self._api_key}", "Content-Type": "application/json"}
        return self._send("POST", path, json.dumps(records), headers)

    def _send(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> int:
        for again in (False, True):
            try:
                self._connection.request(method, path, body=body, headers=headers)
                response = self._connection.getresponse()
                answer = response.read()
            except (OSError, http.client.HTTPException):
                # A server that restarts, or one that closed an idle connection: once more on a new one.
                self._connection.close()
                if again:
                    raise
                time.sleep(0.2)
            else:
                if response.status >= 400 or b'"refusals":[{' in answer:
                    logger.warning("The simulated public got %d from %s: %.200s", response.status, path, answer)
                return response.status
        raise AssertionError("unreachable")


class Public:
    """Everybody who has a mailbox."""

    def __init__(
        self, mailboxes: Mailboxes, web: Web, who_is: WhoIs, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Watch `mailboxes`, act over `web`; `who_is` tells whose mailbox an address is, `clock` the seconds."""
        self._mailboxes = mailboxes
        self._web = web
        self._who_is = who_is
        self._clock = clock
        self._plans: list[tuple[float, int, Act]] = []
        self._order = itertools.count()

    def live(self, stop: threading.Event) -> None:
        """Answer mail until told to stop."""
        looked = -LOOK_EVERY
        while not stop.is_set():
            if self._clock() - looked >= LOOK_EVERY:
                looked = self._clock()
                for mail in self._mailboxes.new_mail():
                    self.receive(mail)
            self.act()
            stop.wait(1 / REQUESTS_A_SECOND)

    def receive(self, mail: Mail) -> None:
        """Decide what the reader of a mail will do, and when."""
        now = self._clock()
        for delay, act in self._answers(mail):
            heapq.heappush(self._plans, (now + delay, next(self._order), act))

    def act(self) -> bool:
        """Do the next thing that is due. Return whether there was one."""
        if not self._plans or self._plans[0][0] > self._clock():
            return False
        _due, _order, act = heapq.heappop(self._plans)
        try:
            act()
        except (OSError, http.client.HTTPException) as error:
            logger.info("The simulated public could not reach the server: %s", error)
        return True

    def _answers(self, mail: Mail) -> Iterator[tuple[float, Act]]:
        random = Random(f"answer {mail.number}")
        if random.random() < SCANNED:
            yield from self._scan(mail)
        if random.random() < PREFETCHED:
            yield 1.5, lambda: self._open(mail, PROXY)
        if random.random() < OPENED:
            yield from self._read(mail, random)

    def _scan(self, mail: Mail) -> Iterator[tuple[float, Act]]:
        yield 0.2, lambda: self._open(mail, SCANNER)
        for link in mail.links:
            yield 0.3, lambda link=link: self._web.ask(link, user_agent=SCANNER)

    def _read(self, mail: Mail, random: Random) -> Iterator[tuple[float, Act]]:
        agent = random.choice(PEOPLE)
        opened = min(4 + random.expovariate(1 / 40), 240)
        yield opened, lambda: self._open(mail, agent)
        if random.random() < OPTED_OUT / OPENED and mail.unsubscribe:
            yield opened + 8, lambda: self._opt_out(mail, agent)
        elif random.random() < CLICKED and mail.links:
            link = random.choice(mail.links)
            clicked = opened + random.uniform(4, 25)
            yield clicked, lambda: self._web.ask(link, user_agent=agent)
            yield from self._shop(mail, random, clicked)

    def _shop(self, mail: Mail, random: Random, clicked: float) -> Iterator[tuple[float, Act]]:
        shopper = self._who_is(mail.recipient)
        if shopper is None or not shopper.favourites:
            return
        wares = random.sample(shopper.favourites, k=min(len(shopper.favourites), random.randint(4, 9)))
        buys = random.random() < BOUGHT
        wants = buys or random.random() < PUT_IN_THE_CART
        looked = clicked + random.uniform(5, 20)
        yield looked, lambda: self._look_around(mail, shopper, wares, wants=wants)
        if buys:
            yield looked + random.uniform(10, 50), lambda: self._buy(mail, shopper, wares)

    def _open(self, mail: Mail, agent: str) -> None:
        if mail.picture:
            self._web.ask(mail.picture, user_agent=agent)

    def _opt_out(self, mail: Mail, agent: str) -> None:
        self._web.ask(mail.unsubscribe or "", user_agent=agent)
        self._web.ask(mail.unsubscribe or "", user_agent=agent, method="POST", body="")

    def _look_around(self, mail: Mail, shopper: Shopper, wares: list[Ware], *, wants: bool) -> None:
        seen = [("product_view", ware) for ware in wares] + [("cart_add", ware) for ware in wares if wants]
        visit = [
            {
                "event_id": f"visit-{mail.number}-{number}",
                "kind": kind,
                "customer_id": shopper.customer_number,
                "occurred_at": now(),
                "sku": ware.sku,
            }
            for number, (kind, ware) in enumerate(seen)
        ]
        self._web.report(f"/api/v1/events/?source={SOURCE}", visit)

    def _buy(self, mail: Mail, shopper: Shopper, wares: list[Ware]) -> None:
        self._web.report(f"/api/v1/orders/?source={SOURCE}", order(f"web-{mail.number}", shopper, wares, now()))


def order(number: str, shopper: Shopper, wares: list[Ware], placed_at: str) -> list[dict[str, object]]:
    """Return an online order as records of the API: a record a line. Amounts in won."""
    items = sum(ware.price for ware in wares)
    shipping = 0 if items >= FREE_SHIPPING_FROM else SHIPPING
    head = {
        "order_id": number,
        "customer_id": shopper.customer_number,
        "placed_at": placed_at,
        "status": "paid",
        "channel": "online",
        "items_amount": items,
        "shipping": shipping,
        "paid": items + shipping,
    }
    return [head | {"sku": ware.sku, "quantity": 1, "line_amount": ware.price} for ware in wares]


def now() -> str:
    """Return this moment as the API reads it."""
    return datetime.now(UTC).isoformat()
