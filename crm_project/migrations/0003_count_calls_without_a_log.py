"""Counting calls must not cost each of them a flush to disk; after a crash the counts start anew."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("crm_project", "0002_keep_answers_and_count_calls")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE crm_project_ratecount SET UNLOGGED", "ALTER TABLE crm_project_ratecount SET LOGGED"
        )
    ]
