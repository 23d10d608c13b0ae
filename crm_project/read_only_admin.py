"""An admin to look at rows that nobody edits by hand."""

from django.contrib import admin
from django.http import HttpRequest

from crm_project.estimated_paginator import EstimatedPaginator


class ReadOnlyAdmin(admin.ModelAdmin):
    """Look, don't touch: ledgers, hits, messages. Corrections are new entries made by a function."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


class BigTableAdmin(ReadOnlyAdmin):
    """A table of facts with too many rows to count."""

    paginator = EstimatedPaginator
    show_full_result_count = False
    list_per_page = 50
