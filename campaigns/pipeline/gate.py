"""Who may receive: one ordered list of reasons against, asked three times.

Counted for the preview, stored for each planned row, and asked again for each batch just before the wire. A reason is
a code of `SkipReason` and a condition on a customer; the first that holds is the one that counts (docs/rules.md).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import experiments, gateways
from campaigns.channels.base import MessageChannel, channel_of
from campaigns.models import Campaign, ChannelAccount, Message, SkipReason, Suppression
from campaigns.pipeline import entry
from customers.models import ConsentState, Customer, GuardianConsent, PhoneOptOut
from customers.models.consent import Channel, Purpose

Condition = Q | Exists | Case
# A whole audience holds one address once; the first by customer number gets the message.
# Materialised, or PostgreSQL would work out the reason once for each place that names it.
JUDGED = """
    WITH asked AS MATERIALIZED ({customers})
    SELECT id, CASE WHEN reason = '' AND row_number() OVER (PARTITION BY reason, address ORDER BY id) > 1
                    THEN 'DUPLICATE_ADDRESS' ELSE reason END AS reason
    FROM asked
"""
EXCLUDED = "EXCLUDED"
AUDIENCE = "AUDIENCE"
UNDER_AGE_YEARS = 14


@dataclass(frozen=True)
class Stage:
    """One bar of the waterfall: how many a reason removed, and how many were left after it."""

    code: str
    label: object
    removed: int
    left: int


@dataclass(frozen=True)
class Gate:
    """The question for one campaign at one moment: may this customer receive it?"""

    campaign: Campaign
    account: ChannelAccount
    at: datetime

    @property
    def channel(self) -> MessageChannel:
        """Return what kind of message is asked about."""
        return channel_of(self.account)

    @property
    def is_advertising(self) -> bool:
        """Tell whether consent and caps are asked for. What is not declared information is advertising (L-31)."""
        return self.campaign.purpose != Campaign.MessagePurpose.INFORMATION

    def reasons(self) -> list[tuple[SkipReason, Condition]]:
        """Return the reasons that apply, first come first. Information skips those about consent (docs/rules.md)."""
        return [*self._about_the_person(), *(self._about_consent() if self.is_advertising else []), *self._about_once()]

    def judged(self, customers: QuerySet[Customer]) -> tuple[str, tuple]:
        """Return SQL and parameters of a query that gives (id, reason) of each customer; '' where none holds."""
        whens = [When(condition, then=Value(str(code))) for code, condition in self.reasons()]
        reason = Case(*whens, default=Value(""), output_field=CharField())
        asked = self._addressed(customers.order_by()).annotate(reason=reason).values("id", "reason", "address")
        sql, parameters = asked.query.sql_with_params()
        return JUDGED.format(customers=sql), parameters

    def verdicts(self, customer_ids: Iterable[int]) -> dict[int, str]:
        """Return the reason of each customer asked for, '' where none holds. Who is not found counts as erased."""
        wanted = list(customer_ids)
        sql, parameters = self.judged(Customer.objects.filter(pk__in=wanted))
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            found = dict(cursor.fetchall())
        return {pk: found.get(pk, str(SkipReason.ERASED)) for pk in wanted}

    def _about_the_person(self) -> list[tuple[SkipReason, Condition]]:
        reasons: list[tuple[SkipReason, Condition]] = []
        if not self.campaign.purpose:
            reasons.append((SkipReason.PURPOSE_UNSET, Q(pk__isnull=False)))
        reasons += [
            (SkipReason.ERASED, Q(erased_at__isnull=False)),
            (SkipReason.MERGED, Q(merged_into__isnull=False)),
            (SkipReason.UNDER14, self._is_child()),
        ]
        if gateways.is_live(self.account):
            reasons.append((SkipReason.DEMO_ACCOUNT, Q(is_demo=True)))
        return [*reasons, (SkipReason.NO_ADDRESS, Q(address="")), (SkipReason.SUPPRESSED, self._suppressed())]

    def _addressed(self, customers: QuerySet[Customer]) -> QuerySet[Customer]:
        """Give each customer the address of this channel, as `address`."""
        return customers.annotate(address=Coalesce(self.channel.address(), Value("")))

    def _is_child(self) -> Condition:
        """Under fourteen, and no guardian allowed it (P-11)."""
        allowed = Exists(GuardianConsent.objects.filter(customer=OuterRef("pk")))
        return Q(birthday__gt=_years_before(self._today(), UNDER_AGE_YEARS)) & Q(~allowed)

    def _about_consent(self) -> list[tuple[SkipReason, Condition]]:
        both = Q(purpose=Purpose.MARKETING_USE, channel="") | self._may_receive()
        states = ConsentState.objects.filter(customer=OuterRef("pk"))
        granted = states.filter(is_granted=True)
        agreed = Exists(granted.filter(purpose=Purpose.MARKETING_USE, channel="")) & Exists(
            granted.filter(self._may_receive())
        )
        return [
            (SkipReason.SOURCE_RESTRICTED, Q(is_marketplace_contact=True)),
            (SkipReason.OPTED_OUT, self._refused(states.filter(both, is_granted=False))),
            # What is shown and not transmitted needs no consent, only that nobody opted out (L-26).
            (SkipReason.NO_CONSENT, ~agreed if self.channel.consent else Q(pk=None)),
            (SkipReason.RECONFIRM_OVERDUE, Exists(self._overdue(granted.filter(self._may_receive())))),
            *self._capped(),
            (SkipReason.HOLDOUT, Q(experiments.is_control(self.campaign))),
        ]

    def _refused(self, withdrawn: QuerySet[ConsentState]) -> Condition:
        """The customer withdrew, called the 080 line, or the device itself refuses (L-03, L-05)."""
        return Exists(withdrawn) | self._called_to_refuse() | self.channel.refusal()

    def _called_to_refuse(self) -> Exists:
        """The number refused over the 080 line, and its owner did not agree since (L-05)."""
        since = ConsentState.objects.filter(
            self._may_receive(),
            customer=OuterRef(OuterRef("pk")),
            is_granted=True,
            confirmed_at__gt=OuterRef("opted_out_at"),
        )
        reached_by_number = Q() if self.channel.consent == Channel.SMS else Q(pk=None)
        return Exists(PhoneOptOut.objects.filter(reached_by_number, ~Exists(since), phone=OuterRef("phone")))

    def _about_once(self) -> list[tuple[SkipReason, Condition]]:
        """Another customer, earlier by number, has the same address and a message of this campaign."""
        earlier = self.channel.sharers(Customer.objects.filter(pk__lt=OuterRef("pk")))
        taken = (
            Message.objects.filter(
                campaign=self.campaign, customer_id__lt=OuterRef("pk"), account__channel=self.channel.key
            )
            .exclude(status__in=[Message.Status.SKIPPED, Message.Status.STOPPED, Message.Status.FAILED])
            .annotate(address=self.channel.address("customer__"))
            .filter(address=OuterRef("address"))
        )
        # In this order for sure: looking through a campaign's messages is dear, an address shared is rare.
        is_taken = Case(When(Exists(earlier), then=Exists(taken)), default=Value(False), output_field=BooleanField())
        return [(SkipReason.DUPLICATE_ADDRESS, is_taken)]

    def _may_receive(self) -> Q:
        return Q(purpose=Purpose.AD_RECEIVE, channel=self.channel.consent)

    def _suppressed(self) -> Exists:
        """A bounce or an address that does not exist stops everything, a complaint only advertising (E-06)."""
        entries = Suppression.objects.filter(channel=self.channel.key, address=OuterRef("address"))
        dead = Q(blocks_information=True) | Q(reason__in=[Suppression.Reason.BOUNCE, Suppression.Reason.INVALID])
        return Exists(entries if self.is_advertising else entries.filter(dead))

    def _overdue(self, states: QuerySet[ConsentState]) -> QuerySet[ConsentState]:
        """Keep those whose two years, less a day, are over today (L-13)."""
        return states.filter(reconfirm_by__lt=self._today())

    def _capped(self) -> list[tuple[SkipReason, Q]]:
        """At most so many advertisements a day and in seven days of Asia/Seoul, over all campaigns (U-30)."""
        limits = [(settings.ADS_PER_DAY, 0), (settings.ADS_PER_WEEK, 6)]
        conditions = [
            Q(GreaterThanOrEqual(self._received_since(self._midnight(days)), most)) for most, days in limits if most
        ]
        if not conditions:
            return []
        either = conditions[0]
        for condition in conditions[1:]:
            either |= condition
        return [(SkipReason.FREQ_CAP, either)]

    def _received_since(self, moment: datetime) -> Coalesce:
        """Count what other campaigns sent to the customer; the sandbox's messages only where this is sandbox too."""
        sent = Message.objects.filter(
            customer=OuterRef("pk"), campaign__purpose=Campaign.MessagePurpose.ADVERTISING
        ).exclude(campaign=self.campaign)
        if gateways.is_live(self.account):
            sent = sent.filter(is_sandbox=False)
        counted = sent.handed_over_since(moment).order_by().values("customer").annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(counted), 0)

    def _today(self) -> date:
        return timezone.localdate(self.at)

    def _midnight(self, days_ago: int) -> datetime:
        midnight = timezone.localtime(self.at).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(days=days_ago)


