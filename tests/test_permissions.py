"""Who may open, do and ask for what. An address that no table here knows fails: closed by default."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import transaction
from django.db.models import Model
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone, translation
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import DjangoDbBlocker, Settings

from campaigns.fingerprint import fingerprint
from campaigns.models import Approval, Campaign
from crm_project import api_keys, roles
from crm_project.menu_sections import SECTIONS
from crm_project.models import ApiKey, Job
from customers.models import Customer, NoticeDuty, Segment, WebhookDelivery
from loyalty.models import Terminal
from tests import addresses
from tests.factories import make_account, make_webhook_delivery
from tests.whole_shop import Shop, open_shop

ANYBODY, NOBODY = frozenset(), frozenset({"nobody.may"})
# What of each model's stock pages exists for those with Django's permission of that name. A change page opens for
# whoever may view; a password is changed and a user added by those who may change users.
STOCK = {
    "auth_user": "view add change delete",
    "auth_group": "view add change delete",
    "crm_project_apikey": "view add change",
    "crm_project_job": "view",
    "customers_customer": "view",
    "customers_duplicatepair": "view",
    "customers_customermerge": "view",
    "customers_order": "view",
    "customers_product": "view",
    "customers_store": "view",
    "customers_rfmscoring": "view",
    "customers_categorycycle": "view",
    "customers_productcycle": "view",
    "customers_event": "view",
    "customers_importrun": "view add",
    "customers_consententry": "view",
    "customers_noticeduty": "view",
    "customers_consentwording": "view add change delete",
    "customers_phoneoptout": "view",
    "customers_accesslogentry": "view",
    "customers_exportrequest": "view",
    "customers_subjectrequest": "view",
    "customers_incident": "view add change",
    "customers_usagenotice": "view add change",
    "customers_survey": "view add change delete",
    "customers_case": "view",
    "customers_destruction": "view",
    "customers_legalperson": "view",
    "customers_processor": "view add change delete",
    "customers_guardianconsent": "view add delete",
    "customers_segment": "view add change delete",
    "customers_uploadedlist": "view add delete",
    "customers_affinityrebuild": "view",
    "customers_webhookendpoint": "view add change",
    "customers_webhookdelivery": "view",
    "customers_trackedsite": "view add change",
    "loyalty_account": "view",
    "loyalty_askedadjustment": "view",
    "loyalty_program": "view",
    "loyalty_ledgercheck": "view",
    "loyalty_dailytotal": "view",
    "loyalty_transaction": "view",
    "loyalty_lot": "view",
    "loyalty_tierperiod": "view",
    "loyalty_coupon": "view add change",
    "loyalty_storestaff": "view add change delete",
    "loyalty_desklookup": "view",
    "loyalty_staffalert": "view change",
    "loyalty_earningrule": "view add change delete",
    "loyalty_earningterms": "view add change",
    "loyalty_orderaward": "view",
    "loyalty_referral": "view",
    "loyalty_referralterms": "view add change",
    "loyalty_couponredemption": "view",
    "loyalty_terminal": "view add change",
    "loyalty_tillstaff": "view add change delete",
    "loyalty_tier": "view",
    "loyalty_tierruleversion": "view",
    "campaigns_channelaccount": "view add change delete",
    "campaigns_frequencycap": "view add change delete",
    "campaigns_kakaoprofile": "view add change delete",
    "campaigns_kakaotemplate": "view add change delete",
    "campaigns_messagetemplate": "view add change delete",
    "campaigns_contentblock": "view add change delete",
    "campaigns_messagepicture": "view add change delete",
    "campaigns_restrictedcategory": "view add",
    "campaigns_suppression": "view add change",
    "campaigns_campaign": "view add change delete",
    "campaigns_automation": "view add change",
    "campaigns_message": "view",
    "analytics_marketingspend": "view add change delete",
    "analytics_kpitarget": "view add change delete",
    "analytics_attributedorder": "view",
}
# Models whose pages one permission opens, which is not Django's.
ONE_PERMISSION = {"customers_importrun": "customers.import_facts"}
# What opens a page of ours: all of these permissions; of a set in brackets any one.
OWN = {
    "two_factor": ANYBODY,
    "two_factor_setup": ANYBODY,
    "admin:index": ANYBODY,
    "admin:password_change": ANYBODY,
    "admin:password_change_done": ANYBODY,
    "search": ANYBODY,
    "api_docs": ANYBODY,
    "kpis": {"analytics.view_attributedorder"},
    "cohorts": {"analytics.view_attributedorder"},
    "experiments": {"campaigns.view_campaign", "analytics.view_attributedorder"},
    "channels": {"analytics.view_attributedorder"},
    "advice": {"analytics.view_attributedorder"},
    "automation_results": {
        "campaigns.view_automation",
        "campaigns.view_campaign",
        "analytics.view_attributedorder",
    },
    "automation_report": {
        "campaigns.view_automation",
        "campaigns.view_campaign",
        "analytics.view_attributedorder",
    },
    "feedback": {"customers.view_surveyresponse"},
    "admin:customers_survey_preview": {"customers.view_survey"},
    "admin:customers_survey_results": {"customers.view_survey"},
    "slipping": {"analytics.view_attributedorder", "customers.view_customer"},
    "spend": {"analytics.view_marketingspend"},
    "admin:analytics_marketingspend_import": {"analytics.add_marketingspend", "analytics.change_marketingspend"},
    "kpi_page": {"analytics.view_attributedorder"},
    "kpi_people": {"analytics.view_attributedorder", "customers.view_customer"},
    "admin:loyalty_overview": {"loyalty.view_dailytotal"},
    "desk": {"loyalty.use_desk"},
    "admin:loyalty_tier_ladder": {"loyalty.change_tier"},
    "admin:loyalty_tier_customer": {"loyalty.view_tier", "customers.view_customer"},
    "admin:loyalty_simulator": {"loyalty.view_earningrule"},
    "admin:loyalty_coupon_edit": {"loyalty.change_coupon"},
    "admin:loyalty_coupon_issue": {"loyalty.issue_coupon"},
    "admin:loyalty_coupon_codes": {"loyalty.issue_coupon"},
    "admin:loyalty_coupon_choices": {("loyalty.add_coupon", "loyalty.change_coupon")},
    "admin:customers_rfm": {"customers.view_rfmscoring"},
    "admin:customers_cycles": {"customers.view_categorycycle"},
    "admin:customers_channels": {"customers.view_customerstats"},
    "campaign_report": {"campaigns.view_campaign", "analytics.view_attributedorder"},
    "campaign_report_file": {"campaigns.view_campaign", "analytics.view_attributedorder"},
    "campaign_report_segments": {
        "campaigns.view_campaign",
        "analytics.view_attributedorder",
        "customers.view_segment",
    },
    "campaigns_compared": {"campaigns.view_campaign", "analytics.view_attributedorder"},
    "admin:auth_user_password_change": {"auth.change_user"},
    "admin:customers_customer_drawer": {"customers.view_customer"},
    "admin:customers_customer_why": {"customers.view_customer", "customers.view_segment"},
    "admin:customers_customer_merge": {"customers.view_customer", "customers.merge_customers"},
    "admin:customers_importrun_columns": {"customers.import_facts"},
    "admin:customers_importrun_errors": {"customers.import_facts"},
    "admin:customers_subjectrequest_open": {"customers.handle_subject_requests"},
    "admin:customers_incident_form": {"customers.view_incident", "customers.change_incident"},
    "admin:customers_usagenotice_form": {"customers.view_usagenotice", "customers.change_usagenotice"},
    "admin:customers_erase": {"customers.view_customer", "customers.erase_customers"},
    "admin:customers_access_review": {"customers.view_accesslogentry"},
    "admin:customers_processor_policy": {"customers.view_processor"},
    "admin:customers_consents": {"customers.view_consentstate"},
    "admin:customers_consent_evidence": {"customers.export_consent_evidence"},
    "admin:customers_trackedsite_check": {"customers.view_trackedsite"},
    "admin:customers_recommendations": {"customers.view_affinityrebuild"},
    "admin:customers_segment_compare": {"customers.view_segment"},
    "admin:customers_segment_export": {"customers.view_segment", "customers.export_customers"},
    "admin:customers_segment_pseudonyms": {"customers.view_segment", "customers.export_pseudonyms"},
    "admin:customers_segment_choices": {("customers.add_segment", "customers.change_segment")},
    "admin:campaigns_to_approve": ANYBODY,  # leads to the list, which asks
    "admin:campaigns_campaign_preview_body": {("campaigns.add_campaign", "campaigns.change_campaign")},
    "admin:campaigns_test_addresses": {"campaigns.send_test"},
    "admin:campaigns_messagetemplate_picture": {"campaigns.view_messagetemplate"},
    "admin:campaigns_messagepicture_file": {"campaigns.view_messagepicture"},
    "admin:campaigns_campaign_review": {"campaigns.view_campaign"},
    "admin:campaigns_campaign_sample_mail": {"campaigns.view_campaign"},
    "admin:campaigns_campaign_removed": {"campaigns.view_campaign"},
    "admin:campaigns_campaign_progress": {"campaigns.view_campaign"},
    "admin:campaigns_campaign_recipients": {"campaigns.view_campaign", "campaigns.view_message"},
    "admin:campaigns_campaign_recipient": {"campaigns.view_campaign", "campaigns.view_message"},
    "admin:campaigns_campaign_find_recipient": {
        "campaigns.view_campaign",
        "campaigns.view_message",
        "customers.view_customer",
    },
    "admin:campaigns_recipes": {"campaigns.view_automation"},
    "admin:campaigns_automation_review": {"campaigns.view_automation"},
    "admin:campaigns_automation_trial": {"campaigns.view_automation"},
    "admin:campaigns_automation_people": {"campaigns.view_automation", "campaigns.view_journey"},
    "admin:campaigns_automation_journey": {
        "campaigns.view_automation",
        "campaigns.view_journey",
        "customers.view_customer",
    },
    "admin:campaigns_compliance": {"customers.view_noticeduty"},
    "admin:campaigns_penalties": ANYBODY,
    "admin:campaigns_outbox": {"campaigns.view_message"},
    "admin:campaigns_outbox_mail": {"campaigns.view_message"},
    "admin:campaigns_outbox_body": {"campaigns.view_message"},
}
# What only a POST does, and the permissions it takes.
ACTS = {
    "put_advice_away": {"analytics.view_attributedorder", "analytics.add_putawayadvice"},
    "admin:customers_customer_unmask": {"customers.view_customer", "customers.view_personal_data"},
    "admin:customers_customer_note": {"customers.view_customer", "customers.add_customernote"},
    "admin:customers_duplicatepair_decide": {"customers.merge_customers"},
    "admin:customers_customermerge_undo": {"customers.merge_customers"},
    "admin:crm_project_apikey_rotate": {"crm_project.change_apikey"},
    "admin:customers_exportrequest_approve": {"customers.view_exportrequest", "customers.approve_export"},
    "admin:customers_exportrequest_refuse": {"customers.view_exportrequest", "customers.approve_export"},
    "admin:customers_exportrequest_download": {"customers.view_exportrequest", "customers.export_customers"},
    "admin:customers_exportrequest_destroyed": {"customers.view_exportrequest", "customers.export_pseudonyms"},
    "admin:customers_survey_open": {"customers.change_survey"},
    "admin:customers_survey_close": {"customers.change_survey"},
    "admin:customers_survey_copy": {"customers.change_survey", "customers.add_survey"},
    "admin:customers_survey_export": {
        *("customers.view_survey", "customers.view_surveyanswer", "customers.export_customers"),
    },
    "admin:customers_case_open": {"customers.add_case"},
    **{f"admin:customers_case_{act}": {"customers.view_case", "customers.change_case"} for act in addresses.CASE_ACTS},
    "admin:customers_subjectrequest_close": {"customers.view_subjectrequest", "customers.handle_subject_requests"},
    "admin:customers_subjectrequest_told": {"customers.view_subjectrequest", "customers.handle_subject_requests"},
    "admin:customers_subjectrequest_copy": {
        "customers.view_subjectrequest",
        "customers.handle_subject_requests",
        "customers.view_personal_data",
    },
    "admin:customers_incident_hand_over": {"customers.view_incident", "customers.hand_over_notices"},
    **{
        f"admin:customers_incident_{act}": {"customers.view_incident", "customers.change_incident"}
        for act in ("told", "reported", "close")
    },
    "admin:customers_usagenotice_hand_over": {"customers.view_usagenotice", "customers.hand_over_notices"},
    "admin:customers_usagenotice_turn": {"customers.view_usagenotice", "customers.change_usagenotice"},
    "admin:customers_access_reviewed": {"customers.view_accesslogentry"},
    "admin:customers_consentwording_publish": {"customers.publish_consentwording"},
    "admin:customers_importrun_look": {"customers.import_facts"},
    "admin:customers_importrun_start": {"customers.import_facts"},
    "admin:customers_importrun_cancel": {"customers.import_facts"},
    "admin:customers_importrun_resume": {"customers.import_facts"},
    "admin:customers_importrun_anew": {"customers.import_facts"},
    "admin:customers_segment_measure": {("customers.add_segment", "customers.change_segment")},
    "admin:customers_segment_refresh": {"customers.change_segment"},
    **{f"desk_{act}": {"loyalty.use_desk"} for act in addresses.DESK_ACTS},
    "admin:loyalty_tier_effect": {"loyalty.change_tier"},
    "admin:loyalty_tier_withdraw": {"loyalty.grant_tier"},
    "admin:loyalty_account_adjust": {"loyalty.adjust_points", "loyalty.view_account"},
    "admin:loyalty_account_freeze": {"loyalty.freeze_account", "loyalty.view_account"},
    "admin:loyalty_askedadjustment_agree": {"loyalty.approve_adjustment", "loyalty.view_askedadjustment"},
    "admin:loyalty_askedadjustment_refuse": {"loyalty.approve_adjustment", "loyalty.view_askedadjustment"},
    "admin:loyalty_askedadjustment_withdraw": {"loyalty.adjust_points", "loyalty.view_askedadjustment"},
    "admin:loyalty_coupon_preview": {("loyalty.add_coupon", "loyalty.change_coupon")},
    "admin:loyalty_coupon_start": {"loyalty.change_coupon"},
    "admin:loyalty_coupon_stop": {"loyalty.change_coupon"},
    "admin:loyalty_coupon_download": {"loyalty.download_codes"},
    "admin:loyalty_terminal_renew": {"loyalty.change_terminal"},
    "admin:campaigns_account_check": {"campaigns.change_channelaccount"},
    "admin:campaigns_account_resume": {"campaigns.change_channelaccount"},
    "admin:campaigns_kakaotemplate_fetch": {"campaigns.inspect_kakaotemplate"},
    "admin:campaigns_kakaotemplate_preview": {("campaigns.add_kakaotemplate", "campaigns.change_kakaotemplate")},
    "admin:campaigns_kakaotemplate_hand_in": {"campaigns.inspect_kakaotemplate"},
    "admin:campaigns_kakaotemplate_decide": {"campaigns.inspect_kakaotemplate"},
    "admin:campaigns_campaign_preview": {("campaigns.add_campaign", "campaigns.change_campaign")},
    "admin:campaigns_campaign_test": {"campaigns.view_campaign", "campaigns.send_test"},
    "admin:campaigns_campaign_approve": {"campaigns.view_campaign", "campaigns.approve_campaign"},
    "admin:campaigns_campaign_return": {"campaigns.view_campaign", "campaigns.approve_campaign"},
    "admin:campaigns_campaign_revoke": {"campaigns.view_campaign", "campaigns.approve_campaign"},
    "admin:campaigns_campaign_edit": {"campaigns.change_campaign"},
    "admin:campaigns_campaign_cancel": {"campaigns.change_campaign"},
    "admin:campaigns_campaign_pause": {"campaigns.view_campaign", "campaigns.stop_campaign"},
    "admin:campaigns_campaign_resume": {"campaigns.view_campaign", "campaigns.stop_campaign"},
    "admin:campaigns_campaign_stop": {"campaigns.view_campaign", "campaigns.stop_campaign"},
    "admin:campaigns_campaign_recheck": {
        "campaigns.view_campaign",
        ("campaigns.change_campaign", "campaigns.approve_campaign"),
    },
    "admin:campaigns_campaign_acknowledge": {"campaigns.view_campaign", "campaigns.change_campaign"},
    "admin:campaigns_recipes_count": {"campaigns.add_automation"},
    "admin:campaigns_recipe_use": {"campaigns.add_automation"},
    "admin:campaigns_automation_add_step": {"campaigns.change_automation"},
    "admin:campaigns_automation_change_place": {"campaigns.change_automation"},
    **{f"admin:campaigns_automation_{act}": {"campaigns.change_automation"} for act in ("submit", "edit", "draft")},
    **{
        f"admin:campaigns_automation_{act}": {"campaigns.view_automation", "campaigns.approve_automation"}
        for act in ("approve", "return")
    },
    "admin:campaigns_automation_count": {"campaigns.view_automation"},
    **{
        f"admin:campaigns_automation_{act}": {"campaigns.view_automation", "campaigns.stop_automation"}
        for act in ("pause", "resume", "stop")
    },
    "admin:campaigns_notice_drafts": {"campaigns.change_campaign"},
    "admin:campaigns_restriction_ask": {"campaigns.lift_restrictedcategory"},
    "admin:campaigns_restriction_lift": {"campaigns.lift_restrictedcategory"},
    "admin:campaigns_campaign_settle": {"campaigns.view_campaign", "campaigns.stop_campaign"},
}
# Acts on a campaign, each with a status in which it changes something.
WORKS_IN = {
    "approve": "in_review",
    "return": "in_review",
    "edit": "in_review",
    "cancel": "in_review",
    "revoke": "scheduled",
    "pause": "active",
    "stop": "active",
    "settle": "active",
    "resume": "paused",
}
# A form that may be looked at is sent by those who may change.
ONLY_TO_CHANGE = {
    f"admin:{model}_change": {f"{model.rpartition('_')[0]}.change_{model.rpartition('_')[2]}"}
    if "change" in may
    else set(NOBODY)
    for model, may in STOCK.items()
}
# Pages that are no form for this reader.
LEADS_ELSEWHERE = {
    "admin:customers_case_change",
    "admin:customers_exportrequest_change",
    "admin:customers_incident_change",
    "admin:customers_usagenotice_change",
    "admin:customers_subjectrequest_change",
    "admin:customers_categorycycle_change",
    "admin:customers_productcycle_change",
    "admin:customers_duplicatepair_change",
    "admin:customers_customermerge_change",
    "admin:customers_customer_change",
    "admin:campaigns_campaign_change",
    "admin:customers_segment_change",
    "admin:loyalty_account_change",
}
# Actions on ticked rows of a list, and the permissions they take.
BULK_ACTS = {
    "remove_second_factor": {"auth.change_user"},
    "revoke": {"crm_project.change_apikey"},
    "revoke_tills": {"loyalty.change_terminal"},
    "restart": {"crm_project.restart_job"},
    "look_again": {"customers.retry_webhookdelivery"},
    "settle": {"customers.retry_webhookdelivery"},
    "mark_done": {"customers.change_noticeduty"},
    "delete_selected": {"campaigns.delete_channelaccount"},
}
# What each call of the API takes: the way it is asked, and the name of its address.
API = {
    ("POST", "api_customers"): {"customers.add_customer", "customers.change_customer"},
    ("POST", "api_stores"): {"customers.add_store", "customers.change_store"},
    ("POST", "api_products"): {"customers.add_product", "customers.change_product"},
    ("POST", "api_orders"): {"customers.add_order", "customers.change_order"},
    ("POST", "api_events"): {"customers.add_event"},
    ("POST", "api_consents"): {"customers.add_consententry"},
    ("POST", "api_devices"): {"customers.add_device", "customers.change_device"},
    ("GET", "api_devices"): {"customers.view_device"},
    ("GET", "api_in_app"): {"campaigns.view_inappmessage"},
    ("GET", "api_member_code"): {"loyalty.view_membershipcard"},
    ("GET", "api_referral_link"): {"loyalty.view_referralcode"},
    ("POST", "api_message_reports"): {"campaigns.add_hit"},
    ("GET", "api_customers"): {"customers.view_customer"},
    ("GET", "api_customer"): {"customers.view_customer"},
    ("GET", "api_stores"): {"customers.view_store"},
    ("GET", "api_products"): {"customers.view_product"},
    ("GET", "api_product"): {"customers.view_product"},
    ("GET", "api_orders"): {"customers.view_order"},
    ("GET", "api_order"): {"customers.view_order"},
    ("GET", "api_events"): {"customers.view_event"},
    ("GET", "api_consents"): {"customers.view_consententry"},
    ("POST", "api_segments"): {"customers.add_segment"},
    ("GET", "api_segments"): {"customers.view_segment"},
    ("GET", "api_segment"): {"customers.view_segment"},
    ("GET", "api_members"): {"customers.view_segment", "customers.view_segmentmembership"},
    ("GET", "api_member"): {"customers.view_segment", "customers.view_customer"},
    ("GET", "kpi"): {"analytics.view_attributedorder"},
}
# What is asked for by name; nothing of these is there, which only those learn who may ask.
ONE_OF = {
    "kpi": ["rpr"],
    "api_customer": ["none"],
    "api_product": ["none"],
    "api_order": ["none"],
    "api_segment": [0],
    "api_members": [0],
    "api_member": [0, "none"],
}
# Before or after a log-in, or what Django's admin serves to any staff and answers by the permissions it finds there.
OTHERS = {
    "admin:login",
    "admin:logout",
    "admin:autocomplete",
    "admin:jsi18n",
    "admin:view_on_site",
    "admin:app_list",
    "design",
}
# What answers an allowed reader with another page that fits.
LEADS_ON = {
    "admin:campaigns_campaign_find_recipient",
    "admin:campaigns_to_approve",
    "admin:campaigns_campaign_change",
    "admin:customers_duplicatepair_change",
    "two_factor",
}
# Reading is written down, as the law wants.
WRITTEN_BY_READING = (Session, LogEntry, apps.get_model("customers", "AccessLogEntry"))
WHO = [*(role.name for role in roles.ROLES), "nobody in particular"]


@pytest.fixture(scope="module")
def opened(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Shop, dict[str, Path]]]:
    """A shop filled once for all tests here, with its folders. Rolled back in the end, as each test is before."""
    folder = tmp_path_factory.mktemp("shop")
    folders = {"IMPORT_DIR": folder / "imports", "OUTBOX_DIR": folder / "outbox"}
    with django_db_blocker.unblock(), transaction.atomic():
        translation.deactivate()
        with override_settings(**folders):
            shop = open_shop()
        yield shop, folders
        transaction.set_rollback(True)


@pytest.fixture
def shop(opened: tuple[Shop, dict[str, Path]], db: None, settings: Settings, caplog: pytest.LogCaptureFixture) -> Shop:
    """The shop, with everything as it was when it was filled."""
    caplog.set_level(logging.ERROR, "django.request")  # of thousands of refusals, each with its traceback
    cache.clear()
    shop, folders = opened
    for name, folder in folders.items():
        setattr(settings, name, folder)
    return shop


def staff(who: str) -> tuple[User, frozenset[str]]:
    """Return a member of staff in that role, and the permissions they hold."""
    user = User.objects.create_user(f"one of {who}", is_staff=True)
    user.groups.set(Group.objects.filter(name=who))
    held = Permission.objects.filter(group__user=user).values_list("content_type__app_label", "codename")
    return user, frozenset(f"{app}.{codename}" for app, codename in held)


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def is_allowed(held: frozenset[str], needed: set) -> bool:
    return all(held & set(each) if isinstance(each, tuple) else each in held for each in needed)


def stock_needs() -> dict[str, set]:
    """Return what opens each stock page."""
    return {f"admin:{model}_{page}": _stock_need(model, page) for model in STOCK for page in addresses.STOCK_PAGES}


def _stock_need(model: str, page: str) -> set:
    app, _underscore, name = model.rpartition("_")
    may = STOCK[model].split()
    if model in ONE_PERMISSION and page != "delete":
        return {ONE_PERMISSION[model]}
    if page == "add" and model == "auth_user":
        return {"auth.add_user", "auth.change_user"}
    if page in ("add", "delete"):
        return {f"{app}.{page}_{name}"} if page in may else set(NOBODY)
    return {tuple(f"{app}.{action}_{name}" for action in may if action in ("view", "change"))}


def rows() -> dict[type[Model], list[dict]]:
    """Return everything that is stored, but for what reading writes."""
    return {
        model: list(model._base_manager.order_by("pk").values())
        for model in apps.get_models()
        if model not in WRITTEN_BY_READING
    }


def acts(shop: Shop) -> Iterator[addresses.Address]:
    yield from (each for each in addresses.own_addresses(shop) if each.name in ACTS)


def test_every_address_of_the_admin_is_in_a_table():
    catch_all, short_forms = (
        "admin/(?P<url>.*)$",
        {name for name in addresses.names("admin/") if "<path:object_id>" in name},
    )

    known = {*stock_needs(), *OWN, *ACTS, *OTHERS, catch_all, "admin/"} | short_forms

    assert addresses.names("admin/") - known == set()


def test_the_menu_offers_a_page_to_those_only_who_may_open_it():
    needed = stock_needs() | OWN
    entries = [entry for section in SECTIONS for entry in section.entries]

    held = {entry.url_name: frozenset(entry.permissions) for entry in entries}

    assert held.keys() <= needed.keys() | OTHERS
    assert [name for name in held if not is_allowed(held[name], needed.get(name, ANYBODY))] == []


def test_every_address_of_a_table_is_asked_for(shop):
    asked = {each.name for each in (*addresses.stock_addresses(), *addresses.own_addresses(shop))}

    assert asked == {*stock_needs(), *OWN, *ACTS}


def test_every_address_of_the_api_is_in_the_table():
    # Those of tills take a till's credential, and no permission: tests/loyalty/till.
    assert addresses.names("api/v1/") - addresses.names("api/v1/till/") == {name for _method, name in API}


def test_nobody_gets_a_page_without_a_log_in(shop, client):
    before = rows()
    log_in = reverse("admin:login")

    answers = {each.path: client.get(each.path) for each in all_addresses(shop)}
    answers |= {f"POST {each.path}": client.post(each.path) for each in all_addresses(shop)}

    open_to_all = {
        path for path, answer in answers.items() if not answer.headers.get("Location", "").startswith(log_in)
    }
    assert open_to_all == set()
    assert rows() == before


def all_addresses(shop: Shop) -> list[addresses.Address]:
    return [*addresses.stock_addresses(), *addresses.own_addresses(shop)]


@pytest.mark.slow
@pytest.mark.parametrize("who", WHO)
def test_a_page_opens_for_those_who_hold_its_permissions_and_changes_nothing(shop, who):
    user, held = staff(who)
    client, needs = signed_in(user), stock_needs() | OWN
    asked = [each for each in all_addresses(shop) if each.name in needs]
    before = rows()

    found = {each.name: client.get(each.path).status_code for each in asked}

    wrongly_open = {name for name, code in found.items() if code in (200, 302) and not is_allowed(held, needs[name])}
    wrongly_closed = {name: code for name, code in found.items() if code != 200 and is_allowed(held, needs[name])}
    assert wrongly_open == set()
    assert {name for name, code in wrongly_closed.items() if code != 302} | (wrongly_closed.keys() - LEADS_ON) == set()
    assert rows() == before


def test_what_only_a_post_does_refuses_to_be_looked_at(shop):
    client = signed_in(User.objects.create_superuser("administrator"))

    assert {each.name: client.get(each.path).status_code for each in acts(shop)} == dict.fromkeys(ACTS, 405)


@pytest.mark.slow
@pytest.mark.parametrize("who", WHO)
def test_an_act_without_its_permission_changes_nothing(shop, who):
    user, held = staff(who)
    client, before = signed_in(user), rows()
    refused = [each for each in acts(shop) if not is_allowed(held, ACTS[each.name])]
    words = {"note": "why", "reason": "why", "outcome": "sent", "rule": '{"all": []}'}

    answers = {each.name: client.post(each.path, words).status_code for each in refused}

    # A campaign's page says in words why an act is refused to somebody who may see the campaign.
    sees = {"admin:campaigns_campaign_" in name and "campaigns.view_campaign" in held for name in answers}
    assert set(answers.values()) <= ({302, 403} if True in sees else {403})
    assert rows() == before


def state_of(campaign: Campaign) -> list:
    """Return what acts change of a campaign."""
    of_it = [Campaign.objects.filter(pk=campaign.pk), campaign.messages.all(), campaign.approvals.all()]
    return [list(found.order_by("pk").values()) for found in of_it]


@pytest.mark.parametrize(("act", "status"), WORKS_IN.items())
def test_an_act_changes_a_campaign_for_who_may_and_for_nobody_else(shop, act, status):
    campaign = shop.running if status == "active" else shop.waiting
    approved = {"decision": "approved", "decided_by": shop.approver, "fingerprint": fingerprint(campaign)}
    Approval.objects.create(campaign=campaign, **approved)
    Campaign.objects.filter(pk=campaign.pk).update(status=status)
    before, name = state_of(campaign), f"admin:campaigns_campaign_{act}"
    url = reverse(name, args=[campaign.pk])
    words = {"note": "why", "outcome": "sent", "seen": approved["fingerprint"]}

    for who in WHO:
        user, held = staff(who)
        if not is_allowed(held, ACTS[name]):
            signed_in(user).post(url, words)
    after = state_of(campaign)
    signed_in(User.objects.create_superuser("administrator")).post(url, words)

    assert after == before
    assert state_of(campaign) != before


@pytest.mark.slow
@pytest.mark.parametrize("who", WHO)
def test_a_form_sent_without_its_permission_changes_nothing(shop, who):
    user, held = staff(who)
    client, needs, before = signed_in(user), stock_needs() | ONLY_TO_CHANGE, rows()
    forms = [each for each in addresses.stock_addresses() if each.name.endswith(("_add", "_change", "_delete"))]
    refused = [each for each in forms if not is_allowed(held, needs[each.name])]

    answers = {each.name: client.post(each.path, {"post": "yes", "name": "changed"}).status_code for each in refused}

    assert {name for name, code in answers.items() if code != 403} <= LEADS_ELSEWHERE
    assert rows() == before


def row_to_tick(action: str) -> Model:
    """Return a row that the action changes."""
    match action:
        case "remove_second_factor":
            user = User.objects.create_user("lost the phone")
            return TOTPDevice.objects.create(user=user, confirmed=True).user
        case "revoke":
            return ApiKey.objects.filter(revoked_at=None).latest("pk")
        case "revoke_tills":
            return Terminal.objects.filter(revoked_at=None).latest("pk")
        case "restart":
            job = "crm_project.tasks.wake_forgotten_kicks"
            return Job.objects.create(name=job, cluster="default", starts=5, parked_at=timezone.now())
        case "look_again":
            return make_webhook_delivery(state=WebhookDelivery.State.FAILED, body="{}")
        case "settle":
            return make_webhook_delivery(state=WebhookDelivery.State.TO_FETCH)
        case "mark_done":
            return NoticeDuty.objects.filter(done_at=None).latest("pk")
    return make_account()


def tick(client: Client, action: str, row: Model) -> None:
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_changelist")
    client.post(url, {"action": action, "_selected_action": [row.pk], "post": "yes", "how": "by letter"})


@pytest.mark.parametrize("who", WHO)
def test_an_action_on_ticked_rows_without_its_permission_changes_nothing(shop, who):
    user, held = staff(who)
    refused = {action: row_to_tick(action) for action, needed in BULK_ACTS.items() if not is_allowed(held, needed)}
    client, before = signed_in(user), rows()

    for action, row in refused.items():
        tick(client, action, row)

    assert refused != {}
    assert rows() == before


@pytest.mark.parametrize("action", BULK_ACTS)
def test_an_action_on_ticked_rows_changes_them_for_who_may(shop, action):
    row = row_to_tick(action)
    client, before = signed_in(User.objects.create_superuser("administrator")), rows()

    tick(client, action, row)

    assert rows() != before


@pytest.mark.parametrize("call", API, ids=" ".join)
@pytest.mark.parametrize("key", ["none", "wrong", "without permissions", "revoked"])
def test_the_api_refuses_who_may_not(db, client, call, key):
    cache.clear()
    machine = User.objects.create_user("machine")
    made, text = api_keys.make(name="machine", user=machine)
    if key == "revoked":
        machine.is_superuser = True
        machine.save()
        api_keys.revoke(made)
    shown = {"none": {}, "wrong": {"Authorization": f"Bearer {text}x"}}.get(key, {"Authorization": f"Bearer {text}"})
    before = Customer.objects.count(), Segment.objects.count()

    code = _ask(client, call, shown)

    assert code == (403 if key == "without permissions" else 401)
    assert (Customer.objects.count(), Segment.objects.count()) == before


@pytest.mark.parametrize("call", API, ids=" ".join)
def test_the_api_serves_a_key_with_its_permissions_and_no_others(db, client, call):
    cache.clear()
    machine = User.objects.create_user("machine")
    for permission in API[call]:
        app, codename = permission.split(".")
        machine.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    text = api_keys.make(name="machine", user=machine)[1]

    refused = (401, 403)
    served = {other for other in API if _ask(client, other, {"Authorization": f"Bearer {text}"}) not in refused}

    assert served == {other for other in API if API[other] <= API[call]}


def _ask(client: Client, call: tuple[str, str], headers: dict[str, str]) -> int:
    method, name = call
    path = reverse(name, args=ONE_OF.get(name, []))
    if method == "GET":
        return client.get(path, headers=headers).status_code
    return client.post(path, json.dumps([]), "application/json", headers=headers).status_code
