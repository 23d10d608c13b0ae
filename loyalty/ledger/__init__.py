"""The points ledger, the only writer of points.

Every booking runs the same way: lock the account's row → book what has fallen due (`settling`) → decide by what the
account is now (`awards`, `redemptions`, `holds`, `corrections`, `transfers`) → write head, legs, lots and the
account's numbers in one call (`writing`) → commit, where the database checks that it adds up (migration 0002). Points
lie in lots, one an award, each with its last day; what is used comes from the lot that dies first, and what comes
back goes to the lot it came from. A receipt is booked once for ever; booking it again answers with what was booked.

May import `customers` and the floor of crm_project. Sends nothing, and knows no rules of earning or of tiers.
"""

from loyalty.ledger.awards import claw_back, earn
from loyalty.ledger.batch_returns import RETURN_COLUMNS, claw_back_many
from loyalty.ledger.batches import AWARD_COLUMNS, earn_many, open_accounts
from loyalty.ledger.corrections import adjust, reverse
from loyalty.ledger.expiry import expire_due
from loyalty.ledger.freezing import freeze, thaw
from loyalty.ledger.holds import capture, place_hold, void
from loyalty.ledger.opening import account_of, current_program
from loyalty.ledger.redemptions import give_back, redeem, refuse_terms
from loyalty.ledger.standing import Standing, standing_of
from loyalty.ledger.terms import LotTerms, Posting, Receipt, terms_of
from loyalty.ledger.transfers import transfer, transfer_back

__all__ = [
    "AWARD_COLUMNS",
    "RETURN_COLUMNS",
    "LotTerms",
    "Posting",
    "Receipt",
    "Standing",
    "account_of",
    "adjust",
    "capture",
    "claw_back",
    "claw_back_many",
    "current_program",
    "earn",
    "earn_many",
    "expire_due",
    "freeze",
    "give_back",
    "open_accounts",
    "place_hold",
    "redeem",
    "refuse_terms",
    "reverse",
    "standing_of",
    "terms_of",
    "thaw",
    "transfer",
    "transfer_back",
    "void",
]
