"""Frequency caps: how much advertising a customer gets at most. A page of the settings."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.channels.base import CHANNELS
from campaigns.models import FrequencyCap
from campaigns.pipeline.gate.frequency import Cap, caps_in_force


@admin.register(FrequencyCap)
class FrequencyCapAdmin(admin.ModelAdmin):
    """The caps in force, said as sentences; while none is entered, those of the settings."""

    change_list_template = "campaigns/frequency_caps.html"
    list_display = ("sentence", "shown_channel", "counted")
    fields = ("most", "days", "channel", "is_rolling")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Say above the list what holds while it is empty."""
        usual = [] if FrequencyCap.objects.exists() else [str(cap) for cap in caps_in_force()]
        return super().changelist_view(request, {"usual": usual, **(extra_context or {})})

    @admin.display(description=gettext_lazy("at most"), ordering="days")
    def sentence(self, cap: FrequencyCap) -> str:
        """Return the cap in words."""
        return str(Cap(cap.most, cap.days))

    @admin.display(description=gettext_lazy("channel"), ordering="channel")
    def shown_channel(self, cap: FrequencyCap) -> object:
        """Return the channel it is about."""
        return CHANNELS[cap.channel].label if cap.channel in CHANNELS else _("all together")

    @admin.display(description=gettext_lazy("counted from"))
    def counted(self, cap: FrequencyCap) -> str:
        """Return where the days begin."""
        return _("the minute of sending") if cap.is_rolling else _("midnight in Korea")
