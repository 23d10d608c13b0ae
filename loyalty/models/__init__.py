"""The tables of the app, a module an idea."""

from loyalty.models.adjustments import AskedAdjustment
from loyalty.models.coupon_uses import CouponRedemption, CouponReturn
from loyalty.models.coupons import Coupon, CouponIssue, IssuedCoupon
from loyalty.models.desk import DeskAct, DeskLookup, MembershipCard, StoreStaff
from loyalty.models.earning import DeedAward, EarningProgress, EarningRule, EarningTerms, OrderAward
from loyalty.models.expiry_notices import ExpiryNotice
from loyalty.models.ledger import Entry, Transaction
from loyalty.models.ledger_reports import DailySnapshot, DailyTotal, LedgerCheck, OpenPoints
from loyalty.models.lots import Hold, Lot, LotKind, LotMove, LotPostponement
from loyalty.models.points import Account, Bucket
from loyalty.models.program import Program, RuleVersion
from loyalty.models.referrals import Referral, ReferralCode, ReferralTerms
from loyalty.models.staff_alerts import StaffAlert
from loyalty.models.terminals import Terminal, TillStaff
from loyalty.models.tier_standings import (
    TierCause,
    TierCredit,
    TierCreditProgress,
    TierEvaluation,
    TierEvaluationRun,
    TierPeriod,
    TierStanding,
)
from loyalty.models.tiers import Tier, TierGrant, TierRuleVersion, TierThreshold
from loyalty.models.till import TillRequest, TillTransaction

__all__ = [
    "Account",
    "AskedAdjustment",
    "Bucket",
    "Coupon",
    "CouponIssue",
    "CouponRedemption",
    "CouponReturn",
    "DailySnapshot",
    "DailyTotal",
    "DeedAward",
    "DeskAct",
    "DeskLookup",
    "EarningProgress",
    "EarningRule",
    "EarningTerms",
    "Entry",
    "ExpiryNotice",
    "Hold",
    "IssuedCoupon",
    "LedgerCheck",
    "Lot",
    "LotKind",
    "LotMove",
    "LotPostponement",
    "MembershipCard",
    "OpenPoints",
    "OrderAward",
    "Program",
    "Referral",
    "ReferralCode",
    "ReferralTerms",
    "RuleVersion",
    "StaffAlert",
    "StoreStaff",
    "Terminal",
    "Tier",
    "TierCause",
    "TierCredit",
    "TierCreditProgress",
    "TierEvaluation",
    "TierEvaluationRun",
    "TierGrant",
    "TierPeriod",
    "TierRuleVersion",
    "TierStanding",
    "TierThreshold",
    "TillRequest",
    "TillStaff",
    "TillTransaction",
    "Transaction",
]
