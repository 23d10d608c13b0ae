"""Person or machine: a list of signs, each an SQL condition over a hit and those around it, with what it is worth.

A verdict is only a reading of the hits: it is computed again whenever another hit comes that may change it, and for
all of them after the signs were changed (`manage.py judge_hits`). No hit is ever deleted for it. What was judged long
before is not looked at with each new hit: a link that was posted where thousands read it gets a hundred thousand.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Programs that fetch the pictures and links of mails on somebody's behalf. An Apple privacy proxy says "Mozilla/5.0"
# and not a word more; "CUBOT" is a telephone.
PROXIES = r"GoogleImageProxy|YahooMailProxy|via ggpht\.com|^Mozilla/5\.0$"
SCANNERS = (
    r"SafeLinks|Barracuda|Mimecast|Proofpoint|Symantec|MessageLabs|FireEye|Trend ?Micro|Sophos|IronPort|Forcepoint|"
    r"Zscaler|BitDefender|Cloudmark"
)
ROBOTS = (
    r"(?<!cu)bot\y|crawl|spider|slurp|scrap|preview|facebookexternalhit|HeadlessChrome|PhantomJS|"
    r"^(curl|wget|python|java|go-http|okhttp|libwww|node|axios|ruby|php|httpclient|apache-httpclient)|Yeti/|Daumoa"
)
# Whoever asks sooner after the hand-over cannot have read the message; some who ask soon have not.
FASTEST_READER_MILLISECONDS, SOON_MILLISECONDS = 2_000, 10_000
# Different links of one message within this time were followed by a scanner; within the longer time, maybe.
BURST_SECONDS, FEW_SECONDS = 1, 10
MANY_LINKS = 3
# So many messages asked for from one address by the same program within a few seconds have no reader each. Not fewer,
# and not by the address alone: thousands of telephones share one.
CROWD, CROWD_SECONDS, CROWD_LOOKED_AT = 20, 5, 200

# From this score on a hit counts as a machine's.
MACHINE_FROM = 50
CERTAIN, LIKELY, STRONG, WEAK = 100, 80, 60, 30

# What a click led to: a link of the content, or a product that the message showed.
TARGET = "coalesce({0}.link_id, -{0}.shown_id)"
IS_ANOTHER = f"{TARGET.format('other')} <> {TARGET.format('hit')}"
NEAR = (
    "other.occurred_at BETWEEN hit.occurred_at - {0} * interval '1 second'"
    " AND hit.occurred_at + {0} * interval '1 second'"
)
OTHER_CLICKS = (
    "FROM campaigns_hit AS other WHERE other.message_id = hit.message_id AND other.kind = 'click'"
    " AND hit.kind = 'click' AND " + NEAR
)
IN_CROWD = f"""hit.ip_hash <> '' AND {CROWD} <= (
    SELECT count(DISTINCT message_id)
      FROM (SELECT other.message_id FROM campaigns_hit AS other
             WHERE other.ip_hash = hit.ip_hash AND other.ip_hash <> '' AND other.user_agent = hit.user_agent
               AND {NEAR.format(CROWD_SECONDS)} ORDER BY other.occurred_at LIMIT {CROWD_LOOKED_AT}) AS near)"""
FELL_INTO_TRAP = (
    "hit.kind = 'trap' OR EXISTS (SELECT FROM campaigns_hit AS other WHERE other.message_id = hit.message_id"
    f" AND other.kind = 'trap' AND (other.ip_hash = hit.ip_hash OR {NEAR.format(FEW_SECONDS)}))"
)


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign that a machine asked, and how much it says, of 100. `code` is stored as the reason."""

    code: str
    label: str | Promise
    score: int
    condition: str


SIGNS = (
    Sign("trap", _("followed a link that nobody sees"), CERTAIN, FELL_INTO_TRAP),
    Sign("head", _("asked for the head only"), CERTAIN, "hit.method = 'HEAD'"),
    Sign("proxy", _("a mail service's image proxy"), CERTAIN, "hit.user_agent ~* %(proxies)s"),
    Sign("scanner", _("a mail security scanner"), CERTAIN, "hit.user_agent ~* %(scanners)s"),
    Sign("robot", _("a program, by its own words"), CERTAIN, "hit.user_agent ~* %(robots)s"),
    Sign("no_agent", _("does not say what it is"), LIKELY, "hit.user_agent = ''"),
    Sign(
        "too_fast",
        _("faster than anybody reads"),
        LIKELY,
        f"hit.milliseconds_since_sent < {FASTEST_READER_MILLISECONDS}",
    ),
    Sign(
        "burst",
        _("several links within a second"),
        LIKELY,
        f"EXISTS (SELECT {OTHER_CLICKS.format(BURST_SECONDS)} AND {IS_ANOTHER})",
    ),
    Sign("crowd", _("many messages from one address within seconds"), STRONG, IN_CROWD),
    Sign(
        "many_links",
        _("link after link within seconds"),
        STRONG,
        f"(SELECT count(DISTINCT {TARGET.format('other')}) {OTHER_CLICKS.format(FEW_SECONDS)}) >= {MANY_LINKS}",
    ),
    # By itself each of these is what people do, too; both together is not.
    Sign("soon", _("soon after sending"), WEAK, f"hit.milliseconds_since_sent < {SOON_MILLISECONDS}"),
    Sign(
        "other_link",
        _("another link within seconds"),
        WEAK,
        f"EXISTS (SELECT {OTHER_CLICKS.format(FEW_SECONDS)} AND {IS_ANOTHER})",
    ),
)

