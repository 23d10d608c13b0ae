"""How a coupon's state and figures are shown in the admin."""

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm_project.templatetags.components import badge
from loyalty.coupons import validity
from loyalty.models import Coupon, CouponIssue, IssuedCoupon

Status = Coupon.Status
ISSUE_TONES = {"running": "busy", "done": "good", "stopped": "bad"}
USE_TONES = {"used": "good", "cancelled": "quiet", "returned": "wait"}
PIECE_TONES = {"held": "busy", "used": "good", "expired": "quiet", "withdrawn": "bad"}


def state_badge(coupon: Coupon) -> SafeString:
    """Return where a coupon stands, its period counted in."""
    now = timezone.now()
    if coupon.is_history:
        return badge(_("imported"), "quiet", "history")
    if coupon.status == Status.DRAFT:
        return badge(_("draft"), "quiet", "pencil")
    if validity.is_over(coupon, now):
        return badge(_("over"), "quiet")
    if coupon.status == Status.STOPPED:
        return badge(_("stopped"), "bad")
    if not validity.has_begun(coupon, now):
        return badge(_("begins later"), "wait")
    return badge(_("running"), "good")


def issue_badge(issue: CouponIssue) -> SafeString:
    """Return where an issue stands."""
    return badge(issue.get_status_display(), ISSUE_TONES[issue.status])


def piece_badge(piece: IssuedCoupon) -> SafeString:
    """Return the state of one piece, its last day counted in, whether or not the job has been there."""
    is_past = piece.expires_at is not None and piece.expires_at <= timezone.now()
    if piece.status == IssuedCoupon.Status.HELD and is_past:
        return badge(_("expired"), "quiet")
    return badge(piece.get_status_display(), PIECE_TONES[piece.status])
