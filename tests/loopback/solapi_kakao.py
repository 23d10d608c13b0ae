"""SOLAPI's register of KakaoTalk channels and templates, with Kakao's inspection behind it."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from campaigns.models import ChannelAccount
from tests.loopback.http_provider import Call, Reply
from tests.loopback.provider import Mishap
from tests.loopback.solapi import SECRET, Solapi

CHANNEL = "KA01PF260101"


class SolapiWithKakao(Solapi):
    """An account at SOLAPI with one KakaoTalk channel; `templates` by their number."""

    def __init__(self) -> None:
        super().__init__()
        self.templates: dict[str, dict[str, Any]] = {}
        self.refuses_templates = False

    def kakao_account(self) -> ChannelAccount:
        """Return the account as a saved one for AlimTalk."""
        account = self.account()
        account.pk, account.channel, account.name = None, "alimtalk", "solapi"
        account.save()
        return account

    def environment(self) -> dict[str, str]:
        return {"SOLAPI_PASSWORD": SECRET}

    def keep(self, number: str, *, status: str = "APPROVED", **given: Any) -> None:
        """Have a template in the register."""
        said = {
            "templateId": number,
            "channelId": CHANNEL,
            "name": f"배송 {number}",
            "content": "#{이름}님, 출발했습니다.",
            "messageType": "BA",
            "emphasizeType": "NONE",
            "securityFlag": False,
            "status": status,
        }
        self.templates[number] = said | given

    def answer(self, call: Call, mishap: Mishap | None) -> Reply:
        if call.path.startswith("/kakao/v2/"):
            return self._log_in(call) or self._register(call)
        return super().answer(call, mishap)

    def _register(self, call: Call) -> Reply:
        parts = urlsplit(call.path)
        steps = parts.path.removeprefix("/kakao/v2/").split("/")
        if self.refuses_templates:
            return Reply(400, {"errorCode": "ValidationError", "errorMessage": "템플릿을 등록할 수 없습니다."})
        if call.method == "GET":
            return self._page(steps[0], parse_qs(parts.query))
        if call.method == "POST":
            steps.append(f"KA01TP{next(self.numbers):06}")
            self.templates[steps[1]] = {"templateId": steps[1], "status": "PENDING"} | call.json()
        elif steps[-1] == "inspection":
            self.templates[steps[1]]["status"] = "INSPECTING"
        else:
            self.templates[steps[1]] |= call.json()
        return Reply(said=self.templates[steps[1]])

    def _page(self, what: str, asked: dict[str, list[str]]) -> Reply:
        """Answer page by page, two rows each, so that callers turn pages."""
        channels = [{"channelId": CHANNEL, "searchId": "@dangol", "phoneNumber": "01000000000"}]
        rows, name = (channels, "channelList") if what == "channels" else ([*self.templates.values()], "templateList")
        start = int(asked.get("startKey", ["0"])[0])
        rest = rows[start + 2 :]
        return Reply(said={name: rows[start : start + 2], "nextKey": str(start + 2) if rest else None})
