"""What a breach costs (L-16): one table, each row with the day from which it holds. Read by the help page alone."""

from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MILLION, BILLION = 1_000_000, 1_000_000_000
ACT = _("Network Act")
# The text of the law that these figures were read in; what came into force at an earlier day is marked with it.
TEXT_OF = date(2026, 10, 2)


@dataclass(frozen=True, slots=True)
class Penalty:
    """What may follow from a breach, at most: `won`, `years` in prison, a share of turnover."""

    breach: str | Promise
    kind: str | Promise
    article: str
    effective_from: date
    won: int
    years: int = 0
    turnover_share: float = 0.0
    rules: str = ""


FINE, CRIME, SURCHARGE = _("administrative fine"), _("criminal"), _("surcharge, instead of the fine")

PENALTIES = (
    Penalty(
        _("Any of the breaches below"),
        SURCHARGE,
        "제50조의9, 제77조",
        date(2026, 10, 1),
        2 * BILLION,
        turnover_share=0.06,
    ),
    Penalty(
        _("Advertising for goods whose sale is prohibited"),
        CRIME,
        "제72조 ① 2의2",
        TEXT_OF,
        30 * MILLION,
        3,
        rules="L-15",
    ),
    Penalty(
        _("Evading refusals, making up addresses, hiding the sender"),
        CRIME,
        "제74조 ① 4",
        TEXT_OF,
        10 * MILLION,
        1,
        rules="L-11",
    ),
    Penalty(
        _("Advertising without consent, after a refusal, or at night without the consent for the night"),
        FINE,
        "제76조 ② 7",
        TEXT_OF,
        30 * MILLION,
        rules="L-01 L-05 L-06",
    ),
    Penalty(
        _("Label, name, contact or opt-out missing or false"),
        FINE,
        "제76조 ② 8",
        TEXT_OF,
        30 * MILLION,
        rules="L-10 L-20 L-21",
    ),
    Penalty(_("Refusing costs the customer something"), FINE, "제76조 ② 9", TEXT_OF, 30 * MILLION, rules="L-10"),
    Penalty(_("No confirmation every two years"), FINE, "제76조 ② 9의2", TEXT_OF, 30 * MILLION, rules="L-13"),
    Penalty(
        _("Advertising texts handed to a sender that is not certified"),
        FINE,
        "제76조 ② 9의3",
        date(2026, 10, 1),
        30 * MILLION,
        rules="L-14",
    ),
    Penalty(_("No notice of the result"), FINE, "제76조 ④ 12의3", TEXT_OF, 10 * MILLION, rules="L-12"),
)


def in_force(on: date) -> list[Penalty]:
    """Return what holds on that day (KST), the heaviest first."""
    return [each for each in PENALTIES if each.effective_from <= on]
