"""The addresses of the desk."""

from django.contrib import admin
from django.urls import path

from loyalty.desk.pages import page, posts, quotes

guard = admin.site.admin_view
urlpatterns = [
    path("", guard(page.desk), name="desk"),
    path("store/", guard(posts.choose_store), name="desk_store"),
    path("find/", guard(posts.find), name="desk_find"),
    path("choose/", guard(posts.choose), name="desk_choose"),
    path("leave/", guard(posts.leave), name="desk_leave"),
    path("quote/", guard(quotes.quote), name="desk_quote"),
    path("act/", guard(posts.act), name="desk_act"),
    path("cancel/", guard(posts.cancel), name="desk_cancel"),
    path("card/", guard(posts.hand_out_card), name="desk_card"),
]
