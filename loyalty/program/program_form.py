"""The form of the terms: each with a sentence that says what it does, in groups."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator
from django.forms import BoundField
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loyalty.errors import TermsRefused
from loyalty.models import Program
from loyalty.program.announcing import refuse_unannounced
from loyalty.program.terms import FIELDS, content_of

SHORTEST_MONTH = 28
Group = tuple[str | Promise, str | Promise, tuple[str, ...]]
GROUPS: tuple[Group, ...] = (
    (_("Name"), _("What customers and staff read wherever points are spoken of."), ("name",)),
    (_("Using points"), _("Holds at tills, online and at the desk, from the next use on."), (
        "least_points", "step", "most_percent", "confirmed_above",
    )),
    (_("How long points live"), _("Holds for points earned from now on; those earned before keep their last day."), (
        "pending_days", "validity_months", "validity", "grace_days", "waits_for_notice",
    )),
    (_("Told to members"), _("Changes that are worse for members are announced before they hold."), ("announced_on",)),
    (_("By hand"), _("What one person may do alone, and how much in a day."), (
        "adjust_alone_up_to", "adjust_most_a_day", "desk_most_a_day",
    )),
)  # fmt: skip
EXPLAINED = {
    "name": _("Such as the shop's name with “points”."),
    "least_points": _("Nobody uses fewer points than this at once; 1 lets them use any number."),
    "step": _("Points are used in multiples of this: 100 allows 100, 200, 300."),
    "most_percent": _("So many percent of a bill may be paid with points; 100 lets points pay all of it."),
    "confirmed_above": _("Above so many points staff at the desk confirm a use once more before it is booked."),
    "pending_days": _(
        "Points of a purchase can be used so many days after it; 0: at once. Online has days of its own."
    ),
    "validity_months": _("So many months after the day of earning, points expire."),
    "validity": _(
        "Where in that time the last valid day falls. Whatever it is, points can be used to its end in Korea."
    ),
    "grace_days": _(
        "Points that come back from a cancelled use live at least so many days more, even if they had died."
    ),
    "waits_for_notice": _(
        "Points live thirty days longer where no message was tried a month before their last day. Without it they die"
        " all the same: only for a shop that tells its members by a way of its own."
    ),
    "adjust_alone_up_to": _("Above so many points, given or taken, a second person has to agree."),
    "adjust_most_a_day": _("One person adjusts at most so many points in a day, given and taken added up."),
    "desk_most_a_day": _(
        "For bills typed in at the desk one person gives at most so many points in a day, less what they cancelled."
    ),
}


class ProgramForm(forms.ModelForm):
    """The terms of the program."""

    class Meta:
        model = Program
        fields = FIELDS
        help_texts = EXPLAINED

    announced_on = forms.DateField(
        label=_("announced to members on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Needed for terms that are worse for members: they hold thirty days after the announcement."),
    )

    def __init__(self, *args: Any, may_change: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = content_of(self.instance)
        self.fields["least_points"].min_value = self.fields["most_percent"].min_value = 1
        for name in ("least_points", "step", "most_percent", "validity_months"):
            self.fields[name].widget.attrs["min"] = 1
        for field in self.fields.values():
            field.disabled = not may_change

    def clean(self) -> dict[str, Any]:
        """Refuse terms that contradict each other."""
        given = super().clean()
        alone, in_a_day = given.get("adjust_alone_up_to"), given.get("adjust_most_a_day")
        if alone is not None and in_a_day is not None and alone > in_a_day:
            self.add_error("adjust_alone_up_to", _("Nobody adjusts more at once than in a day: lower this one."))
        for name in ("least_points", "most_percent"):
            if given.get(name) == 0:
                self.add_error(name, _("With 0 nobody could use points at all: give at least 1."))
        self._refuse_dead_before_usable(given.get("pending_days"), given.get("validity_months"))
        if not self.errors:
            self._refuse_unannounced(given)
        return given

    def _refuse_unannounced(self, given: dict[str, Any]) -> None:
        day = given.get("announced_on")
        try:
            refuse_unannounced(self.before, self.before | given, announced_on=day, today=timezone.localdate())
        except TermsRefused as refusal:
            self.add_error("announced_on", str(refusal))

    def _refuse_dead_before_usable(self, pending_days: int | None, months: int | None) -> None:
        """Refuse points that die before they can be used."""
        if pending_days is not None and months is not None and pending_days >= months * SHORTEST_MONTH:
            most = {"limit_value": months * SHORTEST_MONTH - 1}
            self.add_error("pending_days", forms.ValidationError(MaxValueValidator.message, params=most))

    def groups(self) -> Iterator[tuple[str | Promise, str | Promise, list[BoundField]]]:
        """Yield the fields in their groups, each with its title and a sentence."""
        for title, hint, names in GROUPS:
            yield title, hint, [self[name] for name in names]
