"""Who got a campaign: the log of its recipients, and the answer to "did this customer get it?"."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from campaigns.gateways.failures import Failure
from campaigns.models import Campaign, Message, SkipReason
from campaigns.pipeline.message_outcomes import OUTCOME_TONES
from campaigns.progress.receipt import happenings, receipts
from campaigns.progress.recipient_log import ANSWERS, Asked, Cursor, accounts_of, page_of, why
from campaigns.senders.prices import kind_label
from campaigns.standing import has_begun, pages_of, sees_names, status_badge
from crm_project.paging import next_page_url
from customers import access_log
from customers.customer_lists import customers_found
from customers.masking import mask_name
from customers.models import AccessLogEntry, Customer


class CampaignRecipients:
    """The part of the campaigns' ModelAdmin that looks at single recipients."""

    def get_urls(self) -> list[URLPattern]:
        guard, name = self.admin_site.admin_view, "campaigns_campaign"
        return [
            path("<int:campaign_id>/recipients/", guard(self.recipients), name=f"{name}_recipients"),
            path("<int:campaign_id>/recipients/find/", guard(self.find_recipient), name=f"{name}_find_recipient"),
            path("<int:campaign_id>/recipients/<int:customer_id>/", guard(self.recipient), name=f"{name}_recipient"),
            *super().get_urls(),
        ]

    def recipients(self, request: HttpRequest, campaign_id: int) -> HttpResponse:
        """List the messages of a campaign, narrowed as asked, a page after the other."""
        campaign = self._of_reader(request, campaign_id)
        asked = _asked(request)
        page = page_of(campaign, asked, Cursor.read(request.GET.get("after", "")))
        context = self.admin_site.each_context(request) | {
            "title": campaign.name,
            "campaign": campaign,
            "badge": status_badge(campaign),
            "pages": pages_of(campaign),
            "rows": [_row(message, unmasked=sees_names(request.user)) for message in page.messages],
            "asked": asked,
            "accounts": accounts_of(campaign),
            "statuses": Message.Status.choices,
            "reasons": SkipReason.choices,
            "failures": Failure.choices,
            "deliveries": Message.Delivery.choices,
            "answers": ANSWERS.items(),
            "next_url": next_page_url(request, page.next),
            "is_narrowed": asked != Asked(),
            "is_first": "after" not in request.GET,
        }
        return render(request, "campaigns/recipients.html", context)

    def find_recipient(self, request: HttpRequest, campaign_id: int) -> HttpResponse:
        """Lead from a number, phone, e-mail or name to the answer about that customer."""
        campaign = self._of_reader_of_customers(request, campaign_id)
        words = request.GET.get("q", "").replace("\0", "").strip()[:100]
        access_log.record(request, AccessLogEntry.Action.SEARCH)
        found = list(customers_found(Customer.objects.living().order_by("pk"), words)[:2]) if words else []
        if len(found) == 1:
            return HttpResponseRedirect(_receipt_url(campaign, found[0].pk))
        said = _("Nobody is found for “%s”.") if not found else _("Several are found for “%s”. Give the whole number.")
        messages.warning(request, said % words)
        return HttpResponseRedirect(reverse("admin:campaigns_campaign_recipients", args=[campaign.pk]))

    def recipient(self, request: HttpRequest, campaign_id: int, customer_id: int) -> HttpResponse:
        """Answer whether a customer got the campaign; the drawer asks for the answer alone."""
        campaign = self._of_reader_of_customers(request, campaign_id)
        customer = get_object_or_404(Customer, pk=customer_id)
        access_log.record(request, AccessLogEntry.Action.VIEW, customer=customer)
        context = self.admin_site.each_context(request) | {
            "title": _("Did %s get it?") % customer.external_id,
            "campaign": campaign,
            "customer": customer,
            "name": customer.name if sees_names(request.user) else mask_name(customer.name),
            "pages": pages_of(campaign) if has_begun(campaign) else [],
            "receipts": [
                (receipt, happenings(receipt.message) if receipt.message else [])
                for receipt in receipts(campaign, customer)
            ],
        }
        is_part = request.headers.get("X-Requested-With") == "fetch"
        return render(request, "campaigns/recipient_part.html" if is_part else "campaigns/recipient.html", context)

    def _of_reader(self, request: HttpRequest, campaign_id: int) -> Campaign:
        """Return the campaign, for whoever may see campaigns and messages."""
        campaign = get_object_or_404(Campaign.objects.own().select_related("segment"), pk=campaign_id)
        if not (self.has_view_permission(request, campaign) and request.user.has_perm("campaigns.view_message")):
            raise PermissionDenied
        return campaign

    def _of_reader_of_customers(self, request: HttpRequest, campaign_id: int) -> Campaign:
        """Return the campaign, for whoever may see single customers besides."""
        if not request.user.has_perm("customers.view_customer"):
            raise PermissionDenied
        return self._of_reader(request, campaign_id)


def _asked(request: HttpRequest) -> Asked:
    """Return what the address asks for; what it does not know, it does not ask for."""
    given = request.GET
    account = given.get("account", "")
    return Asked(
        status=_one_of(given.get("status", ""), Message.Status.values),
        why=_one_of(given.get("why", ""), [*SkipReason.values, *Failure.values]),
        account=int(account[:18]) if account.isascii() and account.isdecimal() else None,
        delivery=_one_of(given.get("delivery", ""), Message.Delivery.values),
        answer=_one_of(given.get("answer", ""), list(ANSWERS)),
    )


def _one_of(value: str, known: list[str]) -> str:
    return value if value in known else ""


def _row(message: Message, *, unmasked: bool) -> dict[str, object]:
    tone, icon = OUTCOME_TONES[Message.Status(message.status)]
    if message.delivery == Message.Delivery.UNDELIVERED:
        tone, icon = "bad", "x"
    customer = message.customer
    return {
        "message": message,
        "customer": customer,
        "name": customer.name if unmasked else mask_name(customer.name),
        "outcome": _outcome(message),
        "tone": tone,
        "icon": icon,
        "why": why(message),
        "kind": kind_label(message.account, message.kind) if message.kind else "",
        "at": message.sent_at or message.sending_at or message.planned_at,
        "url": _receipt_url(message.campaign_id, message.customer_id),
    }


def _outcome(message: Message) -> str:
    if message.is_sandbox and message.sent_at:
        return _("Sent to the sandbox")
    if message.status == Message.Status.SENT and message.delivery:
        return message.get_delivery_display()
    return message.get_status_display()


def _receipt_url(campaign: Campaign | int, customer_id: int) -> str:
    campaign_id = campaign.pk if isinstance(campaign, Campaign) else campaign
    return reverse("admin:campaigns_campaign_recipient", args=[campaign_id, customer_id])
