"""What people see of points: the list of accounts, an account's statement, the card on the customer page, segments.

Reads the ledger and writes nothing; what staff adjust goes through `loyalty.ledger`, and what a second
person has to agree to through `loyalty.adjustments`. May import those, `customers` and the floor.
"""
