"""The questions of the nightly check. Each yields the rows that differ: table, number, what it should be, what it is.

Together they replay the ledger: entries give the accounts' numbers, moves give the lots, and each transaction's head,
legs, lots and moves have to tell the same story.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Question:
    """A question and the invariants it asks about; `sentence` says what a row of the answer means."""

    name: str
    sentence: str | Promise
    query: str


# What a head's points have to be by its legs. A transfer may move points and a debt that cancel each other out.
POINTS_BY_LEGS = """
    CASE head.kind WHEN 'earn' THEN -sum(amount) FILTER (WHERE bucket = 'issued')
        WHEN 'activate' THEN -sum(amount) FILTER (WHERE bucket = 'pending')
        WHEN 'redeem' THEN sum(amount) FILTER (WHERE bucket = 'redeemed')
        WHEN 'capture' THEN sum(amount) FILTER (WHERE bucket = 'redeemed')
        WHEN 'hold' THEN sum(amount) FILTER (WHERE bucket = 'held')
        WHEN 'void' THEN -sum(amount) FILTER (WHERE bucket = 'held')
        WHEN 'give_back' THEN -sum(amount) FILTER (WHERE bucket IN ('redeemed', 'adjusted'))
        WHEN 'claw_back' THEN sum(amount) FILTER (WHERE bucket = 'reversed')
        WHEN 'adjust' THEN abs(sum(amount) FILTER (WHERE bucket = 'adjusted'))
        WHEN 'expire' THEN sum(amount) FILTER (WHERE bucket = 'expired')
        ELSE head.points END
