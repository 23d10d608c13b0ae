"""The database itself refuses to change or delete what a customer said about consent (P-04)."""

from django.db import migrations

CREATE = """
CREATE FUNCTION customers_consententry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The consent ledger is append-only: record a new expression instead.'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER consententry_append_only BEFORE UPDATE OR DELETE ON customers_consententry
    FOR EACH STATEMENT EXECUTE FUNCTION customers_consententry_refuse();
"""
DROP = """
DROP TRIGGER consententry_append_only ON customers_consententry;
DROP FUNCTION customers_consententry_refuse();
"""


class Migration(migrations.Migration):
    """UPDATE and DELETE raise; TRUNCATE stays, for it empties test databases."""

    dependencies = [("customers", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, DROP)]
