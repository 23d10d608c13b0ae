"""The public preference page: `/p/<token>`. No log-in, no cookie, no script; the token is everything.

GET shows and changes nothing, whoever follows the link (L-11). POST records, and answers with what was recorded.
"""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from crm_project.client_address import clean_user_agent, client_address, hash_address
from crm_project.rate_limits import count_call
from customers import public_pages
from customers.consent import preference_links, preferences
from customers.errors import ConsentRefused
from customers.models import Customer

# A house or an office may share an address; one customer needs few answers.
VISITS_A_MINUTE = 120
ANSWERS_A_MINUTE = 20
LONGEST_FIELD = 100


@method_decorator(csrf_exempt, name="dispatch")
class PreferenceView(View):
    """A page on which a customer sees what they allowed, and changes it."""

    http_method_names = ["get", "head", "post"]
    customer: Customer

    def dispatch(self, request: HttpRequest, *args: str, **kwargs: str) -> HttpResponseBase:
        """Refuse floods, and addresses that we did not write."""
        verdict = count_call(f"preferences {self._caller}", limit=VISITS_A_MINUTE, seconds=60)
        if not verdict.is_allowed:
            return public_pages.too_many(request, verdict.retry_after)
        customer = _customer(kwargs["token"])
        if customer is None:
            return public_pages.page(request, "consent/no_such_page.html", {}, status=404)
        self.customer = customer
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Show what holds."""
        return _show(request, preferences.page_of(self.customer))

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        """Record the answer and say so on the same page, without a redirect."""
        verdict = count_call(f"preference answers {self.customer.pk}", limit=ANSWERS_A_MINUTE, seconds=60)
        if not verdict.is_allowed:
            return public_pages.too_many(request, verdict.retry_after)
        now = timezone.now()
        try:
            changed = preferences.answer(
                self.customer,
                _field(request, "say"),
                terms=_field(request, "terms"),
                wording=_field(request, "wording"),
                evidence={"page": "preferences", "agent": self._agent, "caller": self._caller},
                now=now,
            )
        except ConsentRefused as refusal:
            page = preferences.page_of(self.customer)
            return _show(request, page, refusal=refusal, status=400)
        return _show(request, preferences.page_of(self.customer, changed=changed), now=now)

    @property
    def _caller(self) -> str:
        return hash_address(client_address(self.request))

    @property
    def _agent(self) -> str:
        return clean_user_agent(self.request.headers.get("User-Agent", ""))


def _customer(token: str) -> Customer | None:
    """Return whose page it is, after a merge the customer who was kept; None where there is no such page."""
    customer_id = preference_links.read(token)
    return None if customer_id is None else public_pages.customer_of(customer_id)


def _field(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "")[:LONGEST_FIELD]


def _show(request: HttpRequest, page: preferences.PreferencePage, *, status: int = 200, **more: object) -> HttpResponse:
    context = {"page": page, "shop_name": page.shop.name, **more}
    return public_pages.page(request, "consent/preferences.html", context, status=status)
