"""The database itself refuses to change what a customer said about consent (P-04), and what they had read (P-02)."""

from django.db import migrations

CREATE = """
CREATE FUNCTION customers_consententry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The consent ledger is append-only: record a new expression instead.'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER consententry_append_only BEFORE UPDATE OR DELETE ON customers_consententry
    FOR EACH STATEMENT EXECUTE FUNCTION customers_consententry_refuse();

CREATE FUNCTION customers_consentwording_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A published wording stays as customers read it: publish a new version instead.'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER consentwording_fixed BEFORE UPDATE OR DELETE ON customers_consentwording
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION customers_consentwording_refuse();
"""
DROP = """
DROP TRIGGER consentwording_fixed ON customers_consentwording;
DROP FUNCTION customers_consentwording_refuse();
DROP TRIGGER consententry_append_only ON customers_consententry;
DROP FUNCTION customers_consententry_refuse();
"""


class Migration(migrations.Migration):
    """UPDATE and DELETE raise; TRUNCATE stays, for it empties test databases."""

    dependencies = [("customers", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, DROP)]
