"""Puts judgements in force: periods, standings and the book of evaluations, in sets.

At once for customers about whom something came in, and every night for everybody. Judging is in `judging.py`.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Count, Q
from django.utils import timezone

from crm_project.queue import kick, out_of_time, progress
from customers.segments import refresh
from customers.segments.clock import start_of_day
from loyalty.models import TierCause, TierEvaluation, TierEvaluationRun, TierStanding
from loyalty.tiers import entry_coupons, ladder
from loyalty.tiers.judging import EVERYONE, judge_parameters, judge_sql
from loyalty.tiers.ladder import Ladder

EVALUATE_JOB = "loyalty.tasks.evaluate_tiers"
CUSTOMERS_AT_ONCE = 20_000
# Above so many customers all segments are refreshed in full, which is cheaper than to name each of them.
MOST_NAMED = 50_000

# A table of the session, so that a sale does not write to the system catalogue.
MAKE_JUDGEMENT = """
CREATE TEMPORARY TABLE IF NOT EXISTS tier_judgement (
    customer_id bigint, is_judged boolean, window_from date, window_amount bigint, former_from date,
    former_amount bigint, kept_amount bigint, current_rank int, earned_rank int, granted_rank int, holding_rank int,
    tier_before bigint, earned_before bigint, next_missing bigint, reach_by date, keep_missing bigint, judged_on date,
    held_since timestamptz, earned_since timestamptz, has_standing boolean, is_rise boolean
) ON COMMIT DELETE ROWS
"""
# Rows first, in order, then their locks, in order: whoever else brings something about them waits, and then sees this.
PLACE = """
INSERT INTO loyalty_tierstanding (customer_id, tier_id, earned_tier_id, since, earned_since, amount, keep_missing,
                                  judged_on)
SELECT customer.id, %(base)s, %(base)s, %(moment)s, %(moment)s, 0, 0, %(as_of)s
FROM customers_customer AS customer
WHERE customer.id IN ({whom}) AND customer.merged_into_id IS NULL AND customer.erased_at IS NULL
  AND NOT EXISTS (SELECT FROM loyalty_tierstanding AS placed WHERE placed.customer_id = customer.id)
ORDER BY customer.id
ON CONFLICT DO NOTHING
"""
LOCK = """
SELECT 1 FROM loyalty_tierstanding WHERE customer_id = ANY (%(customers)s) ORDER BY customer_id FOR NO KEY UPDATE
"""
# A tier that left the ladder is as high as it last was.
KEEP_JUDGEMENT = """
INSERT INTO tier_judgement
SELECT judged.*, (%(thresholds)s::bigint[])[holding_rank] > coalesce(
    (%(thresholds)s::bigint[])[array_position(%(tiers)s::bigint[], tier_before)],
    (SELECT threshold FROM loyalty_tierthreshold AS past WHERE past.tier_id = tier_before
      ORDER BY rule_version_id DESC LIMIT 1), 0)
FROM ({judge}) AS judged
"""
MOVED = "(%(tiers)s::bigint[])[holding_rank] <> tier_before"
CLOSE = f"""
UPDATE loyalty_tierperiod AS period SET ended_at = greatest(period.started_at, %(moment)s)
FROM tier_judgement AS judged
WHERE period.customer_id = judged.customer_id AND period.ended_at IS NULL AND {MOVED}
"""
OPEN = f"""
INSERT INTO loyalty_tierperiod (customer_id, tier_id, previous_tier_id, is_rise, started_at, cause, rule_version_id,
                                amount)
SELECT customer_id, (%(tiers)s::bigint[])[holding_rank], tier_before, is_rise, greatest(held_since, %(moment)s),
       CASE WHEN is_rise AND granted_rank > earned_rank THEN 'granted'
            WHEN NOT is_rise AND earned_rank = current_rank THEN 'grant_ended'
            WHEN is_rise AND %(cause)s <> 'rules_changed' THEN 'reached'
            ELSE %(cause)s END,
       %(version)s, window_amount
FROM tier_judgement WHERE {MOVED}
RETURNING id, is_rise
"""
# What the evaluation read and found. Whoever stays at the foot of the ladder leaves no row.
WRITE_EVALUATIONS = f"""
INSERT INTO loyalty_tierevaluation (customer_id, as_of, rule_version_id, is_judged, window_from, amount, former_from,
                                    former_amount, kept_amount, earned_before_id, earned_after_id, granted_tier_id,
                                    tier_before_id, tier_id, movement)
