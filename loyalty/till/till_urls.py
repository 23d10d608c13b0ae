"""The till API's addresses, under /api/v1/till/."""

from django.urls import path

from loyalty.till import views

urlpatterns = [
    path("lookup/", views.LookupView.as_view(), name="api_till_lookup"),
    path("quote/", views.QuoteView.as_view(), name="api_till_quote"),
    path("sales/", views.SalesView.as_view(), name="api_till_sales"),
    path("returns/", views.ReturnsView.as_view(), name="api_till_returns"),
    path("holds/", views.HoldsView.as_view(), name="api_till_holds"),
    path("holds/<int:hold_id>/capture/", views.CaptureView.as_view(), name="api_till_capture"),
    path("holds/<int:hold_id>/void/", views.VoidView.as_view(), name="api_till_void"),
    path("txns/", views.TransactionsView.as_view(), name="api_till_txns"),
    path("txns/<int:txn_id>/reverse/", views.ReverseView.as_view(), name="api_till_reverse"),
    path("coupons/check/", views.CouponCheckView.as_view(), name="api_till_coupon_check"),
    path("coupons/redeem/", views.CouponRedeemView.as_view(), name="api_till_coupon_redeem"),
    path("coupons/cancel/", views.CouponCancelView.as_view(), name="api_till_coupon_cancel"),
]
