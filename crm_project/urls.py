"""The whole URL surface."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import IsAuthenticated

from analytics.advice.page import advice_page, put_advice_away
from analytics.automations.board_page import automation_report, automations_board
from analytics.boards.channel_page import channels_page
from analytics.boards.home import home
from analytics.campaign_report.compare_page import campaigns_compared
from analytics.campaign_report.report_page import campaign_report, campaign_report_file, campaign_report_segments
from analytics.cohorts.page import cohorts_page
from analytics.cohorts.slipping_page import slipping_page
from analytics.experiments.page import experiments_page
from analytics.feedback.page import feedback_page
from analytics.kpis.board_page import kpi_board
from analytics.kpis.kpi_page import kpi_page
from analytics.kpis.people_page import kpi_people
from analytics.spend.overview_page import spend
from campaigns import in_app_on_site, webhooks
from campaigns.tracking.views import AppReportView, ClickView, PixelView, UnsubscribeView
from crm_project import design, health, search
from crm_project.api_docs import api_docs
from customers.consent.preference_view import PreferenceView
from customers.feedback.survey_view import SurveyView
from customers.platforms.webhook_views import hear
from customers.web_events.script import tracker
from customers.web_events.views import collect
from loyalty.referrals.landing import ReferralView

urlpatterns = [
    path("o/<str:token>.gif", PixelView.as_view(), name="pixel"),
    path("c/<str:token>", ClickView.as_view(), name="click"),
    re_path(r"^(?P<token>[0-9A-Za-z]{9})$", ClickView.as_view(), name="short_click"),
    path("h/<str:token>/<str:kind>", AppReportView.as_view(), name="app_report"),
    path("t.js", tracker, name="web_tracker"),
    path("t/<str:public_key>/events", collect, name="web_events"),
    path("t/<str:public_key>/messages", in_app_on_site.messages, name="web_messages"),
    path("u/<str:token>", UnsubscribeView.as_view(), name="unsubscribe"),
    path("s/<str:token>/", SurveyView.as_view(), name="survey"),
    path("p/<str:token>", PreferenceView.as_view(), name="preferences"),
    re_path(r"^r/(?P<code>[0-9A-Za-z-]{1,40})$", ReferralView.as_view(), name="referral"),
    path("webhooks/<int:account_id>/<str:secret>/", webhooks.hear, name="gateway_webhook"),
    path("webhooks/<str:platform>/<str:public_key>/", hear, name="webhook"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("", include("crm_project.two_factor")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/docs/", admin.site.admin_view(api_docs), name="api_docs"),
    path("api/schema/", SpectacularAPIView.as_view(permission_classes=[IsAuthenticated]), name="api_schema"),
    path("api/v1/", include("crm_project.api")),
    path("admin/", admin.site.admin_view(home)),
    path("admin/advice/", admin.site.admin_view(advice_page), name="advice"),
    path("admin/advice/put-away/", admin.site.admin_view(put_advice_away), name="put_advice_away"),
    path("admin/results/automations/", admin.site.admin_view(automations_board), name="automation_results"),
    path(
        "admin/results/automations/<int:automation_id>/",
        admin.site.admin_view(automation_report),
        name="automation_report",
    ),
    path("admin/results/spend/", admin.site.admin_view(spend), name="spend"),
    path("admin/results/kpis/", admin.site.admin_view(kpi_board), name="kpis"),
    path("admin/results/kpis/<slug:name>/", admin.site.admin_view(kpi_page), name="kpi_page"),
    path("admin/results/kpis/<slug:name>/<slug:side>/", admin.site.admin_view(kpi_people), name="kpi_people"),
    path("admin/results/compare/", admin.site.admin_view(campaigns_compared), name="campaigns_compared"),
    path("admin/results/experiments/", admin.site.admin_view(experiments_page), name="experiments"),
    path("admin/results/cohorts/", admin.site.admin_view(cohorts_page), name="cohorts"),
    path("admin/results/feedback/", admin.site.admin_view(feedback_page), name="feedback"),
    path("admin/results/slipping/", admin.site.admin_view(slipping_page), name="slipping"),
    path("admin/results/channels/", admin.site.admin_view(channels_page), name="channels"),
    path("admin/results/campaigns/<int:campaign_id>/", admin.site.admin_view(campaign_report), name="campaign_report"),
    path(
        "admin/results/campaigns/<int:campaign_id>/report.csv",
        admin.site.admin_view(campaign_report_file),
        name="campaign_report_file",
    ),
    path(
        "admin/results/campaigns/<int:campaign_id>/segments/",
        admin.site.admin_view(campaign_report_segments),
        name="campaign_report_segments",
    ),
    path("admin/desk/", include("loyalty.desk.pages.addresses")),
    path("admin/search/", admin.site.admin_view(search.search), name="search"),
    path("admin/", admin.site.urls),
]

if settings.DEMO_SHOP:
    urlpatterns.insert(0, path("demo-shop/", include("crm_project.demo.web_shop.addresses")))
if settings.DEBUG:
    urlpatterns.insert(0, path("admin/design/", design.design, name="design"))
