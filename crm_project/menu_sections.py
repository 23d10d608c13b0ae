"""What stands in the menu: sections in the order of the flow, with the permission that each page takes."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the menu. `key` names its count; without a permission all staff may see it, `also` are further ones."""

    key: str
    label: str | Promise
    url_name: str
    permission: str = ""
    also: tuple[str, ...] = ()

    @property
    def permissions(self) -> tuple[str, ...]:
        """Return all that the page takes."""
        return (self.permission, *self.also) if self.permission else ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the flow; its first visible entry is where its own link leads. `letter`: g and this goes there."""

    label: str | Promise
    icon: str
    letter: str
    entries: tuple[Entry, ...]


RESULTS = "analytics.view_attributedorder"
OF_CAMPAIGNS = ("campaigns.view_campaign",)
OF_AUTOMATION = ("campaigns.view_automation", "campaigns.view_campaign")

SECTIONS = (
    Section(_("Home"), "house", "h", (Entry("home", _("Home"), "admin:index"),)),
    Section(
        _("Customers"),
        "users",
        "u",
        (
            Entry("customers", _("Customers"), "admin:customers_customer_changelist", "customers.view_customer"),
            Entry(
                "duplicates",
                _("Duplicates"),
                "admin:customers_duplicatepair_changelist",
                "customers.view_duplicatepair",
            ),
            Entry("surveys", _("Surveys"), "admin:customers_survey_changelist", "customers.view_survey"),
            Entry("cases", _("Cases"), "admin:customers_case_changelist", "customers.view_case"),
            Entry("rfm", "RFM", "admin:customers_rfm", "customers.view_rfmscoring"),
            Entry("cycles", _("Purchase cycles"), "admin:customers_cycles", "customers.view_categorycycle"),
            Entry(
                "recommendations",
                _("Recommendations"),
                "admin:customers_recommendations",
                "customers.view_affinityrebuild",
            ),
            Entry("places", _("Stores and online"), "admin:customers_channels", "customers.view_customerstats"),
            Entry("orders", _("Orders"), "admin:customers_order_changelist", "customers.view_order"),
            Entry("products", _("Products"), "admin:customers_product_changelist", "customers.view_product"),
            Entry("events", _("Visits and events"), "admin:customers_event_changelist", "customers.view_event"),
            Entry("imports", _("Imports"), "admin:customers_importrun_changelist", "customers.import_facts"),
        ),
    ),
    Section(
        _("Segments"),
        "chart-pie",
        "s",
        (Entry("segments", _("Segments"), "admin:customers_segment_changelist", "customers.view_segment"),),
    ),
    Section(
        _("Campaigns"),
        "megaphone",
        "c",
        (
            Entry("campaigns", _("Campaigns"), "admin:campaigns_campaign_changelist", "campaigns.view_campaign"),
            Entry("approvals", _("To approve"), "admin:campaigns_to_approve", "campaigns.view_approval"),
        ),
    ),
    Section(
        _("Automation"),
        "workflow",
        "a",
        (
            Entry("automations", _("Automation"), "admin:campaigns_automation_changelist", "campaigns.view_automation"),
            Entry("recipes", _("Recipes"), "admin:campaigns_recipes", "campaigns.view_automation"),
        ),
    ),
    Section(
        _("Messages"),
        "mail",
        "m",
        (
            Entry("messages", _("Sent messages"), "admin:campaigns_message_changelist", "campaigns.view_message"),
            Entry(
                "kakao_templates",
                _("AlimTalk templates"),
                "admin:campaigns_kakaotemplate_changelist",
                "campaigns.view_kakaotemplate",
            ),
            Entry(
                "kakao_profiles",
                _("KakaoTalk channels"),
                "admin:campaigns_kakaoprofile_changelist",
                "campaigns.view_kakaoprofile",
            ),
            Entry(
                "pictures",
                _("Pictures"),
                "admin:campaigns_messagepicture_changelist",
                "campaigns.view_messagepicture",
            ),
            Entry(
                "templates",
                _("Templates"),
                "admin:campaigns_messagetemplate_changelist",
                "campaigns.view_messagetemplate",
            ),
            Entry(
                "blocks", _("Content blocks"), "admin:campaigns_contentblock_changelist", "campaigns.view_contentblock"
            ),
            Entry("test_addresses", _("My test addresses"), "admin:campaigns_test_addresses", "campaigns.send_test"),
            Entry("outbox", _("Sandbox outbox"), "admin:campaigns_outbox", "campaigns.view_message"),
        ),
    ),
    Section(
        _("Loyalty"),
        "gift",
        "l",
        (
            Entry("loyalty_overview", _("Overview"), "admin:loyalty_overview", "loyalty.view_dailytotal"),
            Entry("members", _("Points"), "admin:loyalty_account_changelist", "loyalty.view_account"),
            Entry(
                "adjustments",
                _("Adjustments"),
                "admin:loyalty_askedadjustment_changelist",
                "loyalty.view_askedadjustment",
            ),
            Entry("earning", _("Earning points"), "admin:loyalty_earningrule_changelist", "loyalty.view_earningrule"),
            Entry("coupons", _("Coupons"), "admin:loyalty_coupon_changelist", "loyalty.view_coupon"),
            Entry(
                "redemptions",
                _("Coupons used"),
                "admin:loyalty_couponredemption_changelist",
                "loyalty.view_couponredemption",
            ),
            Entry("tiers", _("Tiers"), "admin:loyalty_tier_changelist", "loyalty.view_tier"),
            Entry("referrals", _("Referrals"), "admin:loyalty_referral_changelist", "loyalty.view_referral"),
            Entry("program", _("Points program"), "admin:loyalty_program_changelist", "loyalty.view_program"),
            Entry(
                "ledger_checks",
                _("Checks of the ledger"),
                "admin:loyalty_ledgercheck_changelist",
                "loyalty.view_ledgercheck",
            ),
            Entry(
                "desk_people",
                _("People of stores"),
                "admin:loyalty_storestaff_changelist",
                "loyalty.view_storestaff",
            ),
            Entry(
                "staff_alerts",
                _("Alerts about bookings"),
                "admin:loyalty_staffalert_changelist",
                "loyalty.view_staffalert",
            ),
            Entry("tills", _("Tills"), "admin:loyalty_terminal_changelist", "loyalty.view_terminal"),
            Entry("till_staff", _("Staff numbers"), "admin:loyalty_tillstaff_changelist", "loyalty.view_tillstaff"),
            Entry("desk", _("Store desk"), "desk", "loyalty.use_desk"),
        ),
    ),
    Section(
        _("Results"),
        "chart-line",
        "r",
        (
            Entry("advice", _("Advice"), "advice", RESULTS),
            Entry("kpis", _("KPIs"), "kpis", RESULTS),
            Entry("cohorts", _("Cohorts"), "cohorts", RESULTS),
            Entry("slipping", _("Slipping away"), "slipping", RESULTS, ("customers.view_customer",)),
            Entry("automation_results", _("Automation results"), "automation_results", RESULTS, OF_AUTOMATION),
            Entry("feedback", _("NPS and CSAT"), "feedback", "customers.view_surveyresponse"),
            Entry("channels", _("Channels"), "channels", RESULTS),
            Entry("compared", _("Campaigns compared"), "campaigns_compared", RESULTS, OF_CAMPAIGNS),
            Entry("experiments", _("Experiments"), "experiments", RESULTS, OF_CAMPAIGNS),
            Entry("spend", _("Marketing spend"), "spend", "analytics.view_marketingspend"),
        ),
    ),
    Section(
        _("Compliance"),
        "shield-check",
        "p",
        (
            Entry("compliance", _("What the law asks"), "admin:campaigns_compliance", "customers.view_noticeduty"),
            Entry("consents", _("Consent to receive"), "admin:customers_consents", "customers.view_consentstate"),
            Entry(
                "ledger", _("Consent ledger"), "admin:customers_consententry_changelist", "customers.view_consententry"
            ),
            Entry("duties", _("Notices due"), "admin:customers_noticeduty_changelist", "customers.view_noticeduty"),
            Entry(
                "wordings",
                _("Consent wordings"),
                "admin:customers_consentwording_changelist",
                "customers.view_consentwording",
            ),
            Entry(
                "opt_outs", _("080 opt-outs"), "admin:customers_phoneoptout_changelist", "customers.view_phoneoptout"
            ),
            Entry(
                "suppressions", _("Do not send"), "admin:campaigns_suppression_changelist", "campaigns.view_suppression"
            ),
            Entry(
                "subject_requests",
                _("Requests of people"),
                "admin:customers_subjectrequest_changelist",
                "customers.view_subjectrequest",
            ),
            Entry("incidents", _("Incidents"), "admin:customers_incident_changelist", "customers.view_incident"),
            Entry("usage", _("Notice of use"), "admin:customers_usagenotice_changelist", "customers.view_usagenotice"),
            Entry("exports", _("Exports"), "admin:customers_exportrequest_changelist", "customers.view_exportrequest"),
            Entry(
                "access", _("Access log"), "admin:customers_accesslogentry_changelist", "customers.view_accesslogentry"
            ),
            Entry(
                "retention",
                _("Retention and destruction"),
                "admin:customers_destruction_changelist",
                "customers.view_destruction",
            ),
            Entry(
                "legal_store", _("Legal store"), "admin:customers_legalperson_changelist", "customers.view_legalperson"
            ),
            Entry("processors", _("Processors"), "admin:customers_processor_changelist", "customers.view_processor"),
            Entry(
                "restrictions",
                _("Restricted goods"),
                "admin:campaigns_restrictedcategory_changelist",
                "campaigns.view_restrictedcategory",
            ),
            Entry("penalties", _("What a breach costs"), "admin:campaigns_penalties"),
            Entry(
                "guardians",
                _("Guardians' consents"),
                "admin:customers_guardianconsent_changelist",
                "customers.view_guardianconsent",
            ),
        ),
    ),
    Section(
        _("Settings"),
        "settings",
        "e",
        (
            Entry("users", _("Users"), "admin:auth_user_changelist", "auth.view_user"),
            Entry("roles", _("Roles"), "admin:auth_group_changelist", "auth.view_group"),
            Entry(
                "accounts",
                _("Sending accounts"),
                "admin:campaigns_channelaccount_changelist",
                "campaigns.view_channelaccount",
            ),
            Entry(
                "caps",
                _("Frequency caps"),
                "admin:campaigns_frequencycap_changelist",
                "campaigns.view_frequencycap",
            ),
            Entry("stores", _("Stores"), "admin:customers_store_changelist", "customers.view_store"),
            Entry("jobs", _("Jobs"), "admin:crm_project_job_changelist", "crm_project.view_job"),
            Entry("keys", _("API keys"), "admin:crm_project_apikey_changelist", "crm_project.view_apikey"),
            Entry("api_docs", _("API documentation"), "api_docs", "crm_project.view_apikey"),
            Entry(
                "webhooks",
                _("Webhooks"),
                "admin:customers_webhookendpoint_changelist",
                "customers.view_webhookendpoint",
            ),
            Entry(
                "web_trackers",
                _("Web trackers"),
                "admin:customers_trackedsite_changelist",
                "customers.view_trackedsite",
            ),
            Entry(
                "deliveries",
                _("Webhook deliveries"),
                "admin:customers_webhookdelivery_changelist",
                "customers.view_webhookdelivery",
            ),
            Entry("design", _("Design system"), "design"),
        ),
    ),
)
