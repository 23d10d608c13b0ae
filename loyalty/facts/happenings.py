"""What happened to members in a stretch of time, for campaigns that begin with it: one SELECT a kind.

Each gives who, when, a key, and what is to be told as plain values. Asked twice for the same hours it gives the same
keys, so a missed minute is caught up and nobody enters twice. New kinds are SELECTs registered here.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from crm_project.registry import Registry


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened to one customer; `told` is plain values for the words about it."""

    customer_id: int
    at: datetime
    key: str
    told: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Happening:
    """A kind of thing that happens to members.

    `sql` is a SELECT of (customer_id, at, key, told jsonb) after %(since)s up to and with %(until)s. `asks` are its
    other parameters with what they are unless something else is asked for.
    """

    name: str
    label: object
    sql: str
    asks: Mapping[str, Any] = field(default_factory=dict)


HAPPENINGS: Registry[Happening] = Registry("happening")


def happening(name: str, label: object, sql: str, **asks: Any) -> Happening:
    """Register a SELECT as a kind of happening."""
    return HAPPENINGS.register(name, Happening(name, label, sql, asks))


def happened(name: str, since: datetime, until: datetime, **asked: Any) -> Iterator[Happened]:
    """Yield what happened of a kind after a moment, up to and with another, in the order of time.

    Raises:
        KeyError: there is no such kind.
    """
    kind = HAPPENINGS[name]
    statement = f"SELECT customer_id, at, key, told FROM ({kind.sql}) AS happened ORDER BY at, key"
    with connection.cursor() as cursor:
        cursor.execute(statement, {**kind.asks, **asked, "since": since, "until": until})
        yield from (Happened(who, at, key, json.loads(told)) for who, at, key, told in cursor.fetchall())


# Of one of the notices, or with 0 of each.
happening(
    "points_expiring",
    _("points expire soon"),
    """
    SELECT account.customer_id, notice.opened_at AS at, notice.last_day || '/' || notice.days_before AS key,
           jsonb_build_object('points', notice.points, 'last_day', notice.last_day, 'notice_id', notice.id) AS told
    FROM loyalty_expirynotice AS notice JOIN loyalty_account AS account ON account.id = notice.account_id
    WHERE notice.opened_at > %(since)s AND notice.opened_at <= %(until)s
      AND %(days)s::int IN (0, notice.days_before)
    """,
    days=60,
)
# Not those whom a change of the ladder lifted: they did nothing for it.
happening(
    "tier_reached",
    _("rose to a tier"),
    """
    SELECT period.customer_id, period.started_at AS at, 'tier/' || period.id AS key,
           jsonb_build_object('tier_id', tier.id, 'tier', tier.name) AS told
    FROM loyalty_tierperiod AS period JOIN loyalty_tier AS tier ON tier.id = period.tier_id
    WHERE period.started_at > %(since)s AND period.started_at <= %(until)s
      AND period.is_rise AND period.cause <> 'rules_changed'
      AND (%(tiers)s::bigint[] IS NULL OR period.tier_id = ANY(%(tiers)s::bigint[]))
    """,
    tiers=None,
)
# At the midnight (KST) that begins the day so many days before the evaluation, of whom the standing now says that they
# would go down: nothing keeps what it said then.
happening(
    "tier_at_risk",
    _("would lose the tier soon"),
    """
    SELECT standing.customer_id, risk.at, 'risk/' || standing.judged_on AS key,
           jsonb_build_object('tier_id', tier.id, 'tier', tier.name, 'missing', standing.keep_missing,
                              'judged_on', standing.judged_on) AS told
    FROM loyalty_tierstanding AS standing JOIN loyalty_tier AS tier ON tier.id = standing.tier_id
    CROSS JOIN LATERAL (
        SELECT (standing.judged_on - %(days)s)::timestamp AT TIME ZONE 'Asia/Seoul' AS at) AS risk
    WHERE standing.keep_missing > 0 AND risk.at > %(since)s AND risk.at <= %(until)s
      AND standing.judged_on >= (%(since)s AT TIME ZONE 'Asia/Seoul')::date + %(days)s
      AND standing.judged_on <= (%(until)s AT TIME ZONE 'Asia/Seoul')::date + %(days)s
    """,
    days=30,
)
# Not by a campaign, which tells it itself.
happening(
    "coupon_issued",
    _("got a coupon"),
    """
    SELECT piece.customer_id, piece.issued_at AS at, 'got/' || piece.id AS key,
           jsonb_build_object('coupon_id', coupon.id, 'coupon', coupon.name, 'code', piece.code) AS told
    FROM loyalty_coupon AS coupon JOIN loyalty_issuedcoupon AS piece ON piece.coupon_id = coupon.id
    JOIN loyalty_couponissue AS issue ON issue.id = piece.issue_id AND issue.origin <> 'campaign'
    WHERE piece.issued_at > %(since)s AND piece.issued_at <= %(until)s AND piece.customer_id IS NOT NULL
      AND (%(coupons)s::text[] IS NULL OR coupon.external_id = ANY(%(coupons)s::text[]))
    """,
    coupons=None,
)
# Of those that are unused now: what was used meanwhile is no news any more.
happening(
    "coupon_expiring",
    _("an unused coupon expires soon"),
    """
    SELECT piece.customer_id, piece.expires_at - make_interval(days => %(days)s) AS at, 'ends/' || piece.id AS key,
           jsonb_build_object('coupon_id', coupon.id, 'coupon', coupon.name, 'code', piece.code,
               'last_day', (piece.expires_at AT TIME ZONE 'Asia/Seoul')::date - 1) AS told
    FROM loyalty_issuedcoupon AS piece JOIN loyalty_coupon AS coupon ON coupon.id = piece.coupon_id
    WHERE piece.status = 'held' AND piece.customer_id IS NOT NULL
      AND piece.expires_at > %(since)s + make_interval(days => %(days)s)
      AND piece.expires_at <= %(until)s + make_interval(days => %(days)s)
      AND (%(coupons)s::text[] IS NULL OR coupon.external_id = ANY(%(coupons)s::text[]))
    """,
    days=7,
    coupons=None,
)
happening(
    "friend_came",
    _("a friend came with their code"),
    """
    SELECT referrer_id AS customer_id, said_at AS at, 'came/' || id AS key, '{}'::jsonb AS told
    FROM loyalty_referral
    WHERE said_at > %(since)s AND said_at <= %(until)s AND referrer_id IS NOT NULL AND status <> 'refused'
    """,
)
happening(
    "referral_rewarded",
    _("was rewarded for a friend"),
    """
    SELECT referrer_id AS customer_id, decided_at AS at, 'rewarded/' || id AS key,
           jsonb_build_object('points', referrer_points) AS told
    FROM loyalty_referral
    WHERE decided_at > %(since)s AND decided_at <= %(until)s AND referrer_id IS NOT NULL
      AND status = 'rewarded' AND reason <> 'OVER_CAP'
    """,
)
