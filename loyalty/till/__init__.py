"""The till API: look a customer up, quote, sell, take goods back, hold points, undo; each request carried out once.

credentials → authentication (which till, and who stands at it) → views (what is asked, `till_requests`) → idempotency
(once for ever, in the transaction that books) → quoting, selling, returning, holding, undoing (each one act, written
down as a `TillTransaction`) → answers. What is found and shown comes from `loyalty.desk`, what is booked goes through
`loyalty.ledger`, `.earning`, `.coupons` and `.tiers`; a number of points that a till sends is a wish, never a fact.

A sale is also an order of the shop, under the same source and receipt number: one row, whoever tells of it first.
"""
