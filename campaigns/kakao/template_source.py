"""What a gateway must answer for its templates to be fetched and handed in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from campaigns.models import KakaoTemplate


@dataclass(frozen=True, slots=True)
class FoundProfile:
    """A KakaoTalk channel as the gateway knows it."""

    profile_id: str
    search_id: str


@dataclass(frozen=True, slots=True)
class FoundTemplate:
    """A template as the gateway has it: its state in our words and theirs, and what else is stored of it."""

    profile_id: str
    code: str
    state: str
    vendor_state: str
    values: Mapping[str, Any]
    comments: list[dict[str, object]] = field(default_factory=list)


class TemplateSource(Protocol):
    """A gateway's register of Kakao templates."""

    def profiles(self) -> Iterator[FoundProfile]:
        """Yield the KakaoTalk channels of the account.

        Raises:
            GatewayError: it cannot be asked now.
        """

    def templates(self) -> Iterator[FoundTemplate]:
        """Yield the templates of the account.

        Raises:
            GatewayError: it cannot be asked now.
        """

    def hand_in(self, template: KakaoTemplate) -> str:
        """Write the template there and ask for its inspection; return its number.

        Raises:
            GatewayError: it was not taken.
        """
