"""What a message gives besides its words: a coupon of one's own, points, and the fields that tell of them.

`giving` hands out in the transaction that commits a message to leave, so that what was not sent gives nothing, and one
message gives once, however often it is tried. `offer_fields` are the coupon, points, tier and referral as content
names them; `offer_checks` says before approval what keeps an offer from being given, and what it costs at most.
May import `loyalty`, `customers` and the models of campaigns.
"""
