-- One use of 10 points by hand: the rows, guards and order of use of `loyalty.ledger.redeem`, and nothing around them.
\set account random(:first, :last)
\set receipt random(1, 9000000000000000)
BEGIN;
SELECT available FROM loyalty_account WHERE id = :account FOR NO KEY UPDATE;
WITH account AS (
    UPDATE loyalty_account SET available = available - 10, last_seq = last_seq + 1
    WHERE id = :account AND status = 'open' AND debt = 0 AND available >= 10
    RETURNING id, program_id, available, last_seq
), head AS (
    INSERT INTO loyalty_transaction (program_id, account_id, kind, points, source_system, reference, line, occurred_at,
        posted_at, reason, note)
    SELECT program_id, id, 'redeem', 10, 'pgbench', :receipt::bigint::text, '', now(), now(), '', '' FROM account
    RETURNING id
), legs AS (
    INSERT INTO loyalty_entry (transaction_id, account_id, bucket, amount, seq, balance_after)
    SELECT head.id, account.id, 'available', -10, account.last_seq, account.available FROM head, account
    UNION ALL SELECT head.id, NULL, 'redeemed', 10, NULL, NULL FROM head
), taken AS (
    SELECT id, least(remaining, 10 - before) AS points
    FROM (
        SELECT id, remaining, coalesce(sum(remaining) OVER (ORDER BY kind = 'paid', expires_at, activates_at, id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::bigint AS before
        FROM loyalty_lot WHERE account_id = :account AND state = 'active' AND (expires_at IS NULL OR expires_at > now())
    ) lots WHERE before < 10
), moves AS (
    INSERT INTO loyalty_lotmove (transaction_id, lot_id, amount) SELECT head.id, taken.id, -points FROM head, taken
)
UPDATE loyalty_lot lot
SET remaining = remaining - taken.points, state = CASE WHEN remaining = taken.points THEN 'spent' ELSE 'active' END
FROM taken, head WHERE lot.id = taken.id;
COMMIT;
