"""What each figure of the overview is: what is counted, by what it is divided, and where it is read."""

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Definition:
    """A figure in words; `denominator` is empty where it is no share."""

    figure: str
    numerator: str
    denominator: str
    source: str


def definitions() -> list[Definition]:
    """Return every figure of the page in the reader's language."""
    daily, nightly = _("daily totals of the ledger"), _("open lots, as of the night")
    return [
        Definition(_("Points outstanding"), _("points usable, pending and on hold of all members"), "", daily),
        Definition(_("Age of the points"), _("points left in lots, by the month of their award"), "", nightly),
        Definition(_("When they expire"), _("points left in lots, by the month of their last day"), "", nightly),
        Definition(_("Given"), _("points earned + adjusted by staff − taken back after returns"), "", daily),
        Definition(_("Used of those given"), _("points used, less given back"), _("points given"), daily),
        Definition(
            _("Expired unused (breakage)"), _("points expired"), _("points used, less given back + expired"), daily
        ),
        Definition(
            _("Rose, came down"),
            _("moves to a higher or lower tier; the first place on a ladder is none"),
            "",
            _("tier periods"),
        ),
        Definition(
            _("Coupons used"),
            _("pieces that are used, less cancelled uses"),
            _("pieces handed out, as codes too"),
            _("counters of the coupons"),
        ),
    ]