SELECT customer_id, %(as_of)s, %(version)s, is_judged, window_from, window_amount, former_from, former_amount,
       kept_amount, earned_before, (%(tiers)s::bigint[])[earned_rank],
       CASE WHEN granted_rank > 0 THEN (%(tiers)s::bigint[])[granted_rank] END, tier_before,
       (%(tiers)s::bigint[])[holding_rank], CASE WHEN NOT {MOVED} THEN 0 WHEN is_rise THEN 1 ELSE -1 END
FROM tier_judgement WHERE {MOVED} OR is_judged AND current_rank > 1
ON CONFLICT DO NOTHING
"""
WRITE_STANDINGS = f"""
UPDATE loyalty_tierstanding AS standing
SET tier_id = new.tier_id, earned_tier_id = new.earned_tier_id, since = new.since, earned_since = new.earned_since,
    amount = new.amount, next_tier_id = new.next_tier_id, missing = new.missing, reach_by = new.reach_by,
    keep_missing = new.keep_missing, judged_on = new.judged_on
FROM (
    SELECT customer_id, (%(tiers)s::bigint[])[holding_rank] AS tier_id,
           (%(tiers)s::bigint[])[earned_rank] AS earned_tier_id,
           CASE WHEN {MOVED} THEN greatest(held_since, %(moment)s) ELSE held_since END AS since,
           CASE WHEN earned_rank <> current_rank THEN greatest(earned_since, %(moment)s) ELSE earned_since END
               AS earned_since,
           window_amount AS amount, (%(tiers)s::bigint[])[holding_rank + 1] AS next_tier_id, next_missing AS missing,
           CASE WHEN next_missing IS NOT NULL THEN reach_by END AS reach_by, keep_missing, judged_on
    FROM tier_judgement
) AS new
WHERE standing.customer_id = new.customer_id
  AND (standing.tier_id, standing.earned_tier_id, standing.since, standing.earned_since, standing.amount,
       standing.next_tier_id, standing.missing, standing.reach_by, standing.keep_missing, standing.judged_on)
      IS DISTINCT FROM (new.tier_id, new.earned_tier_id, new.since, new.earned_since, new.amount, new.next_tier_id,
                        new.missing, new.reach_by, new.keep_missing, new.judged_on)
RETURNING standing.customer_id
"""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a settling did: periods that began by a rise or a fall, and whose standing changed in any way."""

    rose: int
    fell: int
    changed: list[int]


@transaction.atomic
def settle(customers: Collection[int], *, cause: str = TierCause.REACHED, returned: Collection[int] = ()) -> Settled:
    """Put these customers where they stand now: up at once, down only as the ladder lets them.

    Set-based, in the caller's transaction; locks their standings in order. `returned` are customers with a return,
    who go down at once where the ladder says so.
    """
    rules = ladder.current()
    if rules is None or not customers:
        return Settled(0, 0, [])
    lowered = returned if rules.return_effect == "at_once" else ()
    now = timezone.now()
    settled = _settle(rules, timezone.localdate(now), now, customers, cause=cause, returned=lowered)
    _refresh_segments(settled.changed)
    return settled


