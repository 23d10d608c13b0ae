"""Keep the Korean catalogue complete."""

from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from crm_project import translations


class Command(BaseCommand):
    """Update, compile or check the catalogues of all languages but English, which the code is written in."""

    help = "Gather translatable strings (--update), compile catalogues (--compile), or report gaps (--check)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        group = parser.add_mutually_exclusive_group(required=True)
        group.add_argument("--update", action="store_true", help="add new strings, drop those no longer used")
        group.add_argument("--compile", action="store_true", help="write what Django reads, where it is out of date")
        group.add_argument("--check", action="store_true", help="list strings without a translation; fails on any")

    def handle(self, *args: object, **options: bool) -> None:
        for language in (code for code, _name in settings.LANGUAGES if code != "en"):
            if options["update"]:
                catalogue = translations.update(language)
                self.stdout.write(f"{language}: {len(catalogue)} strings")
            elif options["compile"]:
                if translations.compile_catalogue(language):
                    self.stdout.write(f"{language}: compiled")
            else:
                self._check(language)

    def _check(self, language: str) -> None:
        problems = translations.problems(language)
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            raise CommandError(f"{language}: {len(problems)} strings need work.")
