"""Customers who bring customers: a link for each, and a reward for both once the friend's first order has stood.

`codes` (everybody's code and link) → the shop tells which code a new customer came with (`customers.ReferralClaim`)
→ `claims` (pulled, each friend once) → `suspicion` (oneself, circles, one device for many: refused, and why)
→ `settling` (first order, its return window, caps) → `rewards` (points through `loyalty.earning.deeds`, coupons
through `loyalty.coupons.issuing`) → `taking_back` (the order was returned after all).
`landing` is the page a link leads to. May import the rest of `loyalty` and `customers`. Sends nothing.
"""
