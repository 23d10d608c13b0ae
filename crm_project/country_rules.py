"""The law of the country the shop sends in, as figures and switches: the one seam for a shop outside Korea.

`COUNTRY_RULES` chooses. What the figures mean for a message is said in `campaigns/compliance/`, what they ask after a
customer spoke in `customers/consent/`. Consent, refusals and the opt-out stand under every set of rules.
"""

from dataclasses import dataclass
from datetime import time

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True)
class CountryRules:
    """What a country asks of advertising messages, besides consent and an opt-out.

    `label` opens every advertisement (L-20 … L-23), `night` is from when until when it needs a consent of its own
    (L-06), `opt_out_words` are those of the link in a mail. Zero months: no exception for existing customers (L-04).
    """

    label: str = ""
    night: tuple[time, time] | None = None
    opt_out_words: tuple[str, ...] = ("Unsubscribe",)
    wants_free_number: bool = False
    wants_registered_caller: bool = False
    wants_certified_sender: bool = False
    existing_customer_months: int = 0
    wants_notices: bool = False


KOREA = CountryRules(
    label="(광고)",
    night=(time(21), time(8)),
    opt_out_words=("수신거부", "Unsubscribe"),
    wants_free_number=True,
    wants_registered_caller=True,
    wants_certified_sender=True,
    existing_customer_months=6,
    wants_notices=True,
)
RULES = {"korea": KOREA, "none": CountryRules()}


def country_rules() -> CountryRules:
    """Return the rules this shop sends under.

    Raises:
        ImproperlyConfigured: `COUNTRY_RULES` names none of them.
    """
    try:
        return RULES[settings.COUNTRY_RULES]
    except KeyError:
        known = ", ".join(RULES)
        raise ImproperlyConfigured(
            f"COUNTRY_RULES is {settings.COUNTRY_RULES!r}; it must be one of: {known}."
        ) from None
