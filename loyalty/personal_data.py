"""Tables of this app that point at a customer."""

from django.utils.translation import gettext_lazy as _

from customers.personal_data import Erase, PersonalTable, register
from loyalty.models import CouponRedemption

register(PersonalTable(CouponRedemption, erase=Erase.KEEP, explanation=_("Coupons the customer used")))
