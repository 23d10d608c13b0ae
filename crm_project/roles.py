"""Who may do what: the roles of a shop's marketing team as Django groups. `manage.py sync_roles` puts it in force."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Role:
    """A role: its group's stable name, how it is shown, and the permissions as "app.codename"."""

    name: str
    label: str | Promise
    explanation: str | Promise
    permissions: frozenset[str]


def _may(actions: str, app: str, models: str) -> frozenset[str]:
    """Return the permission for each action on each model of an app; both are words separated by blanks."""
    return frozenset(f"{app}.{action}_{model}" for action in actions.split() for model in models.split())


_SEES_THE_WORK = (
    _may("view", "customers", "customer consententry consentstate noticeduty consentwording phoneoptout")
    | _may("view", "customers", "customerstats device event order orderline product store")
    | _may("view", "customers", "duplicatepair customermerge customernote")
    | _may("view", "customers", "survey surveyquestion surveyresponse surveyanswer case casenote")
    | _may("view", "customers", "rfmscoring categorycycle productcycle affinityrebuild")
    | _may("view", "customers", "segment segmentmembership segmentmove segmentsize uploadedlist")
    | _may("view", "campaigns", "campaign step variant approval channelaccount")
    | _may("view", "campaigns", "enrollment message inappmessage link hit suppression")
    | _may("view", "campaigns", "automation automationversion automationstep automationdecision journey steptaken")
    | _may("view", "campaigns", "kakaoprofile kakaotemplate messagepicture messagetemplate contentblock")
    | _may("view", "campaigns", "restrictedcategory acknowledgement frequencycap")
    | _may("view", "loyalty", "coupon couponredemption")
    | _may("view", "loyalty", "account askedadjustment ledgercheck dailytotal transaction lot program")
    | _may("view", "loyalty", "tier tierruleversion tierperiod")
    | _may("view", "loyalty", "earningrule earningterms orderaward")
    | _may("view", "loyalty", "referral referralterms")
    | _may("view", "analytics", "attributedorder marketingspend kpitarget")
)
_OPERATES = (
    _SEES_THE_WORK
    | _may("add change delete", "customers", "segment")
    | _may("add delete", "customers", "uploadedlist")
    | _may("add", "customers", "customernote")
    | _may("add change delete", "customers", "survey surveyquestion")
    | _may("add change", "customers", "case")
    | {"customers.merge_customers"}
    | _may("add change delete", "campaigns", "campaign step variant messagetemplate contentblock")
    | _may("add change", "campaigns", "automation automationversion automationstep")
    | _may("view", "customers", "exportrequest subjectrequest processor")
    | _may("view add change", "customers", "incident usagenotice")
    | _may("view add delete", "customers", "guardianconsent")
    | {"customers.export_customers", "customers.export_pseudonyms", "customers.handle_subject_requests"}
    | _may("add change", "campaigns", "suppression")
    | _may("add", "campaigns", "restrictedcategory")
    | _may("add change inspect", "campaigns", "kakaotemplate")
    | _may("add change", "campaigns", "messagepicture")
    | _may("change", "customers", "noticeduty")
    | _may("add change issue", "loyalty", "coupon")
    | _may("change grant", "loyalty", "tier")
    | {"loyalty.adjust_points"}
    | _may("add change delete", "loyalty", "earningrule")
    | _may("add change", "loyalty", "earningterms referralterms")
    | _may("add change", "analytics", "marketingspend")
    | _may("add change delete", "analytics", "kpitarget")
    | _may("add", "analytics", "putawayadvice")
    | _may("view retry", "customers", "webhookdelivery")
    | {"campaigns.send_test", "campaigns.stop_campaign", "campaigns.stop_automation", "customers.import_facts"}
)
_APPROVES = _SEES_THE_WORK | {
    "customers.view_exportrequest",
    "customers.approve_export",
    "customers.view_incident",
    "customers.view_usagenotice",
    "customers.hand_over_notices",
    "campaigns.approve_campaign",
    "loyalty.approve_adjustment",
    "campaigns.lift_restrictedcategory",
    "campaigns.send_test",
    "campaigns.stop_campaign",
    "campaigns.approve_automation",
    "campaigns.stop_automation",
    "campaigns.delete_suppression",
}
_ADMINISTERS = (
    _OPERATES
    | _may("view add change", "auth", "user")
    | _may("view add change", "crm_project", "apikey")
    | _may("view add change", "campaigns", "channelaccount")
    | _may("add change delete", "campaigns", "frequencycap")
    | _may("add change", "campaigns", "kakaoprofile")
    | _may("view add change", "customers", "store")
    | _may("add change delete publish", "customers", "consentwording")
    | _may("view add change", "customers", "webhookendpoint trackedsite")
    | _may("view add change delete", "loyalty", "storestaff")
    | _may("view", "loyalty", "desklookup")
    | _may("view change", "loyalty", "staffalert")
    | _may("view add change", "loyalty", "terminal")
    | _may("view add change delete", "loyalty", "tillstaff")
    | _may("view", "auth", "group")
    | _may("view", "crm_project", "job")
    | _may("view", "customers", "accesslogentry destruction legalperson legalrecord")
    | _may("add change", "customers", "processor")
    | {
        "campaigns.lift_restrictedcategory",
        "customers.export_consent_evidence",
        "crm_project.restart_job",
        "loyalty.download_codes",
        "loyalty.freeze_account",
        # Not the operator, who adjusts points within these limits.
        "loyalty.change_program",
        "customers.view_personal_data",
        "customers.approve_export",
        "customers.hand_over_notices",
        "customers.erase_customers",
    }
)

