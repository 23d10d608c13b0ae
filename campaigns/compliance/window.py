"""When an advertisement may leave and by when it must have arrived: law, gateway and shop together (L-06 … L-08).

The law's night begins at 21:00 and ends at 08:00 in Korea, counted by arrival. A gateway's own hours may be stricter
(`ChannelAccount.opens_at`, `closes_at`). The shop stops handing over some minutes before the night (`ADS_UNTIL`), so
that what is still on its way arrives by day. Information may go at any hour; so may e-mail, by the law.
"""

from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.channels.base import channel_of
from campaigns.errors import NeverOpen
from campaigns.models import ChannelAccount
from crm_project.country_rules import country_rules

MIDNIGHT = time()


class Hours(NamedTuple):
    """A part of every day: from `opens` on, until just before `closes`; it may go over midnight."""

    opens: time
    closes: time

    def hold(self, clock: time) -> bool:
        """Tell whether the time of day lies within; equal ends are the whole day."""
        if self.opens < self.closes:
            return self.opens <= clock < self.closes
        return self.opens == self.closes or clock >= self.opens or clock < self.closes


def is_night(at: datetime) -> bool:
    """Tell whether the law's night is on at that moment (L-06)."""
    night = country_rules().night
    return night is not None and Hours(*night).hold(clock(at))


def needs_night_consent(account: ChannelAccount, at: datetime) -> bool:
    """Tell whether an advertisement over the account may go at that moment to those with a night consent only."""
    return not all(hours.hold(clock(at)) for hours in _day(account))


def is_closed_by_gateway(account: ChannelAccount, at: datetime) -> bool:
    """Tell whether the gateway takes no advertisements at that moment, whoever agreed to what (L-07)."""
    return not all(hours.hold(clock(at)) for hours in _of_gateway(account))


def next_opening(account: ChannelAccount, at: datetime, *, has_night_consent: bool) -> datetime:
    """Return the first moment from `at` on at which an advertisement may be handed over; `at` itself where it may.

    Raises:
        NeverOpen: the hours of gateway and shop have no moment in common.
    """
    moment, windows = at, _windows(account, has_night_consent=has_night_consent)
    # Each turn ends within one window more; after so many the first is closed again, so they never meet.
    for _turn in range(len(windows) + 1):
        shut = next((hours for hours in windows if not hours.hold(clock(moment))), None)
        if shut is None:
            return moment
        moment = _next(moment, shut.opens)
    raise NeverOpen(account)


def closes_at(account: ChannelAccount, at: datetime, *, has_night_consent: bool) -> datetime | None:
    """Return until when advertisements may be handed over that begin at `at` or when it opens next; None: no end."""
    windows = [hours for hours in _windows(account, has_night_consent=has_night_consent) if hours.opens != hours.closes]
    if not windows:
        return None
    opening = next_opening(account, at, has_night_consent=has_night_consent)
    return min(_next(opening, hours.closes) for hours in windows)


def arrive_by(account: ChannelAccount, at: datetime, *, has_night_consent: bool) -> datetime | None:
    """Return by when an advertisement handed over at `at` must have arrived: the beginning of the night (L-08).

    None where the night does not matter. At night it is `at` itself: it would come too late already.
    """
    night = country_rules().night
    if night is None or has_night_consent or not channel_of(account).is_bound_to_night:
        return None
    return at if is_night(at) else _next(at, night[0])


def drained_at(account: ChannelAccount, at: datetime, count: int) -> datetime:
    """Return when the last of so many messages leaves, at the account's rate, where the first leaves at `at`."""
    return at + timedelta(seconds=count / max(account.rate_per_second, 1))


def overrun(account: ChannelAccount, at: datetime, count: int) -> datetime | None:
    """Return when the last message would leave, where that is after the window has closed.

    None where all fits, and where it never opens: nothing leaves then.
    """
    with suppress(NeverOpen):
        closing = closes_at(account, at, has_night_consent=False)
        last = drained_at(account, next_opening(account, at, has_night_consent=False), count)
        return last if closing is not None and last > closing else None
    return None


def hours_text(account: ChannelAccount) -> str:
    """Return the gateway's hours in words; empty where it has none of its own."""
    return " ".join(_("%(opens)s to %(closes)s") % _words(hours) for hours in _of_gateway(account))


def shop_hours() -> Hours:
    """Return when the shop hands advertising over to people without a night consent."""
    return Hours(time.fromisoformat(settings.ADS_FROM), time.fromisoformat(settings.ADS_UNTIL))


def _windows(account: ChannelAccount, *, has_night_consent: bool) -> list[Hours]:
    return [*([] if has_night_consent else _day(account)), *_of_gateway(account)]


def _day(account: ChannelAccount) -> list[Hours]:
    """Return the hours for those without a night consent: the law's day and the shop's own hours."""
    if not channel_of(account).is_bound_to_night:
        return []
    night = country_rules().night
    return [*([Hours(night[1], night[0])] if night else []), shop_hours()]


def _of_gateway(account: ChannelAccount) -> list[Hours]:
    if account.opens_at is None and account.closes_at is None:
        return []
    return [Hours(account.opens_at or MIDNIGHT, account.closes_at or MIDNIGHT)]


def clock(at: datetime) -> time:
    """Return the time of day (KST) of a moment."""
    return timezone.localtime(at).time()


def _next(at: datetime, clock: time) -> datetime:
    """Return the next moment after `at` with that time of day."""
    local = timezone.localtime(at)
    same_day = local.replace(hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=0)
    return same_day if same_day > local else same_day + timedelta(days=1)


def _words(hours: Hours) -> dict[str, str]:
    return {"opens": f"{hours.opens:%H:%M}", "closes": f"{hours.closes:%H:%M}" if hours.closes != MIDNIGHT else "24:00"}
