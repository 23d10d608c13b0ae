"""Where a customer's mobile phone is reached; what KakaoTalk has in common with text messages."""

from django.db.models import CharField, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Case, F, When

from customers.models import Customer

# Stored as E.164; landlines and foreign numbers get nothing (F-02).
MOBILE = r"^\+821[016789][0-9]{7,8}$"


def address(prefix: str = "") -> Case:
    """Return the expression of a customer's mobile number, "" where the stored number is none."""
    is_mobile = When(Q(**{f"{prefix}phone__regex": MOBILE}), then=F(f"{prefix}phone"))
    return Case(is_mobile, default=Value(""), output_field=CharField())


def sharers(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Return, for a subquery, those customers whose number is the outer one's `address`; an index answers."""
    return customers.filter(phone=OuterRef("address"))
