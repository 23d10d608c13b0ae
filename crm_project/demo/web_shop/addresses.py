"""The addresses of the demo's web shop, under /demo-shop/."""

from django.urls import path

from crm_project.demo.web_shop import pages

urlpatterns = [
    path("", pages.shelves, name="demo_shop"),
    path("item/<str:sku>/", pages.product, name="demo_product"),
    path("cart/", pages.cart, name="demo_cart"),
    path("checkout/", pages.checkout, name="demo_checkout"),
    path("log-in/", pages.log_in, name="demo_log_in"),
]
