"""The tables of the app, a module an idea."""

from loyalty.models.coupon_uses import CouponRedemption, CouponReturn
from loyalty.models.coupons import Coupon, CouponIssue, IssuedCoupon
from loyalty.models.ledger import Account, Bucket, Entry, Hold, Lot, LotKind, LotMove, Transaction
from loyalty.models.ledger_reports import DailySnapshot, DailyTotal, LedgerCheck
from loyalty.models.program import Program, RuleVersion

__all__ = [
    "Account",
    "Bucket",
    "Coupon",
    "CouponIssue",
    "CouponRedemption",
    "CouponReturn",
    "DailySnapshot",
    "DailyTotal",
    "Entry",
    "Hold",
    "IssuedCoupon",
    "LedgerCheck",
    "Lot",
    "LotKind",
    "LotMove",
    "Program",
    "RuleVersion",
    "Transaction",
]
