"""The tables of the app, a module an idea."""

from loyalty.models.coupons import Coupon, CouponRedemption

__all__ = ["Coupon", "CouponRedemption"]