OPERATOR = Role(
    "operator", _("Operator"), _("Builds segments, writes messages, plans campaigns and reads results."), _OPERATES
)
APPROVER = Role("approver", _("Approver"), _("Checks campaigns and releases or returns them."), _APPROVES)
STORE_STAFF = Role(
    "store staff",
    _("Store staff"),
    _("Serves customers at the desk of a store."),
    frozenset({"customers.view_store", "loyalty.use_desk"}),
)
ANALYST = Role(
    "analyst",
    _("Analyst"),
    _("Reads all results without personal data, and enters marketing spend."),
    _SEES_THE_WORK
    | _may("add change", "analytics", "marketingspend")
    | {"customers.view_exportrequest", "customers.export_pseudonyms"},
)
ADMINISTRATOR = Role(
    "administrator",
    _("Administrator"),
    _("Manages users, sending accounts and API keys, and sees personal data; cannot approve campaigns."),
    _ADMINISTERS,
)
SHOP_SYSTEM = Role(
    "shop system",
    _("Shop system"),
    _("The service account of a machine that sends customers, orders and events through the API."),
    _may("view add change", "customers", "customer device order product store")
    | _may("add", "customers", "event consententry")
    | {"campaigns.view_inappmessage", "campaigns.add_hit", "loyalty.view_membershipcard"}
    | _may("view", "loyalty", "referralcode"),
)
ROLES = (OPERATOR, APPROVER, STORE_STAFF, ANALYST, ADMINISTRATOR, SHOP_SYSTEM)


@transaction.atomic
def put_in_force(roles: Iterable[Role] = ROLES) -> None:
    """Give each role's group exactly the permissions of the table.

    Raises:
        LookupError: the table names a permission that does not exist.
    """
    known = {
        f"{app}.{codename}": pk
        for pk, app, codename in Permission.objects.values_list("pk", "content_type__app_label", "codename")
    }
    for role in roles:
        unknown = sorted(role.permissions - known.keys())
        if unknown:
            raise LookupError(f"The role {role.name!r} names permissions that do not exist: {', '.join(unknown)}.")
        group, _created = Group.objects.get_or_create(name=role.name)
        group.permissions.set(known[name] for name in role.permissions)
