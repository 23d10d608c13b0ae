"""Planning a campaign: everybody of a segment judged and written, beside a bare INSERT … SELECT and a loop.

The shop is the generated one with its consents and past campaigns, so all reasons come up. The bare side writes as many
enrolments and messages into tables of the same columns and indexes, judged by nothing and referring to nobody; beside
it the messages alone into a table without a single index. The loop asks and writes a customer at a time through the
ORM; it does a part, counted as often as it takes.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models.functions import Lower
from django.utils import timezone

from bench import generated_shop
from bench.harness import Bench, Side, empty_shop, execute, sizes
from campaigns import experiments
from campaigns.models import Campaign, ChannelAccount, Enrollment, Message, Step, Suppression, Variant
from campaigns.pipeline import entry, plan
from customers.models import ConsentState, Customer, Segment
from customers.segments.refresh import refresh_segment

SIZES = "200000"
LOOPED = 400
OURS, BARE, HEAP, LOOP = "Dangol", "bare INSERT … SELECT", "messages alone, no index", "a loop over customers"
MOST_SECONDS_A_MILLION, LEAST_OF_BARE, LEAST_TIMES_LOOP = 30, 0.2, 150
EVERYBODY = {"is": "order_count", "op": "at_least", "value": 0}
TABLES = (
    "CREATE TABLE IF NOT EXISTS bare_enrollment (LIKE campaigns_enrollment INCLUDING ALL)",
    "CREATE TABLE IF NOT EXISTS bare_message (LIKE campaigns_message INCLUDING ALL)",
    "CREATE TABLE IF NOT EXISTS heap_message (LIKE campaigns_message INCLUDING DEFAULTS)",
)
MEMBERS = "FROM customers_segmentmembership WHERE segment_id = {segment} ORDER BY customer_id"
ENROL = f"""
    INSERT INTO bare_enrollment (id, campaign_id, customer_id, entry_key, is_control, entered_at)
    SELECT customer_id, 1, customer_id, '', false, now() {MEMBERS}
"""
WRITE = f"""
    INSERT INTO {{kind}}_message (id, campaign_id, enrollment_id, step_id, account_id, variant_id, customer_id, status,
        skip_reason, leg, attempt, due_at, planned_at, is_sandbox, failure, failure_detail, kind, cost, provider_id,
        delivery)
    SELECT customer_id, 1, customer_id, 1, 1, 1, customer_id, 'planned', '', 0, 0, now(), now(), false, '', '', '', 0,
        '', ''
    {MEMBERS}
