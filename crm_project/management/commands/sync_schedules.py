"""`manage.py sync_schedules`: put `schedules.py` in force."""

from django.core.management.base import BaseCommand

from crm_project import schedules


class Command(BaseCommand):
    """Makes the queue's schedule rows equal to the table in `schedules.py`."""

    help = "Make the queue's schedules equal to crm_project/schedules.py. Run it at each deployment."

    def handle(self, *args: object, **options: object) -> None:
        count = schedules.put_in_force(schedules.SCHEDULES)
        if int(str(options["verbosity"])) > 0:
            self.stdout.write(f"{count} schedules are in force.")
