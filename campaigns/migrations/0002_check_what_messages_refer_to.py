"""What enrolments and messages refer to must be there: asked once a statement, in sets.

A constraint asks for each row and column by itself: eight look-ups a recipient, which took twice as long as writing
the rows. The customer of a message is that of its enrolment. The parents are protected from deletion by the models.
"""

from django.db import migrations

# Said anew each time: a plan made for a row would be kept for a million, and the other way round.
FUNCTION = """
CREATE FUNCTION campaigns_check_references() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_dangling boolean;
BEGIN
    FOR number IN 0 .. TG_NARGS / 2 - 1 LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM (SELECT DISTINCT %I AS id FROM added) AS referred'
                       ' WHERE NOT EXISTS (SELECT FROM %I AS parent WHERE parent.id = referred.id))',
                       TG_ARGV[2 * number], TG_ARGV[2 * number + 1]) INTO is_dangling;
        IF is_dangling THEN
            RAISE foreign_key_violation USING MESSAGE = format(
                '%I.%I refers to a row that is not in %I', TG_TABLE_NAME, TG_ARGV[2 * number],
                TG_ARGV[2 * number + 1]);
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
"""
TRIGGER = """
CREATE TRIGGER {table}_references AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION campaigns_check_references({references});
"""
REFERENCES = {
    "campaigns_enrollment": {"campaign_id": "campaigns_campaign", "customer_id": "customers_customer"},
    "campaigns_message": {
        "campaign_id": "campaigns_campaign",
        "enrollment_id": "campaigns_enrollment",
        "step_id": "campaigns_step",
        "variant_id": "campaigns_variant",
        "account_id": "campaigns_channelaccount",
    },
}


def _trigger(table: str) -> str:
    named = [word for pair in REFERENCES[table].items() for word in pair]
    return TRIGGER.format(table=table, references=", ".join(f"'{word}'" for word in named))


class Migration(migrations.Migration):
    """Adds the two triggers and their function."""

    dependencies = [("campaigns", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION campaigns_check_references()"),
        *[migrations.RunSQL(_trigger(table), f"DROP TRIGGER {table}_references ON {table}") for table in REFERENCES],
    ]
