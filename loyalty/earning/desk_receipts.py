"""A receipt that staff booked at the desk before its order came in: its order earns where all of it was taken back."""

from customers.models import Order
from loyalty.ledger.awards import already_back
from loyalty.models import Program, Transaction

# The line under which an order earns whose receipt earned at the desk, until staff took that back.
AFTER_DESK = "order"
# True: it earned and all was taken back. False: some of it stands. Null: it never earned.
# Expects `account` and `bought`, an account and an order.
IS_TAKEN_BACK = """
    (SELECT bool_and(coalesce(back.points, 0) >= award.points)
       FROM loyalty_transaction AS award
       LEFT JOIN LATERAL (
            SELECT sum(points) AS points FROM loyalty_transaction WHERE reverses_id = award.id) AS back ON true
      WHERE award.program_id = account.program_id AND award.kind = 'earn'
        AND award.source_system = bought.source AND award.reference = bought.external_id AND award.reference <> '')
"""


def line_of(order: Order, program: Program) -> str:
    """Return the line under which an order earns for the first time; that of the desk where the desk's award stands."""
    awards = Transaction.objects.filter(
        program=program, kind=Transaction.Kind.EARN, source_system=order.source, reference=order.external_id
    )
    given = [already_back(award) >= award.points for award in awards]
    return AFTER_DESK if given and all(given) else ""
