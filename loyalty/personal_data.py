"""Tables of this app that point at a customer."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from customers.personal_data import Erase, Merge, OwnWay, PersonalStore, PersonalTable, register, register_store
from customers.privacy.retention import RETENTION, Retention
from customers.privacy.traces import words_in_rows
from loyalty.desk import erasing
from loyalty.ledger import merged_customers
from loyalty.models import (
    Account,
    AskedAdjustment,
    CouponRedemption,
    DeskLookup,
    IssuedCoupon,
    Referral,
    ReferralCode,
    StaffAlert,
    StoreStaff,
    TierCredit,
    TierEvaluation,
    TierGrant,
    TierPeriod,
    TierStanding,
    Transaction,
)
from loyalty.staff_alerts import looking

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
        merge=OwnWay(join=merged_customers.join_accounts, part=merged_customers.part_accounts),
        erase=Erase.KEEP,
        explanation=_("Points the customer earned and used; numbers only"),
    )
)
register_store(words_in_rows("points notes", Transaction, "note", explanation=_("Why staff adjusted points")))
register(
    PersonalTable(
        ReferralCode,
        merge=Merge.MOVE_UNLESS_TAKEN,
        erase=Erase.DELETE,
        explanation=_("The code the customer passes on to friends"),
    )
)
register(
    PersonalTable(
        Referral,
        field="friend",
        merge=Merge.MOVE_UNLESS_TAKEN,
        erase=Erase.KEEP,
        explanation=_("By whom the customer was invited, and what came of it; numbers only"),
    )
)
register(
    PersonalTable(
        Referral,
        field="referrer",
        erase=Erase.KEEP,
        explanation=_("Whom the customer invited, and what came of it; numbers only"),
    )
)
register_store(
    words_in_rows(
        "asked adjustments",
        AskedAdjustment,
        "note",
        "decision_note",
        explanation=_("Why staff asked to adjust points, and what a second person said"),
    )
)
# Of a merged customer they stay where they are: evaluations read both books as one, and as two after an undo.
for _table, _explanation in (
    (TierCredit, _("What counted towards a tier: days and amounts")),
    (TierPeriod, _("Tiers the customer had, and when")),
    (TierStanding, _("Where the customer stands among the tiers")),
    (TierEvaluation, _("What evaluations of the tier read and found")),
):
    register(PersonalTable(_table, merge=Merge.LEAVE, erase=Erase.KEEP, explanation=_explanation))
register(
    PersonalTable(
        TierGrant,
        merge=Merge.LEAVE,
        erase=Erase.KEEP,
        personal_fields=("reason",),
        explanation=_("Tiers that staff gave by hand, and why"),
    )
)
# Found again after a merge under the number they were found by; the cards lead to the kept account by themselves.
register(
    PersonalTable(
        DeskLookup,
        merge=Merge.LEAVE,
        erase=Erase.KEEP,
        explanation=_("Who of the staff looked the customer up at a desk or a till"),
    )
)
register(
    PersonalTable(
        StaffAlert,
        merge=Merge.LEAVE,
        erase=looking.blot_out_notes,
        explanation=_("Bookings of staff on the customer's account that stood out, and what they were"),
    )
)
register(
    PersonalTable(
        StoreStaff,
        erase=Erase.CUT,
        explanation=_("That the customer works in a store, and does not book for themselves"),
    )
)
RETENTION.register(
    "desk look-ups",
    Retention(_("Look-ups at desks and tills"), "P-14", lambda: settings.ACCESS_LOG_KEPT_DAYS, erasing.destroy_lookups),
)
register_store(
    PersonalStore("membership cards", erasing.erase_cards, erasing.places_naming, explanation=_("Membership cards"))
)