def settle_everyone(*, cause: str = TierCause.RULES_CHANGED) -> int:
    """Put everybody where they stand by the newest ladder; return how many moved. May be cut and begun again."""
    rules = ladder.current()
    if rules is None:
        return 0
    now, moved = timezone.now(), 0
    today = timezone.localdate(now)
    _place(rules, EVERYONE, today, now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE loyalty_tierstanding")
    for customers in _chunks():
        with transaction.atomic():
            settled = _settle(rules, today, now, customers, cause=cause)
        moved += settled.rose + settled.fell
        progress()
    kick(refresh.ALL_JOB)
    return moved


def evaluate_due(today: date) -> list[TierEvaluationRun]:
    """Evaluate every day up to today (KST) that no run has done, the oldest first; nothing where all are done."""
    last = TierEvaluationRun.objects.order_by("-as_of").values_list("as_of", flat=True).first()
    first = last + timedelta(days=1) if last else today
    runs = []
    for number in range((today - first).days + 1):
        run = evaluate_day(first + timedelta(days=number))
        if run is None:
            break
        runs.append(run)
    if out_of_time():
        kick(EVALUATE_JOB)
    if runs:
        kick(refresh.ALL_JOB)
    return runs


def replay(since: date, until: date) -> None:
    """Tell the history of tiers as if the newest ladder had been in force: each 1st of a month between two days (KST).

    For a shop that brings years of orders along, before anybody was put on the ladder; nothing where somebody was.
    """
    rules = ladder.current()
    if rules is None or TierStanding.objects.exists():
        return
    months = [date(number // 12, number % 12 + 1, 1) for number in range(_month(since) + 1, _month(until) + 1)]
    _place(rules, EVERYONE, since, start_of_day(since))
    for day in months:
        evaluate_day(day)


def evaluate_day(day: date) -> TierEvaluationRun | None:
    """Evaluate everybody as of the first moment of a day (KST) and keep what was read and found.

    Done once a day: a second call returns the run as it was; one that was cut goes on where it was. None without a
    ladder, or where the job's time is up before everybody was looked at.
    """
    done = TierEvaluationRun.objects.filter(as_of=day).first()
    rules = ladder.current()
    if done or rules is None:
        return done
    looked_at = 0
    for customers in _chunks():
        with transaction.atomic():
            _settle(rules, day, start_of_day(day), customers, cause=TierCause.EVALUATED, is_evaluation=True)
        looked_at += len(customers)
        progress()
        if out_of_time():
            return None
    counts = TierEvaluation.objects.filter(as_of=day).aggregate(
        judged=Count("pk", filter=Q(is_judged=True)),
        rose=Count("pk", filter=Q(movement=1)),
        fell=Count("pk", filter=Q(movement=-1)),
    )
    return TierEvaluationRun.objects.create(as_of=day, rule_version_id=rules.version_id, customers=looked_at, **counts)


def _settle(
    rules: Ladder,
    as_of: date,
    moment: datetime,
    customers: Collection[int],
    *,
    cause: str,
    returned: Collection[int] = (),
    is_evaluation: bool = False,
) -> Settled:
    parameters = judge_parameters(rules, as_of, is_evaluation=is_evaluation, customers=customers, returned=returned)
    parameters |= {"moment": moment, "cause": str(cause), "version": rules.version_id, "base": rules.base_id}
    _place(rules, "SELECT unnest(%(customers)s::bigint[])", as_of, moment, customers)
    with connection.cursor() as cursor:
        cursor.execute(LOCK, parameters)
        cursor.execute(MAKE_JUDGEMENT)
        cursor.execute("DELETE FROM tier_judgement")
        cursor.execute(KEEP_JUDGEMENT.format(judge=judge_sql(rules, among=True)), parameters)
        cursor.execute(CLOSE, parameters)
        cursor.execute(OPEN, parameters)
        opened = cursor.fetchall()
        if is_evaluation:
            cursor.execute(WRITE_EVALUATIONS, parameters)
        changed = _write_standings(cursor, parameters)
    rises = [pk for pk, is_rise in opened if is_rise]
    entry_coupons.hand_out(rises, moment)
    return Settled(len(rises), len(opened) - len(rises), changed)


def _write_standings(cursor: CursorWrapper, parameters: dict) -> list[int]:
    cursor.execute(WRITE_STANDINGS, parameters)
    return [row[0] for row in cursor.fetchall()]


def _place(rules: Ladder, whom: str, as_of: date, moment: datetime, customers: Collection[int] = ()) -> None:
    given = {"base": rules.base_id, "as_of": as_of, "moment": moment, "customers": list(customers)}
    with connection.cursor() as cursor:
        cursor.execute(PLACE.format(whom=whom), given)


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _chunks() -> Iterator[list[int]]:
    """Yield the customers who have a standing, so many at a time, in order."""
    last = 0
    while True:
        rows = TierStanding.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)
        chunk = list(rows[:CUSTOMERS_AT_ONCE])
        if not chunk:
            return
        yield chunk
        last = chunk[-1]


def _refresh_segments(customers: Collection[int]) -> None:
    if len(customers) > MOST_NAMED:
        kick(refresh.ALL_JOB)
    else:
        refresh.touch(customers)