# The signs that hold add up; the one that says most, of equals the first, is the reason.
ROWS = ",\n".join(
    f"({place}, '{sign.code}', {sign.score}, {sign.condition})" for place, sign in enumerate(SIGNS, start=1)
)
# Of a person who was erased only the verdict is left: what asked was taken away, and says nothing any more.
STILL_SAYS_WHO = "NOT (hit.is_machine IS NOT NULL AND hit.user_agent = '' AND hit.ip_hash = '')"
# An unsubscribe POST counts whoever made it: mail services do it for their users. So does what the shop's app reports.
CAN_BE_A_MACHINES = "hit.kind <> 'unsubscribe' AND hit.method <> 'APP'"
JUDGE = f"""
WITH fresh AS MATERIALIZED (
    SELECT message_id, min(occurred_at) - interval '{FEW_SECONDS} seconds' AS first,
           max(occurred_at) + interval '{FEW_SECONDS} seconds' AS last,
           array_agg(DISTINCT ip_hash) FILTER (WHERE kind = 'trap') AS trapped
      FROM campaigns_hit WHERE message_id = ANY(%(messages)s) AND is_machine IS NULL GROUP BY message_id
), looked_at AS MATERIALIZED (
    SELECT hit.* FROM campaigns_hit AS hit LEFT JOIN fresh USING (message_id)
     WHERE hit.message_id = ANY(%(messages)s) AND {STILL_SAYS_WHO}
       AND (%(anew)s OR hit.occurred_at BETWEEN fresh.first AND fresh.last
            OR (hit.ip_hash = ANY(fresh.trapped) AND hit.machine_reason <> 'trap'))
)
UPDATE campaigns_hit
   SET is_machine = verdict.score >= {MACHINE_FROM}, machine_score = verdict.score, judged_at = now(),
       machine_reason = CASE WHEN verdict.score >= {MACHINE_FROM} THEN verdict.reason ELSE '' END
  FROM (SELECT hit.id, found.score, found.reason
          FROM looked_at AS hit
         CROSS JOIN LATERAL (
               SELECT least(100, coalesce(sum(sign.score), 0)) AS score,
                      (array_agg(sign.code ORDER BY sign.score DESC, sign.place))[1] AS reason
                 FROM (VALUES {ROWS}) AS sign (place, code, score, holds)
                WHERE sign.holds AND {CAN_BE_A_MACHINES}) AS found) AS verdict
 WHERE campaigns_hit.id = verdict.id
   AND (campaigns_hit.is_machine IS NULL OR campaigns_hit.machine_score <> verdict.score
        OR campaigns_hit.machine_reason <> CASE WHEN verdict.score >= {MACHINE_FROM} THEN verdict.reason ELSE '' END)
"""
# The first of a crowd look like people until the others have come.
REOPEN = f"""
UPDATE campaigns_hit SET is_machine = NULL
  FROM (SELECT hit.id
          FROM (SELECT ip_hash, user_agent, min(occurred_at) AS first, max(occurred_at) AS last
                  FROM campaigns_hit WHERE message_id = ANY(%s) AND is_machine IS NULL GROUP BY 1, 2) AS fresh
          JOIN campaigns_hit AS hit ON hit.ip_hash = fresh.ip_hash AND hit.user_agent = fresh.user_agent
               AND hit.occurred_at BETWEEN fresh.first - interval '{CROWD_SECONDS} seconds'
                                       AND fresh.last + interval '{CROWD_SECONDS} seconds'
         WHERE NOT hit.is_machine AND {CAN_BE_A_MACHINES} AND {IN_CROWD}) AS early
 WHERE campaigns_hit.id = early.id
RETURNING campaigns_hit.message_id
"""


def judge(message_ids: Sequence[int], *, anew: bool = False) -> int:
    """Give the hits of these messages that have none their verdicts, and those around them; return how many changed.

    Args:
        anew: look at all hits of the messages, because the signs were changed.
    """
    agents = {"proxies": PROXIES, "scanners": SCANNERS, "robots": ROBOTS}
    with connection.cursor() as cursor:
        cursor.execute(JUDGE, {"messages": list(message_ids), "anew": anew, **agents})
        return cursor.rowcount


def reopen_crowds(message_ids: Sequence[int]) -> set[int]:
    """Take back that people asked, where new hits of these messages make a crowd of it; return whose hits those were.

    They wait for their verdicts then, like new ones.
    """
    with connection.cursor() as cursor:
        cursor.execute(REOPEN, [list(message_ids)])
        return {row[0] for row in cursor.fetchall()}


def label_of(code: str) -> str:
    """Return a machine reason in words; an unknown one as it is."""
    return next((str(sign.label) for sign in SIGNS if sign.code == code), code)
