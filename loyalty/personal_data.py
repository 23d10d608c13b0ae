"""Tables of this app that point at a customer."""

from django.utils.translation import gettext_lazy as _

from customers.personal_data import Erase, Merge, PersonalTable, register
from loyalty.models import Account, CouponRedemption, IssuedCoupon

register(PersonalTable(CouponRedemption, erase=Erase.KEEP, explanation=_("Coupons the customer used")))
register(
    PersonalTable(
        IssuedCoupon,
        merge=Merge.MOVE_UNLESS_TAKEN,
        erase=Erase.KEEP,
        explanation=_("Coupons the customer was given"),
    )
)
register(
    PersonalTable(
        Account,
        merge=Merge.MOVE_UNLESS_TAKEN,
        erase=Erase.KEEP,
        explanation=_("Points the customer earned and used; numbers only"),
    )
)
