"""The API's addresses, under /api/v1/."""

from django.urls import path

from analytics.api import KpiView
from customers import api as customers

urlpatterns = [
    path("customers/", customers.CustomersView.as_view(), name="api_customers"),
    path("stores/", customers.StoresView.as_view(), name="api_stores"),
    path("products/", customers.ProductsView.as_view(), name="api_products"),
    path("orders/", customers.OrdersView.as_view(), name="api_orders"),
    path("events/", customers.EventsView.as_view(), name="api_events"),
    path("consents/", customers.ConsentsView.as_view(), name="api_consents"),
    path("kpis/<str:name>/", KpiView.as_view(), name="kpi"),
]
