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


class DeskRefused(BusinessError):
    """The store desk or a till cannot do what it was asked; `code` tells tills which rule it was.

    `retry_after` is in seconds, where waiting helps.
    """

    code = "DESK_REFUSED"

    def __init__(self, message: object, *, code: str | None = None, retry_after: int | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class ReferralRefused(BusinessError):
    """A referral cannot be rewarded as things stand."""

    code = "REFERRAL_REFUSED"


class StaffAlertRefused(BusinessError):
    """An alert about bookings of staff cannot be cleared so."""

    code = "staff_alert_refused"


class TermsRefused(BusinessError):
    """Changed terms of the points cannot be put in force today."""

    code = "terms_refused"


class TillRefused(BusinessError):
    """A till cannot do what it was asked; `code` tells its program which rule it was."""

    code = "TILL_REFUSED"
