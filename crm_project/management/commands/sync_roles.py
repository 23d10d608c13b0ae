"""`manage.py sync_roles`: put the table of roles in force."""

from django.core.management.base import BaseCommand, CommandError

from crm_project import roles


class Command(BaseCommand):
    """Makes the groups' permissions equal to the table in `roles.py`."""

    help = "Make the groups of the roles equal to crm_project/roles.py. Run it at each deployment."

    def handle(self, *args: object, **options: object) -> None:
        try:
            roles.put_in_force()
        except LookupError as error:
            raise CommandError(str(error)) from error
        if int(str(options["verbosity"])) > 0:
            self.stdout.write(f"{len(roles.ROLES)} roles are in force.")
