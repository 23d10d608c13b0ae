"""SOLAPI: text messages, AlimTalk and Brand Messages (G-20 to G-25).

A whole batch travels in one call, and every message in it carries our number and the kind that we chose. SOLAPI knows
no idempotency, so a call whose answer was lost leaves its batch unknown until SOLAPI is asked what it has.
"""

import base64
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.gateways import solapi_codes, solapi_payloads
from campaigns.gateways.base import (
    AnswersQuestions,
    CallsBack,
    Fate,
    GatewayError,
    KeepsRefusals,
    Outcome,
    Picture,
    PictureSize,
    PreparedMessage,
    Refusal,
    Report,
    WebhookRefused,
    register,
)
from campaigns.gateways.failures import Failure
from campaigns.gateways.solapi_wire import NoAnswer, Refused, SolapiClient

SEND, LIST, REFUSED = "/messages/v4/send-many/detail", "/messages/v4/list", "/iam/v1/black"
BALANCE, CALLERS, FILES = "/cash/v1/balance", "/senderid/v1/numbers/active", "/storage/v1/files"
# So many in one call: what a lost answer leaves unknown, and what a slice of the dispatcher hands over.
BATCH = 50
MOST_ROWS = 500
OUR_NUMBER = solapi_payloads.OUR_NUMBER
# Tests and codes to staff have numbers below zero.
NUMBER = re.compile(r"-?[0-9]{1,19}")


