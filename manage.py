#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys


def main() -> None:
    """Run a management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_project.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - after the variable is set

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
