"""The public page of an invitation: `/r/<code>`. No log-in, no cookie, no script.

The same page for every code, whether or not somebody has it: nobody learns by trying which codes there are. The code
goes along to the shop in the link's address, and the shop tells it with the new customer or their order.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views import View

from crm_project.client_address import client_address, hash_address
from crm_project.rate_limits import count_call
from customers.consent.sender import shop_identity
from loyalty.coupons import codes
from loyalty.models import ReferralTerms
from loyalty.referrals.terms import terms_in_force

HEADERS = {"Cache-Control": "no-store, max-age=0", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
VISITS_A_MINUTE = 60


class ReferralView(View):
    """A page that leads a friend to the shop, with the code remembered in the address."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """Show the invitation; nothing is looked up, counted or stored."""
        caller = hash_address(client_address(request))
        verdict = count_call(f"referral {caller}", limit=VISITS_A_MINUTE, seconds=60)
        if not verdict.is_allowed:
            answer = _page(request, "consent/too_many.html", {}, status=429)
            answer["Retry-After"] = str(verdict.retry_after)
            return answer
        terms = terms_in_force()
        if terms is None or not terms.shop_url:
            return _page(request, "referrals/not_now.html", {}, status=404)
        context = {"terms": terms, "code": codes.shown(codes.key(code)), "shop_url": shop_url(terms, code)}
        return _page(request, "referrals/landing.html", context)


def shop_url(terms: ReferralTerms, code: str) -> str:
    """Return the shop's address with the code in it, beside whatever it says already."""
    parts = urlsplit(terms.shop_url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), (terms.parameter, codes.key(code))]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _page(request: HttpRequest, template: str, context: dict[str, object], *, status: int = 200) -> HttpResponse:
    context |= {"shop_name": shop_identity().name, "shop": shop_identity()}
    return HttpResponse(render_to_string(template, context, request), status=status, headers=HEADERS)