"""

QUESTIONS = (
    Question(
        "entries of a transaction",
        _("The entries of the transaction do not add up to zero, or there are none (I1)."),
        """
        SELECT 'loyalty_transaction', head.id, 0, sum(entry.amount)
        FROM loyalty_transaction head LEFT JOIN loyalty_entry entry ON entry.transaction_id = head.id
        GROUP BY head.id HAVING coalesce(sum(entry.amount), 1) <> 0
        """,
    ),
    Question(
        "points of a transaction",
        _("The points of the transaction are not what its entries say."),
        f"""
        SELECT 'loyalty_transaction', head.id, {POINTS_BY_LEGS}, head.points
        FROM loyalty_transaction head JOIN loyalty_entry entry ON entry.transaction_id = head.id
        GROUP BY head.id HAVING head.points IS DISTINCT FROM {POINTS_BY_LEGS}
        """,
    ),
    Question(
        "bucket of an award",
        _("The award is not where its lot belongs: pending until the day from which it is usable."),
        """
        SELECT 'loyalty_entry', entry.id, (lot.activates_at > head.posted_at)::int, (entry.bucket = 'pending')::int
        FROM loyalty_entry entry JOIN loyalty_transaction head ON head.id = entry.transaction_id AND head.kind = 'earn'
        JOIN loyalty_lot lot ON lot.made_by_id = head.id
        WHERE entry.bucket IN ('available', 'pending')
          AND (entry.bucket = 'pending') <> (lot.activates_at > head.posted_at)
        """,
    ),
    Question(
        "entries of an account",
        _("The entry belongs to another account than its transaction."),
        """
        SELECT 'loyalty_entry', entry.id, head.account_id, entry.account_id
        FROM loyalty_entry entry JOIN loyalty_transaction head ON head.id = entry.transaction_id
        WHERE entry.account_id <> head.account_id
        """,
    ),
    Question(
        "owner of a transaction",
        _("None of the member's entries of the transaction is of its account."),
        """
        SELECT 'loyalty_transaction', head.id, min(entry.account_id), head.account_id
        FROM loyalty_transaction head JOIN loyalty_entry entry ON entry.transaction_id = head.id
        WHERE entry.account_id IS NOT NULL
        GROUP BY head.id HAVING bool_and(entry.account_id <> head.account_id)
        """,
    ),
    Question(
        "numbers of entries",
        _("The numbers of the account's entries have a gap before this one (I10)."),
        """
        SELECT 'loyalty_entry', id, before + 1, seq FROM (
            SELECT id, seq, coalesce(lag(seq) OVER (PARTITION BY account_id ORDER BY seq), 0) AS before
            FROM loyalty_entry WHERE account_id IS NOT NULL) numbered
        WHERE seq <> before + 1
        """,
    ),
    Question(
        "balance after entries",
        _("The balance after the entry does not follow from the one before it (I10)."),
        """
        SELECT 'loyalty_entry', id, before + amount, balance_after FROM (
            SELECT id, amount, balance_after,
                   coalesce(lag(balance_after) OVER (PARTITION BY account_id, bucket ORDER BY seq), 0) AS before
            FROM loyalty_entry WHERE account_id IS NOT NULL) chained
        WHERE balance_after <> before + amount
        """,
    ),
    Question(
        "numbers of an account",
        _("The account's numbers are not the sum of its entries (I3, I11)."),
        """
        SELECT 'loyalty_account', account.id, concat_ws(' ', summed.available, summed.pending, summed.held, summed.debt,
                   earned.points, summed.last_seq),
               concat_ws(' ', account.available, account.pending, account.held, account.debt, account.lifetime_earned,
                   account.last_seq)
        FROM loyalty_account account
        LEFT JOIN (
            SELECT account_id, coalesce(sum(amount) FILTER (WHERE bucket = 'available'), 0) AS available,
                   coalesce(sum(amount) FILTER (WHERE bucket = 'pending'), 0) AS pending,
                   coalesce(sum(amount) FILTER (WHERE bucket = 'held'), 0) AS held,
                   -coalesce(sum(amount) FILTER (WHERE bucket = 'debt'), 0) AS debt,
                   max(seq) AS last_seq
            FROM loyalty_entry entry WHERE account_id IS NOT NULL GROUP BY account_id
        ) summed ON summed.account_id = account.id
        LEFT JOIN (
            SELECT account_id, sum(points) AS points FROM loyalty_transaction WHERE kind = 'earn' GROUP BY account_id
        ) earned ON earned.account_id = account.id
        WHERE (account.available, account.pending, account.held, account.debt, account.lifetime_earned,
               account.last_seq) IS DISTINCT FROM (coalesce(summed.available, 0), coalesce(summed.pending, 0),
               coalesce(summed.held, 0), coalesce(summed.debt, 0), coalesce(earned.points, 0),
               coalesce(summed.last_seq, 0))
        """,
    ),
    Question(
        "lots of an account",
        _("The account's points are not those that lie in its lots and holds (I3)."),
        """
        SELECT 'loyalty_account', account.id,
               concat_ws(' ', coalesce(lots.usable, 0), coalesce(lots.waiting, 0), coalesce(holds.points, 0)),
               concat_ws(' ', account.available, account.pending, account.held)
        FROM loyalty_account account
        LEFT JOIN (
            SELECT account_id, coalesce(sum(remaining) FILTER (WHERE state = 'active'), 0) AS usable,
                   coalesce(sum(remaining) FILTER (WHERE state = 'pending'), 0) AS waiting
            FROM loyalty_lot WHERE remaining > 0 GROUP BY account_id
        ) lots ON lots.account_id = account.id
        LEFT JOIN (
            SELECT account_id, sum(points) AS points FROM loyalty_hold WHERE state = 'open' GROUP BY account_id
        ) holds ON holds.account_id = account.id
        WHERE (account.available, account.pending, account.held) IS DISTINCT FROM
              (coalesce(lots.usable, 0), coalesce(lots.waiting, 0), coalesce(holds.points, 0))
        """,
    ),
    Question(
        "moves of a lot",
        _("What is left in the lot does not follow from what was moved (I4)."),
        """
        SELECT 'loyalty_lot', lot.id, lot.original + coalesce(moved.amount, 0), lot.remaining
        FROM loyalty_lot lot
        LEFT JOIN (SELECT lot_id, sum(amount) AS amount FROM loyalty_lotmove GROUP BY lot_id) moved
            ON moved.lot_id = lot.id
        WHERE lot.remaining <> lot.original + coalesce(moved.amount, 0)
        """,
    ),
    Question(
        "lots of a transaction",
        _("The transaction's entries and what it moved from and to lots differ."),
        """
        SELECT 'loyalty_transaction', coalesce(legs.id, moved.id), coalesce(legs.amount, 0), coalesce(moved.amount, 0)
        FROM (
            SELECT transaction_id AS id, sum(amount) AS amount FROM loyalty_entry
            WHERE bucket IN ('available', 'pending') GROUP BY 1
        ) legs FULL JOIN (
            SELECT id, sum(amount) AS amount FROM (
                SELECT made_by_id AS id, original AS amount FROM loyalty_lot
                UNION ALL SELECT transaction_id, amount FROM loyalty_lotmove) each GROUP BY 1
        ) moved ON moved.id = legs.id
        WHERE coalesce(legs.amount, 0) <> coalesce(moved.amount, 0)
        """,
    ),
    Question(
        "last day of a lot",
        _("The lot dies on another day than the one to which it was put off."),
        """
        SELECT 'loyalty_lot', lot.id, told.until::text, lot.expires_at::text
        FROM (SELECT lot_id, max(until) AS until FROM loyalty_lotpostponement GROUP BY lot_id) told
        JOIN loyalty_lot lot ON lot.id = told.lot_id WHERE lot.expires_at IS DISTINCT FROM told.until
        """,
    ),
    Question(
        "owner of a lot",
        _("The lot belongs to another account than the transaction that made it."),
        """
        SELECT 'loyalty_lot', lot.id, head.account_id, lot.account_id
        FROM loyalty_lot lot JOIN loyalty_transaction head ON head.id = lot.made_by_id
        WHERE lot.account_id <> head.account_id
        """,
    ),
    Question(
        "state of a lot",
        _("The lot still waits for a day that is over: something was booked on the account since."),
        """
        SELECT 'loyalty_lot', lot.id, 'active', lot.state
        FROM loyalty_lot lot WHERE lot.state = 'pending' AND EXISTS (
            SELECT 1 FROM loyalty_transaction head
            WHERE head.account_id = lot.account_id AND head.posted_at >= lot.activates_at
              AND (head.id = lot.made_by_id OR head.id > lot.made_by_id AND head.kind <> 'earn'))
        """,
    ),
    Question(
        "owner of a move",
        _("The transaction moved points of another account's lot."),
        """
        SELECT 'loyalty_lotmove', move.id, head.account_id, lot.account_id
        FROM loyalty_lotmove move JOIN loyalty_transaction head ON head.id = move.transaction_id
        JOIN loyalty_lot lot ON lot.id = move.lot_id WHERE lot.account_id <> head.account_id
        """,
    ),
    Question(
        "dead points",
        _("The transaction used points that had expired (I7)."),
        """
        SELECT DISTINCT 'loyalty_transaction', head.id, lot.expires_at::text, head.posted_at::text
        FROM loyalty_lotmove move JOIN loyalty_transaction head ON head.id = move.transaction_id
        JOIN loyalty_lot lot ON lot.id = move.lot_id
        WHERE move.amount < 0 AND lot.expires_at <= head.posted_at AND head.kind NOT IN ('activate', 'expire')
        """,
    ),
    Question(
        "reversals",
        _("More was taken back than the transaction had (I6)."),
        """
        SELECT 'loyalty_transaction', original.id, original.points, sum(back.points)
        FROM loyalty_transaction back JOIN loyalty_transaction original ON original.id = back.reverses_id
        GROUP BY original.id HAVING sum(back.points) > original.points
        """,
    ),
    Question(
        "holds",
        _("The hold does not agree with the transactions that placed and resolved it (I8)."),
        """
        SELECT 'loyalty_hold', hold.id,
               concat_ws(' ', placed.account_id, placed.kind, placed.points, resolved.kind, resolved.account_id),
               concat_ws(' ', hold.account_id, hold.state, hold.points)
        FROM loyalty_hold hold JOIN loyalty_transaction placed ON placed.id = hold.placement_id
        LEFT JOIN loyalty_transaction resolved ON resolved.id = hold.resolution_id
        WHERE placed.kind <> 'hold' OR (placed.points, placed.account_id) <> (hold.points, hold.account_id)
           OR resolved.account_id <> hold.account_id OR resolved.points > hold.points
           OR resolved.kind <> CASE hold.state WHEN 'captured' THEN 'capture' WHEN 'voided' THEN 'void' END
        """,
    ),
    Question(
        "transactions without a hold",
        _("Points were set aside or released without a hold that says so."),
        """
        SELECT 'loyalty_transaction', head.id, 'hold', head.kind FROM loyalty_transaction head
        WHERE head.kind = 'hold' AND NOT EXISTS (SELECT 1 FROM loyalty_hold WHERE placement_id = head.id)
           OR head.kind IN ('capture', 'void')
              AND NOT EXISTS (SELECT 1 FROM loyalty_hold WHERE resolution_id = head.id)
        """,
    ),
    Question(
        "next due",
        _("The account would be looked at too late: something falls due on it before."),
        """
        SELECT 'loyalty_account', account.id, due.at::text, account.due_at::text
        FROM loyalty_account account JOIN (
            SELECT account_id, min(at) AS at FROM (
                SELECT account_id, CASE state WHEN 'pending' THEN activates_at ELSE expires_at END AS at
                FROM loyalty_lot WHERE state IN ('active', 'pending')
                UNION ALL SELECT account_id, expires_at FROM loyalty_hold WHERE state = 'open') each
            WHERE at IS NOT NULL GROUP BY account_id
        ) due ON due.account_id = account.id
        WHERE account.due_at IS NULL OR account.due_at > due.at
        """,
    ),
    Question(
        "moves between accounts",
        _("What left accounts by merges is not what reached others."),
        """
        SELECT 'loyalty_program', head.program_id, 0, sum(entry.amount)
        FROM loyalty_entry entry JOIN loyalty_transaction head ON head.id = entry.transaction_id
        WHERE entry.bucket = 'transferred' GROUP BY head.program_id HAVING sum(entry.amount) <> 0
        """,
    ),
    Question(
        "programs",
        _("The transaction belongs to another program than its account."),
        """
        SELECT 'loyalty_transaction', head.id, account.program_id, head.program_id
        FROM loyalty_transaction head JOIN loyalty_account account ON account.id = head.account_id
        WHERE head.program_id <> account.program_id
        """,
    ),
)
