"""SOLAPI's other end: checks signatures as SOLAPI says it does, and what it refuses of a message."""

import base64
import hmac
import json
import re
from datetime import datetime, timedelta
from itertools import count
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone

from campaigns.gateways.base import PreparedMessage
from campaigns.models import ChannelAccount
from tests.loopback.http_provider import Call, HttpProvider, Reply
from tests.loopback.provider import CallingProvider, Mishap, register

KEY, SECRET = "ACCESS", "SECRET"
AUTHORIZATION = re.compile(r"HMAC-SHA256 apiKey=(\S+), date=(\S+), salt=(\S{12,64}), signature=([0-9a-f]{64})")
SKEW = timedelta(minutes=15)
CALLER = "0212345678"
BAD_RECIPIENT = "+821000000000"
BYTES = {"SMS": 90, "LMS": 2_000, "MMS": 2_000}


@register
class Solapi(HttpProvider, CallingProvider):
    """An account at SOLAPI with one caller number. `rows` is its list of messages, by its own number."""

    gateway = "solapi"

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, dict] = {}
        self.files: dict[str, bytes] = {}
        self.signatures: set[str] = set()
        self.numbers = count(1)
        self.balance = 10_000
        self.refuses_whole_call_for = ""
        self.refuses_files = False
        self.refusals: list[dict] = []
        # Who called the 080 line that SOLAPI keeps for the account.
        self.opted_out: set[str] = set()

    def account(self) -> ChannelAccount:
        options = {"base_url": self.url, "user": KEY, "timeout": self.timeout}
        return ChannelAccount(
            pk=1,
            channel="sms",
            gateway="solapi",
            settings=options,
            password_variable="SOLAPI_PASSWORD",
            sender_address="+82212345678",
        )

    def message(self, number: int, *, is_bad: bool = False) -> PreparedMessage:
        return PreparedMessage(
            message_id=number,
            campaign_id=1,
            sender="+82212345678",
            recipient=BAD_RECIPIENT if is_bad else f"+8210{number:08}",
            content={"text": "안녕하세요", "subject": "", "images": []},
            kind="sms",
        )

    def is_sending(self, call: Call) -> bool:
        return call.path == "/messages/v4/send-many/detail"

    def answer(self, call: Call, mishap: Mishap | None) -> Reply:
        refused = self._log_in(call)
        if refused:
            return refused
        if mishap is Mishap.LOCKED_OUT:
            return _error(403, "Forbidden", "차단된 계정입니다.")
        if self.is_sending(call):
            return self._send(call.json(), mishap)
        return self._other(call)

    def settle(self, number: int, code: str) -> None:
        """Have the network report on a message of ours."""
        row = next(row for row in self.rows.values() if row["customFields"]["message"] == str(number))
        row |= {"statusCode": code, "statusMessage": "통신사 응답", "dateReported": timezone.now().isoformat()}

    def webhook(self, numbers: list[int], *, code: str = "delivered") -> HttpRequest:
        for number in numbers:
            self.settle(number, {"delivered": "4000", "failed": "3010"}.get(code, code))
        return self._called([row for row in self.rows.values() if int(row["customFields"]["message"]) in numbers])

    def forged_webhook(self, numbers: list[int]) -> HttpRequest:
        return self._called(
            [{"messageId": f"M4V{number}", "statusCode": "4000", "customFields": {"message": str(number)}}
             for number in numbers]
        )  # fmt: skip

    def _called(self, rows: list[dict]) -> HttpRequest:
        events = [{"eventDataId": f"E{next(self.numbers)}", "data": row, "retryCount": 0} for row in rows]
        return RequestFactory().post("/", json.dumps(events), content_type="application/json")

    def _log_in(self, call: Call) -> Reply | None:
        found = AUTHORIZATION.fullmatch(call.headers.get("Authorization", ""))
        if not found or found[1] != KEY:
            return _error(403, "InvalidAPIKey", "유효한 API Key가 아닙니다.")
        date, salt, signature = found.group(2, 3, 4)
        if not hmac.compare_digest(
            signature, hmac.new(SECRET.encode(), f"{date}{salt}".encode(), "sha256").hexdigest()
        ):
            return _error(403, "SignatureDoesNotMatch", "생성한 Signature와 일치하지 않습니다.")
        if abs(timezone.now() - datetime.fromisoformat(date)) > SKEW:
            return _error(403, "RequestTimeTooSkewed", "15분 이상 차이가 납니다.")
        if signature in self.signatures:
            return _error(403, "DuplicatedSignature", "동일한 signature입니다.")
        self.signatures.add(signature)
        return None

    def _send(self, order: dict, mishap: Mishap | None) -> Reply:
        assert "scheduledDate" not in order  # G-20
        recipients = [message["to"] for message in order["messages"]]
        if self.refuses_whole_call_for in recipients:
            return _error(400, "ValidationError", "잘못된 값입니다.")
        taken, failed = [], []
        for message in order["messages"]:
            code = "9999" if mishap is Mishap.NONSENSE else self._code_of(message)
            row = self._row(message, code)
            (taken if code in ("2000", "9999") else failed).append(row)
        for row in taken:
            self.rows[row["messageId"]] = row
            self.accepted.append(int(row["customFields"]["message"]))
        return Reply(said={"failedMessageList": failed, "messageList": taken, "groupInfo": {"groupId": "G4V1"}})

    def _code_of(self, message: dict) -> str:
        assert message["autoTypeDetect"] is False  # G-03
        if message["from"] != CALLER:
            return "1062"
        if message["to"] == "01000000000":
            return "3010"
        if message["to"] in self.opted_out:
            return "1061"
        if len(message.get("text", "").encode("cp949")) > BYTES.get(message["type"], 10_000):
            return "1031"
        if message["type"] == "MMS" and message["imageId"] not in self.files:
            return "1034"
        if self.balance < 10:
            return "1030"
        self.balance -= 10
        return "2000"

    def _row(self, message: dict, code: str) -> dict:
        return {
            "messageId": f"M4V{next(self.numbers):06}",
            "statusCode": code,
            "statusMessage": "정상 접수" if code == "2000" else "오류",
            "dateCreated": timezone.now().isoformat(),
            **{name: message[name] for name in ("to", "from", "type", "country", "customFields")},
        }

    def _other(self, call: Call) -> Reply:
        parts = urlsplit(call.path)
        if parts.path == "/messages/v4/list":
            return self._list(parse_qs(parts.query))
        if parts.path == "/iam/v1/black":
            return Reply(said={"blackList": self.refusals, "nextKey": None})
        if parts.path == "/storage/v1/files" and not self.refuses_files:
            number = f"F{next(self.numbers)}"
            self.files[number] = base64.b64decode(call.json()["file"])
            return Reply(said={"fileId": number})
        others = {"/cash/v1/balance": {"balance": self.balance, "point": 500}, "/senderid/v1/numbers/active": [CALLER]}
        return Reply(said=others[parts.path]) if parts.path in others else _error(404, "ResourceNotFound", parts.path)

    def _list(self, asked: dict[str, list[str]]) -> Reply:
        """Answer page by page, two rows each, so that callers turn pages."""
        rows = [row for row in self.rows.values() if self._is_asked_for(row, asked)]
        start = int(asked.get("startKey", ["0"])[0])
        page, rest = rows[start : start + 2], rows[start + 2 :]
        found = {row["messageId"]: row for row in page}
        return Reply(said={"messageList": found, "nextKey": str(start + 2) if rest else None})

    def _is_asked_for(self, row: dict, asked: dict[str, list[str]]) -> bool:
        if "messageIds" in asked:
            return row["messageId"] in asked["messageIds"]
        first, last = (datetime.fromisoformat(asked[name][0]) for name in ("startDate", "endDate"))
        return first <= datetime.fromisoformat(row["dateCreated"]) <= last


def _error(status: int, code: str, message: str) -> Reply:
    return Reply(status, {"errorCode": code, "errorMessage": message})
