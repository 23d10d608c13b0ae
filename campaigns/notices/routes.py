"""Over which way a notice goes: the medium that the consent is about first, else one that reaches most people."""

from collections.abc import Iterator

from campaigns.models import Campaign
from customers.models import NoticeDuty
from customers.models.consent import Channel

EMAIL, TEXT = "email", "sms"
# The channel that speaks over the medium a consent names. KakaoTalk takes information as AlimTalk only (L-25).
CHANNEL_OF_CONSENT = {
    Channel.EMAIL: EMAIL,
    Channel.SMS: TEXT,
    Channel.KAKAO: "alimtalk",
    Channel.PUSH: "push",
    Channel.WEB_PUSH: "web_push",
}
# What a duty may be about: a medium, or "" for the marketing use of data.
ABOUT = (*Channel.values, "")


def ways(kind: str, about: str) -> list[str]:
    """Return the channels by which a duty is served, the first that reaches the customer wins.

    The result is told over the medium it is about (L-12). The question every two years goes by e-mail, which costs
    least and has room, then by text message.
    """
    own = [CHANNEL_OF_CONSENT[Channel(about)]] if about else []
    if kind == NoticeDuty.Kind.RESULT_NOTICE:
        return list(dict.fromkeys([*own, EMAIL, TEXT]))
    return list(dict.fromkeys([EMAIL, TEXT, *own]))


def rounds(campaigns: list[Campaign]) -> Iterator[tuple[Campaign, list[str]]]:
    """Yield (campaign, what duties are about) so that each duty meets its ways in order; one kind of duty at a time."""
    longest = max(len(ways(kind, about)) for kind in NoticeDuty.Kind for about in ABOUT)
    for rank in range(longest):
        for campaign in campaigns:
            channel = campaign.steps.all()[0].account.channel
            here = [about for about in ABOUT if ways(campaign.duty, about)[rank : rank + 1] == [channel]]
            if here:
                yield campaign, here