def gate_of(campaign: Campaign, *, at: datetime | None = None) -> Gate:
    """Return the gate of a campaign: at its scheduled time if that is to come, otherwise now."""
    now = timezone.now()
    moment = at or max(now, campaign.scheduled_at or now)
    return Gate(campaign=campaign, account=campaign.steps.select_related("account").get().account, at=moment)


def waterfall(campaign: Campaign) -> list[Stage]:
    """Return who falls out of the segment by which reason, in one query; the last `left` is who will receive.

    Counts the members of the last refresh; planning refreshes in full and counts again.
    """
    gate = gate_of(campaign)
    sql, parameters = gate.judged(entry.audience(campaign))
    excluded_sql, excluded_parameters = (
        entry.members(campaign).filter(entry.is_excluded(campaign)).values("id").query.sql_with_params()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT reason, count(*) FROM ({sql}) AS judged GROUP BY 1"  # made by the ORM
            f" UNION ALL SELECT '{EXCLUDED}', count(*) FROM ({excluded_sql}) AS excluded",
            [*parameters, *excluded_parameters],
        )
        removed = dict(cursor.fetchall())
    return _stages(removed, codes=[str(code) for code, _condition in gate.reasons()])


def planned_waterfall(campaign: Campaign) -> list[Stage]:
    """Return the same bars from what was stored for the campaign's planned rows."""
    messages = Message.objects.filter(campaign=campaign)
    by_status = messages.counts_by_status()
    skipped = messages.counts_by_reason()
    received = sum(by_status.values()) - by_status.get(Message.Status.SKIPPED, 0)
    codes = [code for code in SkipReason.values if code in skipped]
    return _stages(skipped | {"": received}, codes=codes)


