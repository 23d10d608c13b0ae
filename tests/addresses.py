"""Every address of the product by name, and how to ask for it: whoever adds one adds what its parts mean."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from campaigns.models import (
    Automation,
    AutomationStep,
    AutomationVersion,
    ChannelAccount,
    Journey,
    KakaoTemplate,
    MessagePicture,
    RestrictedCategory,
)
from crm_project.models import ApiKey
from crm_project.read_only_admin import ReadOnlyAdmin
from customers.models import (
    Case,
    ConsentWording,
    Customer,
    CustomerMerge,
    ExportRequest,
    ImportRun,
    Incident,
    Segment,
    SubjectRequest,
    Survey,
    TrackedSite,
    UsageNotice,
)
from loyalty.models import Account, AskedAdjustment, Terminal, TierGrant
from tests.whole_shop import Shop, newest

IMPORT_PAGES = ("look", "start", "cancel", "resume", "anew", "errors")
ADJUSTMENT_ACTS = ("agree", "refuse", "withdraw")
AUTOMATION_ACTS = ("submit", "approve", "return", "edit", "draft", "pause", "resume", "stop", "count")
COUPON_PAGES = ("edit", "start", "stop", "issue", "codes", "download")
SURVEY_PAGES = ("preview", "results", "export", "open", "close", "copy")
CASE_ACTS = ("note", "reply", "assign", "close", "reopen")
DESK_ACTS = ("store", "find", "choose", "leave", "quote", "act", "cancel", "card")
# The pages that Django makes of a registered model.
STOCK_PAGES = ("changelist", "add", "change", "delete", "history")


@dataclass(frozen=True)
class Address:
    """A named pattern: the path to ask for as the shop stands."""

    name: str
    path: str


def names(prefix: str = "") -> set[str]:
    """Return the names of all patterns below a path; a pattern without a name counts by its route."""
    return {name or route for route, name in _patterns(get_resolver()) if route.startswith(prefix)}


def _patterns(resolver: URLResolver, before: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    for each in resolver.url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLPattern):
            yield route, f"{space}{each.name}" if each.name else ""
        else:
            yield from _patterns(each, route, f"{each.namespace}:" if each.namespace else space)


def stock_addresses() -> Iterator[Address]:
    """Yield the stock pages of every registered model, of its newest row where they are of a row."""
    for model in admin.site._registry:
        opts = model._meta
        for page in STOCK_PAGES:
            name = f"admin:{opts.app_label}_{opts.model_name}_{page}"
            args = [] if page in ("changelist", "add") else [newest(model).pk]
            yield Address(name, reverse(name, args=args))


def names_of_refused_forms() -> set[str]:
    """Return the names of the forms that nobody gets, as the rows are for looking at only."""
    models = [model._meta for model, pages in admin.site._registry.items() if isinstance(pages, ReadOnlyAdmin)]
    return {f"admin:{opts.app_label}_{opts.model_name}_{page}" for opts in models for page in ("add", "delete")}


def own_addresses(shop: Shop) -> Iterator[Address]:
    """Yield the pages of ours under /admin/, acts that only a POST does among them."""
    of_campaign = [shop.waiting.pk]
    arguments = {
        "two_factor": [],
        "two_factor_setup": [],
        "kpis": [],
        "spend": [],
        "admin:analytics_marketingspend_import": [],
        "kpi_page": ["rpr"],
        "kpi_people": ["rpr", "denominator"],
        "experiments": [],
        "cohorts": [],
        "slipping": [],
        "feedback": [],
        "channels": [],
        "advice": [],
        "put_advice_away": [],
        "automation_results": [],
        "automation_report": [newest(Automation).pk],
        "campaign_report": [shop.sent.pk],
        "campaign_report_file": [shop.sent.pk],
        "campaign_report_segments": [shop.sent.pk],
        "campaigns_compared": [],
        "search": [],
        "api_docs": [],
        "admin:index": [],
        "admin:campaigns_messagepicture_file": [newest(MessagePicture).pk],
        "admin:password_change": [],
        "admin:password_change_done": [],
        "admin:auth_user_password_change": [newest(User).pk],
        "admin:crm_project_apikey_rotate": [newest(ApiKey).pk],
        "admin:customers_customer_drawer": [newest(Customer).pk],
        "admin:customers_customer_unmask": [newest(Customer).pk],
        "admin:customers_customer_note": [newest(Customer).pk],
        "admin:customers_customer_why": [newest(Customer).pk, newest(Segment).pk],
        "admin:customers_customer_merge": [shop.pair.first_id, shop.pair.second_id],
        "admin:customers_duplicatepair_decide": [shop.pair.pk],
        "admin:customers_customermerge_undo": [newest(CustomerMerge).pk],
        **{f"admin:customers_survey_{page}": [newest(Survey).pk] for page in SURVEY_PAGES},
        **{f"admin:customers_case_{act}": [newest(Case).pk] for act in CASE_ACTS},
        "admin:customers_case_open": [newest(Customer).pk],
        "admin:customers_subjectrequest_open": [],
        "admin:customers_erase": [newest(Customer).pk],
        "admin:customers_access_review": [],
        "admin:customers_access_reviewed": [],
        "admin:customers_processor_policy": [],
        "admin:customers_consents": [],
        "admin:customers_consent_evidence": [],
        "admin:customers_consentwording_publish": [newest(ConsentWording).pk],
        "admin:customers_importrun_columns": [shop.uploaded.pk],
        **{f"admin:customers_importrun_{page}": [newest(ImportRun).pk] for page in IMPORT_PAGES},
        "admin:customers_rfm": [],
        "admin:customers_cycles": [],
        "admin:customers_channels": [],
        "admin:customers_recommendations": [],
        "admin:customers_segment_compare": [],
        "admin:customers_segment_export": [newest(Segment).pk],
        "admin:customers_segment_pseudonyms": [newest(Segment).pk],
        "admin:customers_segment_measure": [],
        "admin:customers_segment_choices": [],
        "admin:customers_segment_refresh": [newest(Segment).pk],
        "admin:customers_trackedsite_check": [newest(TrackedSite).pk],
        "admin:campaigns_account_check": [newest(ChannelAccount).pk],
        "admin:campaigns_account_resume": [newest(ChannelAccount).pk],
        "admin:campaigns_kakaotemplate_fetch": [],
        "admin:campaigns_kakaotemplate_preview": [],
        "admin:campaigns_kakaotemplate_hand_in": [newest(KakaoTemplate).pk],
        "admin:campaigns_kakaotemplate_decide": [newest(KakaoTemplate).pk],
        "admin:campaigns_to_approve": [],
        "admin:campaigns_campaign_preview": [],
        "admin:campaigns_test_addresses": [],
        "admin:campaigns_messagetemplate_picture": ["email_news"],
        "admin:campaigns_campaign_preview_body": [],
        "admin:campaigns_campaign_review": of_campaign,
        "admin:campaigns_campaign_sample_mail": [*of_campaign, shop.waiting.steps.get().variants.get().pk, "typical"],
        "admin:campaigns_campaign_removed": [*of_campaign, "OPTED_OUT"],
        **_of_automations(),
        "admin:campaigns_campaign_progress": [shop.running.pk],
        "admin:campaigns_campaign_recipients": [shop.running.pk],
        "admin:campaigns_campaign_find_recipient": [shop.running.pk],
        "admin:campaigns_campaign_recipient": [shop.running.pk, shop.message.customer_id],
        "admin:campaigns_compliance": [],
        "admin:campaigns_notice_drafts": [],
        "admin:campaigns_penalties": [],
        "admin:campaigns_restriction_ask": [newest(RestrictedCategory).pk],
        "admin:campaigns_restriction_lift": [newest(RestrictedCategory).pk],
        "admin:loyalty_overview": [],
        "admin:loyalty_account_adjust": [newest(Account).pk],
        "admin:loyalty_account_freeze": [newest(Account).pk],
        **{f"admin:loyalty_askedadjustment_{act}": [newest(AskedAdjustment).pk] for act in ADJUSTMENT_ACTS},
        "desk": [],
        **{f"desk_{act}": [] for act in DESK_ACTS},
        "admin:loyalty_terminal_renew": [newest(Terminal).pk],
        "admin:loyalty_tier_ladder": [],
        "admin:loyalty_tier_effect": [],
        "admin:loyalty_tier_customer": [newest(Customer).pk],
        "admin:loyalty_tier_withdraw": [newest(TierGrant).pk],
        "admin:loyalty_simulator": [],
        "admin:loyalty_coupon_preview": [],
        "admin:loyalty_coupon_choices": [],
        **{f"admin:loyalty_coupon_{page}": [shop.coupon.pk] for page in COUPON_PAGES},
        "admin:campaigns_outbox": [],
        "admin:campaigns_outbox_mail": [shop.message.pk],
        "admin:campaigns_outbox_body": [shop.message.pk],
    }
    for model, names in (
        (ExportRequest, ("approve", "refuse", "download", "destroyed")),
        (SubjectRequest, ("close", "told", "copy")),
        (Incident, ("form", "hand_over", "told", "reported", "close")),
        (UsageNotice, ("form", "hand_over", "turn")),
    ):
        arguments |= {f"admin:customers_{model._meta.model_name}_{name}": [newest(model).pk] for name in names}
    acts = ("test", "approve", "return", "revoke", "edit", "cancel", "pause", "resume", "stop", "settle", "recheck")
    arguments |= {f"admin:campaigns_campaign_{act}": of_campaign for act in (*acts, "acknowledge")}
    for name, args in arguments.items():
        yield Address(name, reverse(name, args=args))


def _of_automations() -> dict[str, list[object]]:
    """Return what the pages and acts of automations are asked for with."""
    automation, journey, step = newest(Automation), newest(Journey), newest(AutomationStep)
    waiting = AutomationVersion.objects.filter(status="in_review").latest("pk")
    return {
        **{f"admin:campaigns_automation_{act}": [automation.pk] for act in (*AUTOMATION_ACTS, "add_step")},
        **{f"admin:campaigns_automation_{page}": [journey.automation_id] for page in ("trial", "people")},
        "admin:campaigns_automation_review": [waiting.automation_id],
        "admin:campaigns_recipes": [],
        "admin:campaigns_recipes_count": [],
        "admin:campaigns_recipe_use": ["welcome"],
        "admin:campaigns_automation_journey": [journey.automation_id, journey.pk],
        "admin:campaigns_automation_change_place": [step.version.automation_id, step.pk],
    }
