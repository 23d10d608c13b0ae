"""Who was written to by e-mail, who opened, clicked and bought: `generated_enrollment`.

Everybody who allowed e-mail at the time and still bought here may be drawn. A tenth is held out. Whoever buys because
of the message does it within days of the click: that share of the messages is the true lift.
"""

from django.db.backends.utils import CursorWrapper

from crm_project.demo.generated.chance import Chance
from crm_project.demo.generated.size import SECONDS_A_DAY, Size

SHARE_DRAWN, SHARE_HELD_OUT = 0.2, 0.1
CLICKS_OF_OPENS, BUYS_OF_CLICKS = 0.2, 0.15
SHARE_FETCHED_BY_PROXY = 0.1
HOUR_OF_SENDING = 10
NAMES = ("봄맞이 인사", "여름 세일", "추석 선물", "가을 신상", "연말 감사제", "새해 첫 구매")


def day_of(campaign: int, size: Size) -> int:
    """Return the day on which a campaign was sent, counted from the first."""
    return size.days * campaign // (size.campaigns + 1)


def name_of(campaign: int) -> str:
    """Return a campaign's name."""
    return f"{NAMES[(campaign - 1) % len(NAMES)]} {campaign}"


def strength_of(campaign: int) -> float:
    """Return how well a campaign's subject works: what everybody's share of openings is multiplied with."""
    return (1.0, 0.8, 1.15)[campaign % 3]


def make_table(cursor: CursorWrapper, size: Size, chance: Chance) -> None:
    """Make the temporary table `generated_enrollment`: seconds of what happened, NULL for what did not."""
    campaigns = ", ".join(
        f"({number}, {day_of(number, size)}, {strength_of(number)})" for number in range(1, size.campaigns + 1)
    )
    cursor.execute(_enrollments(campaigns or "(0, 0, 0.0)", chance))
    cursor.execute("ANALYZE generated_enrollment")


def _enrollments(campaigns: str, chance: Chance) -> str:
    key = "customer * 64 + campaign"
    return f"""
        CREATE TEMP TABLE generated_enrollment AS
        WITH allowed AS (
            SELECT customer, min(second) FILTER (WHERE action = 'granted') AS since,
                   min(second) FILTER (WHERE action = 'withdrawn') AS until
            FROM generated_consent WHERE purpose = 'ad_receive' AND channel = 'email' GROUP BY customer
        ), drawn AS (
            SELECT past.number AS campaign, allowed.customer, sent, opening * past.strength AS opening, until
            FROM (VALUES {campaigns}) past (number, day, strength)
            CROSS JOIN LATERAL (SELECT past.day * {SECONDS_A_DAY} + {HOUR_OF_SENDING * 3600} AS sent) moment
            JOIN allowed ON allowed.since < sent AND coalesce(allowed.until > sent, true)
            JOIN generated_customer known ON known.number = allowed.customer AND known.left_day > past.day
            WHERE past.number > 0 AND known.email <> ''
              AND {chance.share("enrolled", "allowed.customer * 64 + past.number")} < {SHARE_DRAWN}
        ), armed AS (
            SELECT *, {chance.share("held out", key)} < {SHARE_HELD_OUT} AS is_control FROM drawn
        ), opened AS (
            SELECT *, CASE WHEN NOT is_control AND {chance.share("opens", key)} < opening
                THEN sent + 60 + floor(power({chance.share("opens after", key)}, 3) * 3 * {SECONDS_A_DAY})::int END
                AS opened
            FROM armed
        ), clicked AS (
            SELECT *, CASE WHEN {chance.share("clicks", key)} < {CLICKS_OF_OPENS}
                THEN opened + 5 + {chance.below("600", "clicks after", key)} END AS clicked
            FROM opened
        )
        SELECT campaign, customer, is_control, sent, opened, clicked,
               NOT is_control AND {chance.share("proxy", key)} < {SHARE_FETCHED_BY_PROXY} AS by_proxy,
               CASE WHEN {chance.share("buys by campaign", key)} < {BUYS_OF_CLICKS}
                   THEN clicked + 3600 + {chance.below(str(2 * SECONDS_A_DAY), "buys after", key)} END AS bought
        FROM clicked
        ORDER BY campaign, customer
    """
