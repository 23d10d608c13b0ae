"""The API's addresses, under /api/v1/."""

from django.urls import include, path

from analytics.kpis.api import KpiView
from campaigns.app_api import InAppView, MessageReportsView
from customers.api import behaviour, devices, people, segments, shop
from loyalty.desk.member_code_api import MemberCodeView
from loyalty.referrals.link_api import ReferralLinkView

urlpatterns = [
    path("till/", include("loyalty.till.till_urls")),
    path("customers/", people.CustomersView.as_view(), name="api_customers"),
    path("customers/<str:number>/", people.CustomerReader.as_view(), name="api_customer"),
    path("consents/", people.ConsentsView.as_view(), name="api_consents"),
    path("stores/", shop.StoresView.as_view(), name="api_stores"),
    path("products/", shop.ProductsView.as_view(), name="api_products"),
    path("products/<str:number>/", shop.ProductReader.as_view(), name="api_product"),
    path("orders/", shop.OrdersView.as_view(), name="api_orders"),
    path("orders/<str:number>/", shop.OrderReader.as_view(), name="api_order"),
    path("events/", behaviour.EventsView.as_view(), name="api_events"),
    path("devices/", devices.DevicesView.as_view(), name="api_devices"),
    path("in-app/", InAppView.as_view(), name="api_in_app"),
    path("member-code/", MemberCodeView.as_view(), name="api_member_code"),
    path("referral-link/", ReferralLinkView.as_view(), name="api_referral_link"),
    path("message-reports/", MessageReportsView.as_view(), name="api_message_reports"),
    path("segments/", segments.SegmentsView.as_view(), name="api_segments"),
    path("segments/<int:segment_id>/", segments.SegmentView.as_view(), name="api_segment"),
    path("segments/<int:segment_id>/members/", segments.SegmentMembersView.as_view(), name="api_members"),
    path("segments/<int:segment_id>/members/<str:number>/", segments.SegmentMemberView.as_view(), name="api_member"),
    path("kpis/<str:name>/", KpiView.as_view(), name="kpi"),
]
