"""The store desk: finding the customer who stands in front of you, what may be shown of them, and what is booked there.

finding (who is it; every look-up is written down) → standing_card (what staff may see and say) → acting (earn, redeem,
cancel; each tap once). `limits` says what may be used and who may take back, `stores` where a person works. Tills ask
the same finding, card and limits through the API. May import `customers`, `loyalty.ledger`, `.tiers`, `.coupons` and
`.earning`.
"""
