"""What earns points: rules the operator edits, what they give, and the awards they lead to.

rules and terms (the editor) → `versions` (frozen) → `calculation` (one purchase) = `set_based` (many, in SQL)
→ `orders` (pulled, each earned once, returns taken back) and `deeds` (reviews, surveys, referrals, visits)
→ the ledger, the only one who books. `simulator`, `last_month` and `sentences` show an operator what rules mean.

May import customers and the floor, and of loyalty the ledger and the tables; never campaigns or analytics.
"""
