"""Coupons: what they promise, who holds them, what a basket gets, and each use with its cost.

definitions (terms, once promised kept) → issuing (to a segment, by a campaign, for points, as codes) → quoting (what a
basket gets, or why not) → redeeming → taking_back (cancelled, returned) → expiry. `discounts` and `validity` are the
arithmetic all of them share, `figures` and `costs` what is read of it.

Whatever is counted is counted by the statement that guards it: a conditional UPDATE whose row count is looked at.
Rows are locked in one order, use → coupon (by id) → issued coupon, so that nobody waits for each other in a ring.
May import `customers` and `loyalty.ledger`.
"""
