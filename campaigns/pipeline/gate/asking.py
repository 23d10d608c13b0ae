"""The reasons in order, asked of one way of a campaign: this account, this moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import BooleanField, Case, CharField, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils import timezone

from campaigns import experiments
from campaigns.compliance import sender_reason
from campaigns.models import Campaign, SkipReason
from campaigns.notices.keys import is_settled
from campaigns.pipeline.gate import address, frequency, hours, permission, person
from campaigns.pipeline.gate.hours import Hold
from campaigns.pipeline.gate.question import EVERYBODY, Question, Reason
from crm_project.prepared_statements import Call, PreparedStatement, array, remembered, together
from customers.models import Customer

# Materialised, or PostgreSQL would work out the reason once for each place that names it.
JUDGED = """
    WITH asked AS MATERIALIZED ({asked})
    SELECT id, CASE WHEN reason = '' AND row_number() OVER (PARTITION BY reason, address ORDER BY id) > 1
                    THEN 'DUPLICATE_ADDRESS' ELSE reason END AS reason
    FROM asked
"""
EACH_BY_ITSELF = "SELECT id, reason FROM ({asked}) AS asked"
THESE = "SELECT unnest($1)"


@dataclass(frozen=True)
class Gate(Question):
    """The question for one campaign over one account at one moment: may this customer receive it?"""

    # All over which the campaign sends; empty: over this account's alone.
    channels: tuple[str, ...] = ()

    def reasons(self) -> list[Reason]:
        """Return the reasons that apply, first come first; those that only put off come last.

        Information skips consent, cases, hours, caps and holdout (docs/rules.md).
        """
        refused = [hold for hold in self._holds if not self._puts_off(hold)]
        return [
            *person.reasons(self),
            *permission.reasons(self),
            *[(hold.reason, hold.condition) for hold in refused],
            *self._held_out(),
            *self._sender(),
            *(address.reasons(self, self.channels or (self.channel.key,)) if self.is_for_one_address else []),
            *self._settled(),
            *[(hold.reason, hold.condition) for hold in self._delays],
        ]

    @property
    def delays(self) -> dict[str, datetime]:
        """Return the codes that only put a message off now, with the moment until which."""
        return {str(hold.reason): hold.until for hold in self._delays if hold.until}

    @property
    def is_capped(self) -> bool:
        """Tell whether what others send counts: then nobody else may decide about the same customers meanwhile."""
        return any(hold.reason == SkipReason.FREQ_CAP for hold in self._holds)

    @cached_property
    def circumstances(self) -> tuple[object, ...]:
        """Return all of the question that may differ between two moments: where it is the same, so is the question."""
        holds = tuple((hold.reason, hold.until) for hold in hours.holds(self))
        caps = tuple(frequency.caps_in_force())
        is_rolling = any(cap.is_rolling for cap in caps)
        return self.today, holds, caps, self.at if is_rolling else None, experiments.shared_buckets()

    def asked(self, customers: QuerySet[Customer]) -> QuerySet:
        """Return (id, reason, address) of customers; the reason is '' where none holds."""
        whens = [When(condition, then=Value(str(code))) for code, condition in self.reasons()]
        reason = Case(*whens, default=Value(""), output_field=CharField())
        addressed = customers.order_by().annotate(address=Coalesce(self.channel.address(), Value("")))
        told = permission.joined(addressed, self) if self.is_advertising else addressed
        return told.annotate(reason=reason).values("id", "reason", "address")

    def judged(self, customers: QuerySet[Customer]) -> tuple[str, tuple]:
        """Return SQL and parameters of a query that gives (id, reason) of each customer; '' where none holds."""
        sql, parameters = self.asked(customers).query.sql_with_params()
        return (JUDGED if self.is_for_one_address else EACH_BY_ITSELF).format(asked=sql), parameters

    def verdicts(self, customer_ids: Iterable[int]) -> dict[int, str]:
        """Return the reason of each customer asked for, '' where none holds. Who is not found counts as erased."""
        wanted = list(customer_ids)
        return self.verdicts_in(together(self.asking(wanted))[0], wanted)

    def asking(self, customer_ids: Sequence[int]) -> Call:
        """Return what asks about these customers; `verdicts_in` reads the answer."""
        return Call(self._of_these, [array(customer_ids)])

    def verdicts_in(self, rows: Iterable[tuple], customer_ids: Iterable[int]) -> dict[int, str]:
        """Return the reason of each customer asked for, as answered."""
        found = dict(rows)
        return {pk: found.get(pk, str(SkipReason.ERASED)) for pk in customer_ids}

    @cached_property
    def _of_these(self) -> PreparedStatement:
        """Return the question about customers to be named: making it costs more than asking it of a few."""
        sql, parameters = self.judged(Customer.objects.filter(pk__in=RawSQL(THESE, [])))  # noqa: S611  # ours
        return remembered(sql, "bigint[]", parameters)

    @cached_property
    def _holds(self) -> list[Hold]:
        """Return what a later moment would change: the hours, then the caps as they stand when it would leave."""
        held = list(hours.holds(self))
        moved = [hold for hold in held if self._puts_off(hold)]
        full = self._full(moved)
        if full is not None:
            held.append(Hold(SkipReason.FREQ_CAP, full, hours.opening(self, self.at + timedelta(days=1))))
        return held

    @cached_property
    def _delays(self) -> list[Hold]:
        return [hold for hold in self._holds if self._puts_off(hold)]

    def _puts_off(self, hold: Hold) -> bool:
        """Tell whether the campaign wants to wait, and there is an end to it."""
        is_cap = hold.reason == SkipReason.FREQ_CAP
        choice = self.campaign.over_cap if is_cap else self.campaign.at_night
        return choice == Campaign.WhenRefused.DEFER and hold.until is not None

    def _full(self, moved: list[Hold]) -> Q | None:
        """Return the condition that a cap is reached when the message would leave, which may be tomorrow."""
        if not self.is_advertising:
            return None
        now = frequency.reached(self, self.at)
        if now is None or not moved:
            return now
        later = [When(hold.condition, then=frequency.reached(self, hold.until)) for hold in moved if hold.until]
        return Q(Case(*later, default=now, output_field=BooleanField()))

    def _held_out(self) -> list[Reason]:
        return [(SkipReason.HOLDOUT, Q(experiments.is_control(self.campaign)))] if self.is_advertising else []

    def _sender(self) -> list[Reason]:
        reason = sender_reason(self.account, is_advertising=self.is_advertising, on=self.today)
        return [(reason, EVERYBODY)] if reason else []

    def _settled(self) -> list[Reason]:
        """A notice about something that the customer changed again meanwhile would tell them what is not so."""
        return [(SkipReason.NO_LONGER_DUE, Q(is_settled(self.campaign)))] if self.campaign.duty else []


def gate_of(campaign: Campaign, *, at: datetime | None = None) -> Gate:
    """Return the gate of a campaign's own account: at its scheduled time if that is to come, otherwise now."""
    account = campaign.steps.select_related("account").get().account
    return Gate(campaign=campaign, account=account, at=at or moment_of(campaign))


def moment_of(campaign: Campaign) -> datetime:
    """Return when the campaign would begin."""
    now = timezone.now()
    return max(now, campaign.scheduled_at or now)