def recipients(stages: list[Stage]) -> int:
    """Return how many will receive, of a waterfall."""
    return stages[-1].left


def sample_removed(campaign: Campaign, code: str, size: int = 5) -> list[Customer]:
    """Return some of the customers whom this reason removes; no code: some of those who will receive."""
    if code == EXCLUDED:
        return list(entry.members(campaign).filter(entry.is_excluded(campaign)).order_by("pk")[:size])
    sql, parameters = gate_of(campaign).judged(entry.audience(campaign))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM ({sql}) AS judged WHERE reason = %s ORDER BY id LIMIT %s",  # made by the ORM
            [*parameters, code, size],
        )
        ids = [row[0] for row in cursor.fetchall()]
    return list(Customer.objects.filter(pk__in=ids).select_related("stats", "home_store").order_by("pk"))


def _stages(removed: dict[str, int], *, codes: list[str]) -> list[Stage]:
    left = sum(removed.values())
    stages = [Stage(AUDIENCE, _("in the segment"), 0, left)]
    for code in [EXCLUDED, *dict.fromkeys(codes)]:
        count = removed.get(code, 0)
        left -= count
        if code != EXCLUDED or count:
            stages.append(Stage(code, label_of(code), count, left))
    return stages


def label_of(code: str) -> object:
    """Return the words of a bar of the waterfall."""
    return gettext_lazy("in an excluded segment") if code == EXCLUDED else SkipReason(code).label


def _years_before(day: date, years: int) -> date:
    """Return the same day years ago; of 29 February the 28th, so that nobody counts as older than they are."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
