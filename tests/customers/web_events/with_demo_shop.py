"""The product's addresses with those of the demo's web shop, whose pages the tracker is tried in."""

from django.urls import include, path

from crm_project.urls import urlpatterns as ours

urlpatterns = [path("demo-shop/", include("crm_project.demo.web_shop.addresses")), *ours]
