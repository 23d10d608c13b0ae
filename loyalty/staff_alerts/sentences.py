"""An alert in a sentence with its numbers."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm_project.templatetags.formats import number_text
from loyalty.models import StaffAlert

Rule = StaffAlert.Rule
SENTENCES: dict[str, str | Promise] = {
    Rule.OWN_ACCOUNT: _("Booked on their own account: %(times)s bookings, %(points)s points."),
    Rule.MANY_ADJUSTMENTS: _("Adjusted points by hand %(times)s times in a day, %(points)s points together."),
    Rule.USED_AFTER_ADJUSTMENT: _(
        "Gave a member points by hand, and within an hour %(points)s points of theirs were used in %(times)s bookings."
    ),
    Rule.QUICK_USES: _(
        "Used points %(times)s times within two minutes after finding the member by four digits, %(points)s points."
    ),
    Rule.MANY_CANCELS: _("Cancelled %(times)s of %(out_of)s bookings of the day, %(points)s points."),
    Rule.ONE_MEMBER: _("Gave one member points for %(times)s receipts in a day, %(points)s points together."),
    Rule.NO_SALE: _(
        "%(times)s of %(out_of)s receipts that earned points have no sale after three days, %(points)s points."
    ),
    Rule.IDLE_LOOKUPS: _("Looked %(times)s members up in a day and booked %(out_of)s times."),
}


def sentence(alert: StaffAlert) -> str:
    """Return what stands out, in words."""
    told = {name: number_text(getattr(alert, name)) for name in ("times", "out_of", "points")}
    return str(SENTENCES[alert.rule]) % told
