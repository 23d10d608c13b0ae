"""What brings regulars back: coupons and, as they are built, points and tiers.

Owns coupons and their redemptions. May import `customers`; never `campaigns` or `analytics`.
"""
