"""SOLAPI's register of KakaoTalk channels and templates."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from django.utils.translation import gettext as _

from campaigns.gateways.base import GatewayError
from campaigns.gateways.solapi_wire import NoAnswer, Refused, SolapiClient
from campaigns.kakao import solapi_words
from campaigns.kakao.template_source import FoundProfile, FoundTemplate
from campaigns.models import ChannelAccount, KakaoTemplate

CHANNELS, TEMPLATES = "/kakao/v2/channels", "/kakao/v2/templates"
PAGE = 100
# A register that never comes to an end is not read for ever.
MOST_PAGES = 100


class SolapiRegister:
    """The templates of an account at SOLAPI."""

    def __init__(self, account: ChannelAccount) -> None:
        self.account = account

    def profiles(self) -> Iterator[FoundProfile]:
        """Yield the KakaoTalk channels of the account.

        Raises:
            GatewayError: SOLAPI cannot be asked now.
        """
        with _asking():
            yield from map(solapi_words.found_profile, self._rows(CHANNELS, "channelList"))

    def templates(self) -> Iterator[FoundTemplate]:
        """Yield the templates of the account.

        Raises:
            GatewayError: SOLAPI cannot be asked now.
        """
        with _asking():
            yield from map(solapi_words.found_template, self._rows(TEMPLATES, "templateList"))

    def hand_in(self, template: KakaoTemplate) -> str:
        """Make or change the template at SOLAPI and ask for its inspection; return its number.

        Raises:
            GatewayError: it was not taken.
        """
        with _asking():
            code = self._written(template)
            self._ask("PUT", f"{TEMPLATES}/{code}/inspection")
        return code

    def _written(self, template: KakaoTemplate) -> str:
        request = solapi_words.as_request(template)
        if template.code:
            self._ask("PUT", f"{TEMPLATES}/{template.code}", json=request)
            return template.code
        code = str(self._ask("POST", TEMPLATES, json=request)["templateId"])
        # Kept at once: an inspection that fails must not make a second template the next time.
        KakaoTemplate.objects.filter(pk=template.pk).update(code=code)
        return code

    def _rows(self, path: str, name: str) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of a list, page by page."""
        asked: dict[str, Any] = {"limit": PAGE}
        for _page in range(MOST_PAGES):
            answer = self._ask("GET", path, params=asked)
            yield from answer.get(name) or ()
            if not answer.get("nextKey"):
                return
            asked["startKey"] = answer["nextKey"]

    def _ask(self, method: str, path: str, **given: Any) -> Any:
        with closing(SolapiClient(self.account)) as client:
            return client.call(method, path, **given)


@contextmanager
def _asking() -> Iterator[None]:
    """Say in one way that SOLAPI refuses, does not answer, or leaves out what an answer must have."""
    try:
        yield
    except (NoAnswer, Refused, KeyError) as error:
        raise GatewayError(_("SOLAPI did not answer about templates as expected: %s") % error) from error
