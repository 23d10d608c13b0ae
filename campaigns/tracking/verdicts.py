"""Person or machine: an ordered list of signs, each an SQL condition over a hit and its message.

The first sign that holds is the reason. A verdict is only a reading of the hits: it is computed again whenever a
message gets another hit, and for all of them after the signs were changed.
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
# Whoever asks sooner after the hand-over cannot have read the message.
FASTEST_READER_MILLISECONDS = 2_000
# Different links of one message within this time were followed by a scanner.
BURST_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign that a machine asked. `code` is stored as the reason."""

    code: str
    label: str | Promise
    condition: str


SIGNS = (
    Sign("head", _("asked for the head only"), "hit.method = 'HEAD'"),
    Sign("no_agent", _("does not say what it is"), "hit.user_agent = ''"),
    Sign("proxy", _("a mail service's image proxy"), "hit.user_agent ~* %(proxies)s"),
    Sign("scanner", _("a mail security scanner"), "hit.user_agent ~* %(scanners)s"),
    Sign("robot", _("a program, by its own words"), "hit.user_agent ~* %(robots)s"),
    Sign("too_fast", _("faster than anybody reads"), "hit.milliseconds_since_sent < %(fastest)s"),
    Sign(
        "burst",
        _("several links within a second"),
        "hit.kind = 'click' AND EXISTS (SELECT FROM campaigns_hit AS other"
        " WHERE other.message_id = hit.message_id AND other.kind = 'click' AND other.link_id <> hit.link_id"
        " AND other.occurred_at BETWEEN hit.occurred_at - %(burst)s * interval '1 second'"
        " AND hit.occurred_at + %(burst)s * interval '1 second')",
    ),
)

# An unsubscribe POST counts whoever made it: mail services do it for their users. So does what the shop's app reports.
VERDICT = "\n".join(f"WHEN {sign.condition} THEN '{sign.code}'" for sign in SIGNS)
JUDGE = f"""
UPDATE campaigns_hit SET is_machine = verdict.reason <> '', machine_reason = verdict.reason
  FROM (SELECT hit.id, CASE WHEN hit.kind = 'unsubscribe' OR hit.method = 'APP' THEN '' {VERDICT} ELSE '' END AS reason
          FROM campaigns_hit AS hit WHERE hit.message_id = ANY(%(messages)s)) AS verdict
 WHERE campaigns_hit.id = verdict.id
   AND (campaigns_hit.is_machine IS NULL OR campaigns_hit.machine_reason <> verdict.reason)
"""


def judge(message_ids: Sequence[int]) -> int:
    """Give every hit of these messages its verdict; return how many changed."""
    parameters: dict[str, list[int] | str | int] = {
        "messages": list(message_ids),
        "proxies": PROXIES,
        "scanners": SCANNERS,
        "robots": ROBOTS,
        "fastest": FASTEST_READER_MILLISECONDS,
        "burst": BURST_SECONDS,
    }
    with connection.cursor() as cursor:
        cursor.execute(JUDGE, parameters)
        return cursor.rowcount


def label_of(code: str) -> str:
    """Return a machine reason in words; an unknown one as it is."""
    return next((str(sign.label) for sign in SIGNS if sign.code == code), code)
