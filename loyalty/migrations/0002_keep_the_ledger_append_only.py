"""The database itself keeps the ledger: what is booked stays, adds up, and is written through one door.

I1 legs add up to zero · I2 nothing booked is changed or deleted · I6 no more is taken back than there was · I7 no dead
points are used, and a last day is only put off · I8 a hold is resolved once · numbers of an account change only with
entries. The other invariants are constraints of the tables (0001).
"""

from django.db import migrations

OPEN = """
-- Locks an account first, and then reads it, its program and its open lots, each as JSON.
CREATE FUNCTION loyalty_open(number bigint, wants_lots boolean, OUT account text, OUT program text, OUT lots text)
LANGUAGE plpgsql AS $$
DECLARE
    opened loyalty_account;
BEGIN
    SELECT * INTO opened FROM loyalty_account WHERE id = number FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    account := row_to_json(opened);
    SELECT row_to_json(terms) INTO program FROM loyalty_program terms WHERE id = opened.program_id;
    lots := '[]';
    IF wants_lots THEN
        SELECT coalesce(json_agg(lot ORDER BY lot.id), '[]') INTO lots
        FROM loyalty_lot lot WHERE account_id = number AND state IN ('active', 'pending');
    END IF;
END $$;
"""
POST = """
-- Writes a transaction that `loyalty/ledger/writing.py` has drawn up under the account's lock.
CREATE FUNCTION loyalty_post(draft jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
BEGIN
    INSERT INTO loyalty_transaction (program_id, account_id, kind, points, source_system, reference, line, occurred_at,
            posted_at, reverses_id, rule_version_id, details, reason, note, store_id, by_id, approved_by_id)
    SELECT program_id, account_id, kind, points, coalesce(source_system, ''), coalesce(reference, ''),
           coalesce(line, ''), occurred_at, posted_at, reverses_id, rule_version_id, details, coalesce(reason, ''),
           coalesce(note, ''), store_id, by_id, approved_by_id
    FROM jsonb_populate_record(NULL::loyalty_transaction, draft -> 'head')
    RETURNING id INTO number;

    UPDATE loyalty_account account
    SET available = told.available, pending = told.pending, held = told.held, debt = told.debt,
        lifetime_earned = told.lifetime_earned, last_seq = told.last_seq, due_at = told.due_at
    FROM jsonb_populate_record(NULL::loyalty_account, draft -> 'account') told
    WHERE account.id = (draft ->> 'account_id')::bigint AND account.last_seq = (draft ->> 'seq_before')::bigint;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Points account % was booked on since it was read.', draft ->> 'account_id'
            USING ERRCODE = 'serialization_failure';
    END IF;

    INSERT INTO loyalty_entry (transaction_id, account_id, bucket, amount, seq, balance_after)
    SELECT number, account_id, bucket, amount, seq, balance_after
    FROM jsonb_populate_recordset(NULL::loyalty_entry, draft -> 'entries');

    IF draft -> 'new_lots' <> '[]' THEN
        WITH made AS (
            INSERT INTO loyalty_lot (account_id, made_by_id, award_id, origin_id, kind, original, remaining, state,
                    activates_at, expires_at)
            SELECT account_id, number, coalesce(award_id, number), origin_id, kind, original, remaining, state,
                   activates_at, expires_at
            FROM jsonb_populate_recordset(NULL::loyalty_lot, draft -> 'new_lots')
            RETURNING id, original, remaining
        )
        INSERT INTO loyalty_lotmove (transaction_id, lot_id, amount)  -- what a debt took of new points at once
        SELECT number, id, remaining - original FROM made WHERE remaining < original;
    END IF;

    IF draft -> 'moves' <> '[]' THEN
        INSERT INTO loyalty_lotmove (transaction_id, lot_id, instead_of_id, amount)
        SELECT number, lot_id, instead_of_id, amount
        FROM jsonb_populate_recordset(NULL::loyalty_lotmove, draft -> 'moves');
    END IF;
    IF draft -> 'lots' <> '[]' THEN
        UPDATE loyalty_lot lot SET remaining = told.remaining, state = told.state
        FROM jsonb_populate_recordset(NULL::loyalty_lot, draft -> 'lots') told
        WHERE lot.id = told.id;
    END IF;
    RETURN number;
END $$;
"""
REDEEM = """
-- A use of points that needs no more than its lots: lock, look, book, in one call. Everything else (something is due, a
-- refusal, a receipt that was booked before, a merged account) books nothing and returns nothing: `redemptions.py`
-- then goes the long way and knows what to say. Nothing is written before the last reason to stop.
CREATE FUNCTION loyalty_redeem(number bigint, wanted bigint, bill bigint, moment timestamptz, source text, receipt text,
    place text, happened_at timestamptz, store bigint, person bigint,
    OUT booked bigint, OUT available bigint, OUT pending bigint, OUT held bigint)
LANGUAGE plpgsql AS $$
DECLARE
    account loyalty_account;
    taken bigint;
BEGIN
    SELECT * INTO account FROM loyalty_account WHERE id = number FOR NO KEY UPDATE;
    IF NOT FOUND OR account.status <> 'open' OR account.debt > 0 OR account.available < wanted OR wanted < 1
            OR account.due_at <= moment THEN
        RETURN;
    END IF;
    INSERT INTO loyalty_transaction (program_id, account_id, kind, points, source_system, reference, line, occurred_at,
            posted_at, reason, note, store_id, by_id)
    SELECT id, number, 'redeem', wanted, source, receipt, place, happened_at, moment, '', '', store, person
    FROM loyalty_program
    WHERE id = account.program_id AND wanted >= least_points AND wanted % step = 0
      AND (bill IS NULL OR wanted * 100 <= bill * most_percent)
    ON CONFLICT (program_id, source_system, reference, line, kind) WHERE NOT (reference = '') DO NOTHING
    RETURNING id INTO booked;
    IF booked IS NULL THEN
        RETURN;
    END IF;

    WITH parts AS (
        SELECT id, remaining, least(remaining, wanted - before) AS points
        FROM (
            SELECT id, remaining, coalesce(sum(remaining) OVER (
                ORDER BY kind = 'paid', expires_at, activates_at, id
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::bigint AS before
            FROM loyalty_lot WHERE account_id = number AND state = 'active'
        ) lots WHERE before < wanted
    ), moved AS (
        INSERT INTO loyalty_lotmove (transaction_id, lot_id, amount) SELECT booked, id, -points FROM parts
    ), left_over AS (
        UPDATE loyalty_lot lot
        SET remaining = lot.remaining - parts.points,
            state = CASE WHEN lot.remaining = parts.points THEN 'spent' ELSE lot.state END
        FROM parts WHERE lot.id = parts.id
    )
    SELECT sum(points) INTO taken FROM parts;
    IF taken IS DISTINCT FROM wanted THEN
        RAISE EXCEPTION 'The lots of points account % hold less than it says.', number
            USING ERRCODE = 'integrity_constraint_violation', TABLE = 'loyalty_account';
    END IF;
    INSERT INTO loyalty_entry (transaction_id, account_id, bucket, amount, seq, balance_after)
    VALUES (booked, number, 'available', -wanted, account.last_seq + 1, account.available - wanted),
           (booked, NULL, 'redeemed', wanted, NULL, NULL);
    UPDATE loyalty_account one SET available = one.available - wanted, last_seq = one.last_seq + 1 WHERE id = number;
    available := account.available - wanted;
    pending := account.pending;
    held := account.held;
END $$;
"""
REFUSE = """
CREATE FUNCTION loyalty_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME;
END $$;

CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE ON loyalty_entry FOR EACH STATEMENT
    EXECUTE FUNCTION loyalty_refuse('Points entries are append-only: book a reversal instead.');
CREATE TRIGGER move_append_only BEFORE UPDATE OR DELETE ON loyalty_lotmove FOR EACH STATEMENT
    EXECUTE FUNCTION loyalty_refuse('Moves of points are append-only: book a reversal instead.');
CREATE TRIGGER ruleversion_append_only BEFORE UPDATE OR DELETE ON loyalty_ruleversion FOR EACH STATEMENT
    EXECUTE FUNCTION loyalty_refuse('A rule version stays as it was: make a new version instead.');
CREATE TRIGGER transaction_never_deleted BEFORE DELETE ON loyalty_transaction FOR EACH STATEMENT
    EXECUTE FUNCTION loyalty_refuse('Points transactions are append-only: book a reversal instead.');
-- An erasure may empty the note; nothing else of a transaction ever changes.
CREATE TRIGGER transaction_append_only BEFORE UPDATE ON loyalty_transaction FOR EACH ROW
    WHEN (NEW.note <> '' OR to_jsonb(OLD) - 'note' <> to_jsonb(NEW) - 'note')
    EXECUTE FUNCTION loyalty_refuse('Points transactions are append-only: book a reversal instead.');

CREATE TRIGGER lot_never_deleted BEFORE DELETE ON loyalty_lot FOR EACH STATEMENT
    EXECUTE FUNCTION loyalty_refuse('A lot of points is never deleted.');
CREATE TRIGGER lot_terms_fixed BEFORE UPDATE ON loyalty_lot FOR EACH ROW
    WHEN ((OLD.id, OLD.account_id, OLD.made_by_id, OLD.award_id, OLD.origin_id, OLD.kind, OLD.original,
           OLD.activates_at) IS DISTINCT FROM
          (NEW.id, NEW.account_id, NEW.made_by_id, NEW.award_id, NEW.origin_id, NEW.kind, NEW.original,
           NEW.activates_at))
    EXECUTE FUNCTION loyalty_refuse('The terms of a lot of points are fixed when it is awarded.');
CREATE TRIGGER lotpostponement_append_only BEFORE UPDATE OR DELETE ON loyalty_lotpostponement FOR EACH STATEMENT
    EXECUTE FUNCTION loyalty_refuse('That a last day was put off stays written down.');
CREATE TRIGGER hold_never_deleted BEFORE DELETE ON loyalty_hold FOR EACH STATEMENT
    EXECUTE FUNCTION loyalty_refuse('A hold of points is resolved, never deleted.');
CREATE TRIGGER hold_resolved_once BEFORE UPDATE ON loyalty_hold FOR EACH ROW
    WHEN (OLD.state <> 'open' OR (OLD.account_id, OLD.placement_id, OLD.points, OLD.expires_at) IS DISTINCT FROM
          (NEW.account_id, NEW.placement_id, NEW.points, NEW.expires_at))
    EXECUTE FUNCTION loyalty_refuse('A hold of points is resolved once.');

CREATE TRIGGER account_moves_with_entries BEFORE UPDATE ON loyalty_account FOR EACH ROW
    WHEN ((OLD.available, OLD.pending, OLD.held, OLD.debt) IS DISTINCT FROM
          (NEW.available, NEW.pending, NEW.held, NEW.debt) AND NEW.last_seq <= OLD.last_seq)
    EXECUTE FUNCTION loyalty_refuse('The numbers of a points account change only with entries.');
CREATE TRIGGER account_counts_on BEFORE UPDATE ON loyalty_account FOR EACH ROW
    WHEN (NEW.last_seq < OLD.last_seq)
    EXECUTE FUNCTION loyalty_refuse('The entries of a points account are numbered on.');
"""
BALANCE = """
-- Legs come in one statement, so that they have to add up at once (I1), and only with the head they belong to (I2).
CREATE FUNCTION loyalty_entries_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong bigint;
BEGIN
    SELECT transaction_id INTO wrong FROM written GROUP BY transaction_id HAVING sum(amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'The entries of points transaction % do not add up to zero.', wrong
            USING ERRCODE = 'integrity_constraint_violation', TABLE = 'loyalty_entry';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entries_add_up AFTER INSERT ON loyalty_entry REFERENCING NEW TABLE AS written FOR EACH STATEMENT
    EXECUTE FUNCTION loyalty_entries_add_up();

-- At COMMIT: no head without legs, and all its legs together zero.
CREATE FUNCTION loyalty_transaction_is_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT coalesce(sum(amount), 1) FROM loyalty_entry WHERE transaction_id = NEW.id) <> 0 THEN
        RAISE EXCEPTION 'Points transaction % has no entries, or they do not add up to zero.', NEW.id
            USING ERRCODE = 'integrity_constraint_violation', TABLE = 'loyalty_transaction';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER transaction_is_whole AFTER INSERT ON loyalty_transaction DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION loyalty_transaction_is_whole();

-- I6. The account's lock keeps two of them from passing at once.
CREATE FUNCTION loyalty_reversal_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    original bigint;
    back bigint;
BEGIN
    SELECT points INTO original FROM loyalty_transaction WHERE id = NEW.reverses_id;
    SELECT coalesce(sum(points), 0) INTO back FROM loyalty_transaction WHERE reverses_id = NEW.reverses_id;
    IF back > original THEN
        RAISE EXCEPTION 'More than its % points would be taken back of points transaction %.', original,
            NEW.reverses_id USING ERRCODE = 'integrity_constraint_violation', TABLE = 'loyalty_transaction';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER reversal_fits AFTER INSERT ON loyalty_transaction FOR EACH ROW WHEN (NEW.reverses_id IS NOT NULL)
    EXECUTE FUNCTION loyalty_reversal_fits();

-- I7. What is left of a dead lot only expires, after it has paid what was owed when it became usable.
CREATE FUNCTION loyalty_move_takes_living_points() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM loyalty_lot lot, loyalty_transaction head
        WHERE lot.id = NEW.lot_id AND head.id = NEW.transaction_id AND lot.expires_at <= head.posted_at
          AND head.kind NOT IN ('activate', 'expire')
    ) THEN
        RAISE EXCEPTION 'The points of lot % have expired.', NEW.lot_id
            USING ERRCODE = 'integrity_constraint_violation', TABLE = 'loyalty_lotmove';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER move_takes_living_points AFTER INSERT ON loyalty_lotmove FOR EACH ROW WHEN (NEW.amount < 0)
    EXECUTE FUNCTION loyalty_move_takes_living_points();
"""
LAST_DAY = """
-- The day on which points die moves to a later one only, and only with a row that says so.
CREATE FUNCTION loyalty_last_day_is_put_off() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM loyalty_lotpostponement
                   WHERE lot_id = NEW.id AND was = OLD.expires_at AND until = NEW.expires_at) THEN
        RAISE EXCEPTION 'The terms of a lot of points are fixed when it is awarded.'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = 'loyalty_lot';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER lot_last_day BEFORE UPDATE ON loyalty_lot FOR EACH ROW
    WHEN (OLD.expires_at IS DISTINCT FROM NEW.expires_at) EXECUTE FUNCTION loyalty_last_day_is_put_off();
"""
GRANTS = """
-- A superuser is beyond grants: the triggers hold for that one too. The one column that stays writable lets foreign
-- keys lock the rows they refer to.
REVOKE UPDATE, DELETE ON loyalty_entry, loyalty_lotmove, loyalty_lotpostponement, loyalty_ruleversion,
    loyalty_transaction FROM PUBLIC, CURRENT_USER;
REVOKE DELETE ON loyalty_lot, loyalty_hold FROM PUBLIC, CURRENT_USER;
GRANT UPDATE (note) ON loyalty_transaction TO CURRENT_USER;
GRANT UPDATE (id) ON loyalty_ruleversion TO CURRENT_USER;
"""
# Hot rows are updated where they lie when their page has room.
ROOM = """
ALTER TABLE loyalty_account SET (fillfactor = 70);
ALTER TABLE loyalty_lot SET (fillfactor = 85);
"""
UNDO = """
ALTER TABLE loyalty_account RESET (fillfactor);
ALTER TABLE loyalty_lot RESET (fillfactor);
GRANT UPDATE, DELETE ON loyalty_entry, loyalty_lotmove, loyalty_lotpostponement, loyalty_ruleversion,
    loyalty_transaction, loyalty_lot, loyalty_hold TO CURRENT_USER;
DROP FUNCTION loyalty_open(bigint, boolean);
DROP FUNCTION loyalty_post(jsonb);
DROP FUNCTION loyalty_redeem(bigint, bigint, bigint, timestamptz, text, text, text, timestamptz, bigint, bigint);
DROP FUNCTION loyalty_refuse() CASCADE;
DROP FUNCTION loyalty_entries_add_up() CASCADE;
DROP FUNCTION loyalty_transaction_is_whole() CASCADE;
DROP FUNCTION loyalty_reversal_fits() CASCADE;
DROP FUNCTION loyalty_move_takes_living_points() CASCADE;
DROP FUNCTION loyalty_last_day_is_put_off() CASCADE;
"""


class Migration(migrations.Migration):
    """Writes the functions that book, the triggers that refuse, and the grants."""

    dependencies = [("loyalty", "0001_initial")]

    operations = [
        migrations.RunSQL(OPEN + POST + REDEEM + REFUSE + BALANCE + LAST_DAY + GRANTS + ROOM, UNDO),
    ]
