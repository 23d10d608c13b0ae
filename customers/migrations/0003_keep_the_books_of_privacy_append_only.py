"""The database itself keeps the consent ledger, the access log and the book of destructions as they were written.

Two narrow ways lead past it, for the law wants both: the evidence of an expression of consent may be emptied once its
customer is erased, and the reason of a look may be emptied, by nobody but an erasure. A row of the access log may be
deleted when it is older than a year (P-14), never before.
"""

from django.db import migrations

CONSENT_LEDGER = """
DROP TRIGGER consententry_append_only ON customers_consententry;
CREATE OR REPLACE FUNCTION customers_consententry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.evidence = '{}'::jsonb
       AND to_jsonb(NEW) - 'evidence' = to_jsonb(OLD) - 'evidence'
       AND EXISTS (SELECT 1 FROM customers_customer WHERE id = NEW.customer_id AND erased_at IS NOT NULL) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'The consent ledger is append-only: record a new expression instead.'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER consententry_append_only BEFORE UPDATE OR DELETE ON customers_consententry
    FOR EACH ROW EXECUTE FUNCTION customers_consententry_refuse();
"""
CONSENT_LEDGER_BEFORE = """
DROP TRIGGER consententry_append_only ON customers_consententry;
CREATE OR REPLACE FUNCTION customers_consententry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The consent ledger is append-only: record a new expression instead.'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER consententry_append_only BEFORE UPDATE OR DELETE ON customers_consententry
    FOR EACH STATEMENT EXECUTE FUNCTION customers_consententry_refuse();
"""
ACCESS_LOG = """
CREATE FUNCTION customers_accesslogentry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.happened_at < now() - interval '365 days' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.reason = '' AND to_jsonb(NEW) - 'reason' = to_jsonb(OLD) - 'reason'
       AND current_setting('dangol.erasing', true) = 'on' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'The access log is append-only, and kept for a year at least.'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER accesslogentry_append_only BEFORE UPDATE OR DELETE ON customers_accesslogentry
    FOR EACH ROW EXECUTE FUNCTION customers_accesslogentry_refuse();
"""
ACCESS_LOG_BEFORE = """
DROP TRIGGER accesslogentry_append_only ON customers_accesslogentry;
DROP FUNCTION customers_accesslogentry_refuse();
"""
DESTRUCTIONS = """
CREATE FUNCTION customers_destruction_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The book of destructions is append-only.' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER destruction_append_only BEFORE UPDATE OR DELETE ON customers_destruction
    FOR EACH ROW EXECUTE FUNCTION customers_destruction_refuse();
"""
DESTRUCTIONS_BEFORE = """
DROP TRIGGER destruction_append_only ON customers_destruction;
DROP FUNCTION customers_destruction_refuse();
"""


class Migration(migrations.Migration):
    """UPDATE and DELETE raise, but for what is named above; TRUNCATE stays, for it empties test databases."""

    dependencies = [("customers", "0002_keep_the_consent_ledger_append_only")]

    operations = [
        migrations.RunSQL(CONSENT_LEDGER, CONSENT_LEDGER_BEFORE),
        migrations.RunSQL(ACCESS_LOG, ACCESS_LOG_BEFORE),
        migrations.RunSQL(DESTRUCTIONS, DESTRUCTIONS_BEFORE),
    ]
