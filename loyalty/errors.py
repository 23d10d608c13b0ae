"""What the app of loyalty refuses, in sentences that staff and tills can act on."""

from crm_project.errors import BusinessError


class LedgerRefused(BusinessError):
    """Points cannot be booked as asked; nothing was. `code` tells tills which rule it was."""

    code = "LEDGER_REFUSED"


class LadderRefused(BusinessError):
    """A ladder of tiers cannot be put in force as it is."""

    code = "ladder_refused"


class TierGrantRefused(BusinessError):
    """A tier cannot be given by hand, or taken back, as asked."""

    code = "tier_grant_refused"


class CouponRefused(BusinessError):
    """A coupon cannot be used, issued or changed as asked; `code` tells tills which rule it was."""

    code = "COUPON_REFUSED"
