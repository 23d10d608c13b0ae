"""The database itself keeps tiers honest: one tier at any instant (I12), and credits and rules as they were written."""

from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations

ONE_AT_A_TIME = """
ALTER TABLE loyalty_tierperiod ADD CONSTRAINT tier_period_one_at_a_time
    EXCLUDE USING gist (customer_id WITH =, tstzrange(started_at, ended_at) WITH &&);
"""
TWO_AT_A_TIME = "ALTER TABLE loyalty_tierperiod DROP CONSTRAINT tier_period_one_at_a_time;"

APPEND_ONLY = """
CREATE FUNCTION loyalty_tier_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Rows of % stay as they are: a return is a negative credit, a changed ladder a new version.',
        TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER tiercredit_append_only BEFORE UPDATE OR DELETE ON loyalty_tiercredit
    FOR EACH STATEMENT EXECUTE FUNCTION loyalty_tier_refuse();
CREATE TRIGGER tierruleversion_fixed BEFORE UPDATE OR DELETE ON loyalty_tierruleversion
    FOR EACH STATEMENT EXECUTE FUNCTION loyalty_tier_refuse();
CREATE TRIGGER tierthreshold_fixed BEFORE UPDATE OR DELETE ON loyalty_tierthreshold
    FOR EACH STATEMENT EXECUTE FUNCTION loyalty_tier_refuse();
"""
CHANGEABLE = """
DROP TRIGGER tierthreshold_fixed ON loyalty_tierthreshold;
DROP TRIGGER tierruleversion_fixed ON loyalty_tierruleversion;
DROP TRIGGER tiercredit_append_only ON loyalty_tiercredit;
DROP FUNCTION loyalty_tier_refuse();
"""


class Migration(migrations.Migration):
    """UPDATE and DELETE raise; TRUNCATE stays, for it empties test databases."""

    dependencies = [("loyalty", "0002_keep_the_ledger_append_only")]

    operations = [
        BtreeGistExtension(),
        migrations.RunSQL(ONE_AT_A_TIME, TWO_AT_A_TIME),
        migrations.RunSQL(APPEND_ONLY, CHANGEABLE),
    ]
