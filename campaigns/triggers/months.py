"""The trigger of a day that comes each month."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.triggers.base import Entries, Settings, Topic, Window, trigger
from campaigns.triggers.days import LOOKS, DailyTrigger, days_in, looks
from customers.segments.values import WholeNumber

EVERYBODY = f"""
    SELECT customer.id AS customer_id, look.at AS anchor_at, 'month/' || to_char(look.day, 'YYYY-MM') AS entry_key,
           jsonb_build_object('month', to_char(look.day, 'YYYY-MM')) AS context
    FROM {LOOKS} CROSS JOIN customers_customer AS customer
    WHERE customer.joined_at <= look.at
"""


@trigger
class EachMonth(DailyTrigger):
    """A day of the month (KST), once for each customer and month. Narrowed down by the segment of the automation."""

    key = "each_month"
    label = gettext_lazy("each month")
    topic = Topic.DATES
    # Every month has a 28th.
    required = {"day": WholeNumber(lowest=1, highest=28, initial=1), **DailyTrigger.required}
    labels = {**DailyTrigger.labels, "day": gettext_lazy("on the day of the month")}
    repeats = True
    tells = ("month",)

    def entries(self, settings: Settings, window: Window) -> Entries:
        days = [day for day in days_in(window, settings["at"]) if _is_it(day, settings)]
        return Entries(EVERYBODY, looks(days, settings["at"]))

    def sentence(self, settings: Settings) -> str:
        return _("on day %(day)s of each month, at %(at)s") % {"day": settings["day"], "at": settings["at"]}


def _is_it(day: date, settings: Settings) -> bool:
    return day.day == settings["day"]
