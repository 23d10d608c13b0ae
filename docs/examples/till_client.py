"""A till's side of the till API, in the standard library alone. docs/till.md says what each call means.

    SITE=https://crm.shop.example TILL_CREDENTIAL=dgt_… python till_client.py 010-1234-5678 P-7 30000 1000

looks a member up by phone, quotes a basket of one product with so many points, sells it, and takes it back.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

KST = timezone(timedelta(hours=9))
TRY_AGAIN, DECIDED = {409, 429, 500, 502, 503, 504}, {400, 404, 422}


class Refused(Exception):
    """What the server will not do: `code` is for the program, the words are for the cashier."""

    def __init__(self, status, answer):
        super().__init__(answer.get("detail", answer))
        self.status, self.code, self.answer = status, answer.get("code", ""), answer


class Till:
    """Sends each act once: its key and body lie on the disk before they go out, and until an answer is there."""

    def __init__(self, site, credential, outbox, patience=300):
        self.site, self.outbox, self.patience = site.rstrip("/"), Path(outbox), patience
        self.headers = {"Authorization": f"Bearer {credential}", "Content-Type": "application/json"}
        self.outbox.mkdir(parents=True, exist_ok=True)

    def ask(self, path, body):
        """Ask something that books nothing: lookup, quote, coupons/check."""
        return self._send(path, body, {})

    def book(self, path, body):
        """Book something, and go on asking with the same key until an answer is there."""
        key = str(uuid.uuid4())
        letter = self.outbox / f"{int(time.time() * 1000)}-{key}.json"
        letter.write_text(json.dumps({"path": path, "body": body, "key": key}), encoding="utf-8")
        return self._deliver(letter)

    def deliver_what_is_left(self):
        """After a power cut: send again what nobody answered, in the order it happened."""
        return [self._deliver(letter) for letter in sorted(self.outbox.glob("*.json"))]

    def _deliver(self, letter):
        act = json.loads(letter.read_text(encoding="utf-8"))
        until = time.monotonic() + self.patience
        while True:
            try:
                answer = self._send(act["path"], act["body"], {"Idempotency-Key": act["key"]})
            except Refused as refusal:
                is_changed = refusal.code == "QUOTE_CHANGED"
                if refusal.status in TRY_AGAIN and not is_changed and time.monotonic() < until:
                    time.sleep(min(float(refusal.answer["retry_after"]), 30))
                    continue
                if refusal.status in DECIDED or is_changed:
                    letter.unlink()  # nothing was booked, and the same again would say the same
                raise
            except OSError:  # no answer: perhaps booked, perhaps not. The screen says "checking", never "failed".
                if time.monotonic() > until:
                    raise
                time.sleep(1)
                continue
            letter.unlink()
            return answer

    def _send(self, path, body, headers):
        data = json.dumps(body).encode()
        request = urllib.request.Request(f"{self.site}/api/v1/till/{path}/", data, self.headers | headers)  # noqa: S310 (our own site)
        try:
            with urllib.request.urlopen(request, timeout=15) as response:  # noqa: S310
                return json.load(response)
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            answer = json.loads(text) if text.startswith("{") else {"detail": text[:200]}
            raise Refused(error.code, answer | {"retry_after": error.headers.get("Retry-After", 1)}) from error


def now():
    """The till's clock, with its time zone."""
    return datetime.now(KST).isoformat(timespec="seconds")


def visit(till, phone, sku, won, points):
    """One customer's visit: look up, quote, sell, and take everything back."""
    found = till.ask("lookup", {"phone": phone, "bill": won})
    print(found["found"], found["member"]["name"], found["member"]["usable_now"])
    basket = {"lookup": found["lookup"], "lines": [{"sku": sku, "quantity": 1, "amount": won}], "points": points}
    quote = till.ask("quote", basket)
    receipt = f"T1-{datetime.now(KST):%Y%m%d-%H%M%S}"
    sale = basket | {"receipt": receipt, "occurred_at": now(), "quote": quote["quote"], "paid": quote["paid"]}
    print(till.book("sales", sale | {"confirmed": quote["needs_confirmation"]})["receipt_text"])
    back = {"receipt": f"{receipt}-B", "original_receipt": receipt, "occurred_at": now(), "all": True}
    print(till.book("returns", back)["receipt_text"])


if __name__ == "__main__":
    client = Till(os.environ["SITE"], os.environ["TILL_CREDENTIAL"], os.environ.get("OUTBOX", "till-outbox"))
    client.deliver_what_is_left()
    visit(client, sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
