"""The invitations of a customer on their page: the link, who brought them, whom they brought."""

from django.db.models import Count, Q
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from customers.models import Customer
from customers.profile.panels import panel
from loyalty.coupons.codes import shown
from loyalty.models import Referral, ReferralCode
from loyalty.referrals import codes
from loyalty.referrals.terms import terms_in_force

Status = Referral.Status


@panel("referrals", title=gettext_lazy("Referrals"), icon="users", order=52)
def invitations(customer: Customer, request: HttpRequest) -> SafeString | None:
    """Show the customer's link, who invited them and how many friends came; nothing where there is nothing."""
    if not request.user.has_perm("loyalty.view_referral"):
        return None
    came_by = Referral.objects.filter(friend=customer).select_related("referrer").first()
    counts = Referral.objects.filter(referrer=customer).aggregate(
        came=Count("pk"),
        rewarded=Count("pk", filter=Q(status=Status.REWARDED)),
        refused=Count("pk", filter=Q(status__in=(Status.REFUSED, Status.TAKEN_BACK))),
    )
    code = ReferralCode.objects.filter(customer=customer).first() if terms_in_force() else None
    if not (came_by or counts["came"] or code):
        return None
    context = {"came_by": came_by, "counts": counts}
    if code:
        context |= {"code": shown(code.code), "url": codes.url_of(code.code)}
    return render_to_string("referrals/customer_panel.html", context)