@register
class SolapiGateway(CallsBack, AnswersQuestions, KeepsRefusals):
    """An account at SOLAPI."""

    name = "solapi"
    label = gettext_lazy("SOLAPI")
    channels = ("sms", "alimtalk", "brand_message")
    most_pictures = 1
    largest_picture = PictureSize(200_000, 1_500, 1_440)

    def __init__(self, account: Any) -> None:
        super().__init__(account)
        self.client = SolapiClient(account)
        self.files: dict[tuple[str, str], str] = {}

    def send_batch(self, prepared: Iterable[PreparedMessage]) -> Iterator[Outcome]:
        """Hand over the messages, a batch a call.

        Raises:
            GatewayError: SOLAPI refuses the account or cannot be reached.
        """
        waiting = iter(prepared)
        while batch := list(islice(waiting, BATCH)):
            yield from self._hand_over(batch)

    def check(self) -> str:
        """Return the balance, and whether SOLAPI lets us send from the account's number.

        Raises:
            GatewayError: SOLAPI refuses the account or cannot be reached.
        """
        try:
            balance, callers = self.client.get(BALANCE), self.client.get(CALLERS)
        except (NoAnswer, Refused) as error:
            raise GatewayError(_("SOLAPI did not answer as expected: %s") % error) from error
        money = _("Balance at SOLAPI: %s won.") % f"{int(balance.get('balance', 0)) + int(balance.get('point', 0)):,}"
        if self.account.channel == "sms" and solapi_payloads.national(self.account.sender_address) not in callers:
            return f"{money} " + _("The caller number is not registered there: nothing can be sent from it (G-05).")
        return money

    def close(self) -> None:
        """Hang up."""
        self.client.close()

    def read_webhook(self, request: HttpRequest) -> list[Report]:
        """Return what SOLAPI has about the messages that a call names.

        Its calls are not signed (G-22), so nothing that one says is believed: it is asked for.

        Raises:
            WebhookRefused: the body names no messages, or more than one call can have.
            GatewayError: SOLAPI cannot be asked now; it calls again.
        """
        named = _named(request.body)
        return self._reports(messageIds=named) if named else []

    def ask(self, message_ids: Collection[int], *, since: datetime, until: datetime) -> list[Report]:
        """Return what SOLAPI has of these messages of ours, handed over between those moments.

        Raises:
            GatewayError: it cannot be asked now.
        """
        window = {"dateType": "CREATED", "startDate": since.isoformat(), "endDate": until.isoformat()}
        wanted = set(message_ids)
        return [report for report in self._reports(**window) if report.message_id in wanted]

    def _hand_over(self, batch: list[PreparedMessage]) -> Iterator[Outcome]:
        try:
            answer = self.client.post(SEND, self._order(batch))
        except NoAnswer as error:
            yield from (Outcome(each.message_id, Fate.UNKNOWN, Failure.NO_ANSWER, str(error)) for each in batch)
        except Refused as refused:
            yield from self._one_by_one(batch, refused)
        else:
            yield from self._outcomes(batch, answer)

    def _order(self, batch: list[PreparedMessage]) -> dict[str, Any]:
        """Return the call for a batch. Nothing is scheduled there (G-20), nothing changed there (G-03)."""
        messages = [solapi_payloads.payload(each, account=self.account.pk, file_of=self._file_of) for each in batch]
        return {"messages": messages, "allowDuplicates": True, "showMessageList": True}

    def _one_by_one(self, batch: list[PreparedMessage], refused: Refused) -> Iterator[Outcome]:
        """Find the message for which SOLAPI refuses the whole call: the others go without it."""
        if len(batch) == 1:
            yield Outcome(batch[0].message_id, Fate.FAILED, _class_of(refused), str(refused))
            return
        middle = len(batch) // 2
        yield from self._hand_over(batch[:middle])
        yield from self._hand_over(batch[middle:])

    def _outcomes(self, batch: list[PreparedMessage], answer: Mapping[str, Any]) -> Iterator[Outcome]:
        """Yield what the answer says of each message; a fault of the account is raised when the others are told."""
        rows = [*(answer.get("messageList") or ()), *(answer.get("failedMessageList") or ())]
        found = {number: row for row in rows if (number := _our_number(row)) is not None}
        faults = []
        for message in batch:
            row = found.get(message.message_id, {})
            if _code(row) in solapi_codes.FAULTS_OF_ACCOUNT:
                faults.append(row)
            else:
                yield _outcome(message.message_id, row)
        if faults:
            raise _account_fault(faults[0])

    def refusals(self) -> list[Refusal]:
        """Return who called the 080 number that SOLAPI answers for the shop.

        Raises:
            GatewayError: SOLAPI cannot be asked now.
        """
        rows = self._rows(REFUSED, "blackList", type="DENIAL")
        return [refusal for row in rows for refusal in _refusals_of(row, own=self.account.sender_address)]

    def _reports(self, **asked: Any) -> list[Report]:
        rows = self._rows(LIST, "messageList", **asked)
        return [_report_of(row) for row in rows if self._is_ours(row) and _code(row)]

    def _rows(self, path: str, name: str, **asked: Any) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of one of SOLAPI's lists, page by page."""
        next_key = None
        while True:
            page = self._page(path, asked | ({"startKey": next_key} if next_key else {}))
            found = page.get(name) or ()
            yield from found.values() if isinstance(found, Mapping) else found
            next_key = page.get("nextKey")
            if not next_key:
                return

    def _page(self, path: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return self.client.get(path, limit=MOST_ROWS, **asked)
        except (NoAnswer, Refused) as error:
            raise GatewayError(_("SOLAPI cannot be asked for its lists now: %s") % error) from error

    def _is_ours(self, row: Mapping[str, Any]) -> bool:
        """Tell whether a row is of this sending account: several may share one account at SOLAPI."""
        return str((row.get("customFields") or {}).get(solapi_payloads.OUR_ACCOUNT)) == str(self.account.pk)

    def _file_of(self, picture: Picture, purpose: str) -> str:
        """Return SOLAPI's number of a picture, uploaded once for each purpose by each worker.

        Raises:
            GatewayError: it cannot be uploaded now; nothing was sent.
        """
        if (picture.name, purpose) not in self.files:
            body = {"file": base64.b64encode(picture.content).decode(), "name": picture.name, "type": purpose}
            try:
                self.files[picture.name, purpose] = self.client.post(FILES, body)["fileId"]
            except (NoAnswer, Refused, KeyError) as error:
                raise GatewayError(_("SOLAPI did not take the picture %s.") % picture.name) from error
        return self.files[picture.name, purpose]


def _outcome(message_id: int, row: Mapping[str, Any]) -> Outcome:
    """Return what a row of the answer says. A message that the answer does not name may have been accepted."""
    code = _code(row)
    if not code:
        return Outcome(message_id, Fate.UNKNOWN, Failure.NO_ANSWER, "The answer does not name the message.")
    verdict = solapi_codes.at_hand_over(code)
    detail = "" if verdict.fate == Fate.SENT else _said(row)
    return Outcome(message_id, verdict.fate, verdict.failure, detail, provider_id=str(row.get("messageId") or ""))


def _report_of(row: Mapping[str, Any]) -> Report:
    """Return what a row of the list says. The same fact has the same event id, however it came to us."""
    code, number = _code(row), str(row.get("messageId") or row.get("_id") or "")
    kind, failure = solapi_codes.later(code)
    return Report(
        event_id=f"{number}:{code}",
        kind=kind,
        occurred_at=_happened_at(row),
        message_id=_our_number(row),
        provider_id=number,
        failure=failure,
        code=code,
        detail=_words(row),
        recipient=solapi_payloads.international(str(row.get("to") or "")),
    )


def _refusals_of(row: Mapping[str, Any], *, own: str) -> Iterator[Refusal]:
    """Yield the mobile that refused; the shop's own number stands in the row too, in either place."""
    for name in ("recipientNumber", "senderNumber"):
        number = solapi_payloads.national(str(row.get(name) or ""))
        if number.startswith("01") and number != solapi_payloads.national(own):
            yield Refusal(solapi_payloads.international(number), _happened_at(row))


def _happened_at(row: Mapping[str, Any]) -> datetime:
    for name in ("dateReported", "dateReceived", "dateUpdated", "dateCreated"):
        moment = parse_datetime(str(row.get(name) or ""))
        if moment is not None and timezone.is_aware(moment):
            return moment
    return timezone.now()


def _named(body: bytes) -> list[str]:
    """Return SOLAPI's numbers of the messages in the body of its call, each once."""
    try:
        events = json.loads(body)
        named = dict.fromkeys(str(event["data"]["messageId"]) for event in events)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise WebhookRefused(_("This is no report of SOLAPI.")) from error
    if len(named) > MOST_ROWS:
        raise WebhookRefused(_("This reports more messages than one call can."))
    return list(named)


def _our_number(row: Mapping[str, Any]) -> int | None:
    given = str((row.get("customFields") or {}).get(OUR_NUMBER, ""))
    return int(given) if NUMBER.fullmatch(given) else None


def _code(row: Mapping[str, Any]) -> str:
    return str(row.get("statusCode") or "")


def _said(row: Mapping[str, Any]) -> str:
    return f"{_code(row)} {_words(row)}".strip()


def _words(row: Mapping[str, Any]) -> str:
    return str(row.get("statusMessage") or row.get("reason") or "")


def _class_of(refused: Refused) -> Failure:
    return solapi_codes.FAILURES.get(refused.code, Failure.CONTENT)


def _account_fault(row: Mapping[str, Any]) -> GatewayError:
    sentence = _("SOLAPI refuses the account: %s. Check its balance and caller number there, then resume it.")
    return GatewayError(sentence % _said(row), permanent=True, account_level=True)
