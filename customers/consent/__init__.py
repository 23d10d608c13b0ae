"""What customers allowed, and what the law then asks of the shop (korea.md L-xx and P-xx).

1. `expressions`       what a customer can have said
2. `ledger`            the only writer of the ledger and of the states that `projection` adds up to
3. `one_customer`      grant, withdraw and confirm for one customer
4. `duty_rules`        which duties an entry opens and which a state closes; `ledger` runs them
5. `duties`            what is due, overdue and done: result notices and two-year re-confirmations
6. `wordings`          the versions of what customers read before they agree
7. `preferences`       the public page where customers see and change all of it, by the links of `preference_links`
8. `phone_opt_outs`    refusals by the free 080 number
9. `evidence`          a customer's or a period's ledger with its wordings, for the authority
10. `overview`         how many agreed, over which channel, and how that moves

May import the floor and `customers`' models, contacts, masking and segments' `touch`.
"""

from customers.consent.expressions import Action, ConsentExpression, Method, Recorded, check
from customers.consent.ledger import EXPRESSION_COLUMNS, rebuild_states, rebuild_states_of, record_many, record_rows
from customers.consent.one_customer import confirm, grant, is_granted, withdraw

__all__ = [
    "EXPRESSION_COLUMNS",
    "Action",
    "ConsentExpression",
    "Method",
    "Recorded",
    "check",
    "confirm",
    "grant",
    "is_granted",
    "rebuild_states",
    "rebuild_states_of",
    "record_many",
    "record_rows",
    "withdraw",
]
