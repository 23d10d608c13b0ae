"""The condition on a customer's own fields, whose names and types only the shop knows.

Attributes come from files and from the API, so a number or a yes may be stored as a text; both forms are understood.
A customer without the attribute is none of: equal, containing, more, less, yes, no.
"""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Case, DecimalField, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Lower
from django.db.models.lookups import Exact, GreaterThanOrEqual, IContains, In, LessThanOrEqual, Regex
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.masking import mask_value
from customers.models import Customer
from customers.segments.clock import Moment
from customers.segments.conditions import Condition, Operator, Part, Topic, at_least, at_most, exactly
from customers.segments.values import AnyNumber, Suggested, Text
from customers.sql import json_text

YES, NO = ("true", "yes", "y", "1"), ("false", "no", "n", "0")
# The blanks are those that a cast to a number forgives: \s would also take the wide ones of Korean keyboards.
LOOKS_LIKE_A_NUMBER = r"^[ \t\r\n]*-?[0-9]{1,15}(\.[0-9]{1,10})?[ \t\r\n]*$"
CUSTOMERS_LOOKED_AT_FOR_NAMES = 5_000


def find_attributes(typed: str) -> list[tuple[str, str]]:
    """Return names of attributes that the newest customers have and that hold what was typed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT name FROM (SELECT attributes FROM customers_customer ORDER BY id DESC LIMIT %s) AS newest,"
            " jsonb_object_keys(attributes) AS name WHERE strpos(lower(name), lower(%s)) > 0 ORDER BY name LIMIT 50",
            [CUSTOMERS_LOOKED_AT_FOR_NAMES, typed],
        )
        return [(name, name) for (name,) in cursor.fetchall()]


def _text(name: str) -> Combinable:
    return json_text("attributes", name)


def _number(name: str) -> Combinable:
    field = DecimalField(max_digits=25, decimal_places=10)
    return Case(When(Regex(_text(name), LOOKS_LIKE_A_NUMBER), then=Cast(_text(name), field)), output_field=field)


def _compared(comparison: type, name: str, value: Any) -> Q:
    # False rather than unknown where there is no number, so that "not" around it means what it says.
    number = Value(value, output_field=DecimalField(max_digits=25, decimal_places=10))
    return Q(Coalesce(comparison(_number(name), number), Value(False), output_field=BooleanField()))


_QUESTIONS: dict[str, Callable[[str, Any], Q]] = {
    "is": lambda name, value: Q(Exact(_text(name), value)),
    "is_not": lambda name, value: ~Q(Exact(_text(name), value)),
    "contains": lambda name, value: Q(IContains(_text(name), value)),
    "at_least": lambda name, value: _compared(GreaterThanOrEqual, name, value),
    "at_most": lambda name, value: _compared(LessThanOrEqual, name, value),
    "exactly": lambda name, value: _compared(Exact, name, value),
    "yes": lambda name, _value: Q(In(Lower(_text(name)), YES)),
    "no": lambda name, _value: Q(In(Lower(_text(name)), NO)),
    "known": lambda name, _value: ~Q(Exact(_text(name), "")),
    "unknown": lambda name, _value: Q(Exact(_text(name), "")),
}


class Attribute(Condition):
    name, label, topic = "attribute", gettext_lazy("attribute"), Topic.PROFILE
    operators = (
        Operator("is", gettext_lazy("is"), gettext_lazy("%(what)s is %(value)s"), Text()),
        Operator("is_not", gettext_lazy("is not"), gettext_lazy("%(what)s is not %(value)s"), Text()),
        Operator("contains", gettext_lazy("contains"), gettext_lazy("%(what)s contains %(value)s"), Text()),
        at_least(AnyNumber()),
        at_most(AnyNumber()),
        exactly(AnyNumber()),
        Operator("yes", gettext_lazy("is yes"), gettext_lazy("%(what)s is yes")),
        Operator("no", gettext_lazy("is no"), gettext_lazy("%(what)s is no")),
        Operator("known", gettext_lazy("known"), gettext_lazy("%(what)s is known")),
        Operator("unknown", gettext_lazy("not known"), gettext_lazy("%(what)s is not known")),
    )
    required = {"attribute": Suggested(search=find_attributes)}

    def q(self, part: Part, moment: Moment) -> Q:
        return _QUESTIONS[part["op"]](part["attribute"], part.get("value"))

    def words(self, part: Part) -> str:
        return _("attribute %(name)s") % {"name": Text().words(part["attribute"])}

    def actual(self, customer: Customer, part: Part, moment: Moment) -> str:
        value = customer.attributes.get(part["attribute"])
        # Who may read why somebody is in a segment need not be who may read names and numbers.
        return _("not known") if value in (None, "") else str(mask_value(value, customer))