"""


def main() -> int:
    """Measure all sizes; return the exit code."""
    bench = Bench("planning")
    wanted = sizes("BENCH_CUSTOMERS", SIZES)
    for customers in wanted:
        _measure(bench, customers, has_goal=customers == max(wanted))
    return bench.finish()


def _measure(bench: Bench, customers: int, *, has_goal: bool) -> None:
    empty_shop()
    generated_shop.into_database(generated_shop.of(customers, orders_each=1, events_each=0))
    execute(*TABLES)
    segment = Segment.objects.create(name=f"everybody {customers}", rule=EVERYBODY)
    refresh_segment(segment.pk)
    execute("VACUUM ANALYZE")
    turns = _Turns(segment)
    measured = bench.compare(
        "Planning a campaign",
        Side(OURS, turns.plan, prepare=turns.fresh),
        Side(BARE, lambda: _write("bare", segment, ENROL), prepare=lambda: _empty("bare_enrollment, bare_message")),
        Side(HEAP, lambda: _write("heap", segment), prepare=lambda: _empty("heap_message")),
        Side(LOOP, turns.loop, prepare=turns.fresh, part=LOOPED / customers),
        size=customers,
        unit="customers",
    )
    turns.fresh()
    turns.plan()
    _check(bench, turns, customers)
    if has_goal:
        million = measured.median(OURS) * 1_000_000 / customers
        bench.goal("seconds for a million, at the rate of the largest", million, at_most=MOST_SECONDS_A_MILLION)
        bench.goal("of a bare INSERT … SELECT", measured.times_faster(OURS, BARE), at_least=LEAST_OF_BARE)
        bench.figure("of messages alone into a table without index", measured.times_faster(OURS, HEAP))
        bench.goal("times as fast as a loop", measured.times_faster(OURS, LOOP), at_least=LEAST_TIMES_LOOP)


def _check(bench: Bench, turns: "_Turns", customers: int) -> None:
    messages = Message.objects.filter(campaign=turns.campaign)
    reasons = messages.counts_by_reason()
    print(f"  planned {messages.filter(status='planned').count():,}, skipped {reasons}")
    bench.goal(f"{customers:,}: everybody has a row", messages.count() / customers, at_least=1)
    Campaign.objects.filter(pk=turns.campaign.pk).update(planned_at=None)
    bench.goal(f"{customers:,}: rows that a second run adds", float(plan.plan_campaign(turns.campaign.pk)), at_most=0)


class _Turns:
    """A campaign to everybody, anew for each turn."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.account = ChannelAccount.objects.create(name=f"bench {segment.pk}", gateway="sandbox")
        self.campaign: Campaign | None = None

    def fresh(self) -> None:
        """Take the last turn's rows away and begin a campaign."""
        turns = f"SELECT id FROM campaigns_campaign WHERE segment_id = {self.segment.pk}"
        for table in ("campaigns_message", "campaigns_enrollment"):
            execute(f"DELETE FROM {table} WHERE campaign_id IN ({turns})", f"VACUUM ANALYZE {table}")
        self.campaign = Campaign.objects.create(
            name="bench", purpose="ad", segment=self.segment, holdout_percent=5, status="active"
        )
        step = Step.objects.create(campaign=self.campaign, account=self.account)
        Variant.objects.create(step=step, subject="{{ name }}님", html="<p>안녕하세요</p>")

    def plan(self) -> None:
        """Plan it, the refresh of its segment included."""
        plan.plan_campaign(self.campaign.pk)

    def loop(self) -> None:
        """Ask and write one customer after the other, as one writes it at first."""
        step = self.campaign.steps.get()
        variant, now = step.variants.get(), timezone.now()
        for customer in entry.audience(self.campaign).order_by("pk")[:LOOPED]:
            reason = _reason(self.campaign, customer, now)
            enrolled, _is_new = Enrollment.objects.get_or_create(campaign=self.campaign, customer=customer)
            Message.objects.get_or_create(
                enrollment=enrolled,
                step=step,
                defaults={
                    "campaign": self.campaign,
                    "variant": variant,
                    "account": self.account,
                    "customer": customer,
                    "status": "skipped" if reason else "planned",
                    "skip_reason": reason,
                },
            )


def _reason(campaign: Campaign, customer: Customer, now: datetime) -> str:
    """Return why one customer gets nothing: consent, suppression, caps, holdout and a shared address, asked singly."""
    states = ConsentState.objects.filter(customer=customer)
    use = states.filter(purpose="marketing_use", channel="").first()
    receive = states.filter(purpose="ad_receive", channel="email").first()
    if not customer.email:
        return "NO_ADDRESS"
    if Suppression.objects.filter(channel="email", address=customer.email.lower()).exists():
        return "SUPPRESSED"
    if use is None or receive is None or not (use.is_granted and receive.is_granted):
        return "NO_CONSENT"
    got = Message.objects.filter(customer=customer, campaign__purpose="ad", status="sent")
    if got.filter(sent_at__gte=now - timedelta(days=1)).count() >= settings.ADS_PER_DAY:
        return "FREQ_CAP"
    if got.filter(sent_at__gte=now - timedelta(days=7)).count() >= settings.ADS_PER_WEEK:
        return "FREQ_CAP"
    if Customer.objects.filter(pk=customer.pk).filter(experiments.is_control(campaign)).exists():
        return "HOLDOUT"
    sharers = Customer.objects.annotate(lower=Lower("email")).filter(lower=customer.email.lower(), pk__lt=customer.pk)
    taken = Message.objects.filter(campaign=campaign, customer__in=sharers).exclude(status="skipped")
    return "DUPLICATE_ADDRESS" if taken.exists() else ""


def _write(kind: str, segment: Segment, *before: str) -> None:
    execute(*[statement.format(kind=kind, segment=segment.pk) for statement in (*before, WRITE)])


def _empty(tables: str) -> None:
    execute(f"TRUNCATE {tables}")
