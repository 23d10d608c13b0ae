"""What enrolments and messages refer to must be there: asked once a statement, in sets.

A constraint asks for each row and column by itself: eight look-ups a recipient, which took twice as long as writing
the rows. The customer of a message is that of its enrolment. The parents are protected from deletion by the models.
"""

from django.db import migrations

# The first column and its parent differ from row to row, the other pairs are the same for most rows. Planned anew each
# time: a plan made for one row would be kept for a million, and the other way round.
FUNCTION = """
CREATE FUNCTION campaigns_check_references() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_missing text;
    is_dangling boolean;
BEGIN
    SELECT string_agg(format('NOT EXISTS (SELECT FROM %I AS parent WHERE parent.id = referred.%I)',
                             TG_ARGV[2 * number + 1], TG_ARGV[2 * number]), ' OR ')
      INTO is_missing FROM generate_series(1, TG_NARGS / 2 - 1) AS number;
    EXECUTE format('SELECT EXISTS (SELECT FROM added LEFT JOIN %I AS parent ON parent.id = added.%I'
                   ' WHERE parent.id IS NULL)'
                   ' OR EXISTS (SELECT FROM (SELECT DISTINCT %s FROM added) AS referred WHERE %s)',
                   TG_ARGV[1], TG_ARGV[0],
                   (SELECT string_agg(quote_ident(TG_ARGV[2 * number]), ', ')
                      FROM generate_series(1, TG_NARGS / 2 - 1) AS number), is_missing)
       INTO is_dangling;
    IF is_dangling THEN
        RAISE foreign_key_violation
            USING MESSAGE = format('a new row of %I refers to one that does not exist', TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$;
"""
TRIGGER = """
CREATE TRIGGER {table}_references AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION campaigns_check_references({references});
"""
REFERENCES = {
    "campaigns_enrollment": {"customer_id": "customers_customer", "campaign_id": "campaigns_campaign"},
    "campaigns_message": {
        "enrollment_id": "campaigns_enrollment",
        "campaign_id": "campaigns_campaign",
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
