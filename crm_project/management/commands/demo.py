"""`manage.py demo`: a shop with a year behind it, its team, and a public that answers its mail."""

import os
import shutil
import threading
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections, connection
from django.utils import timezone

from campaigns.models import Campaign
from crm_project import roles
from crm_project.demo import loyalty_at_work, points
from crm_project.demo.complete_journey import NOTICE, SOURCE, CompleteJourney
from crm_project.demo.console import Console
from crm_project.demo.load import load, loaded_until, yesterday
from crm_project.demo.logins import LOGINS, make_users, web_shop_key
from crm_project.demo.mailbox import Mailboxes
from crm_project.demo.public import Public, Shopper, Web
from crm_project.demo.setup import CAMPAIGN, set_up
from crm_project.demo.shoppers import who_is
from crm_project.demo.web_shop import tracking
from crm_project.errors import BusinessError
from customers.models import Customer


class Command(BaseCommand):
    """Makes what is missing and starts everything; the second start makes nothing."""

    help = (
        "Set up and run 단골마트: a year of a supermarket, users for every role, a public that opens, clicks and buys."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
        parser.add_argument("--no-serve", action="store_true", help="set up and stop")
        parser.add_argument(
            "--reset", action="store_true", help="throw the demo's database content away and begin anew"
        )

    def handle(self, *args: object, **options: object) -> None:
        console = Console(self.stdout)
        folder = settings.VAR_DIR / "demo"
        try:
            refuse_a_real_shop()
            if options["reset"]:
                reset(folder)
            prepare(console)
        except BusinessError as refusal:
            raise CommandError(str(refusal)) from refusal
        passwords = make_users(folder)
        set_up(timezone.localdate())
        api_key = web_shop_key(folder)
        port = int(str(options["port"]))
        # For the programs that are started below: it is what the links in mails begin with.
        site = os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{port}")
        os.environ.setdefault("DEMO_SHOP", "1")
        tracking.set_up(site)
        introduce(console, site, passwords)
        if options["no_serve"]:
            points.earn_from_the_first_day()
        else:
            serve(port, api_key)


def refuse_a_real_shop() -> None:
    """Refuse a database with customers that are not made up: the demo prints passwords of its users.

    Raises:
        BusinessError
    """
    if settings.MESSAGING_LIVE:
        raise BusinessError("The demo does not run with MESSAGING_LIVE=1: its customers are made up.")
    if Customer._meta.db_table not in connection.introspection.table_names():
        return
    if Customer.objects.exists() and not Customer.objects.filter(source=SOURCE).exists():
        raise BusinessError(
            "This database holds a shop of its own. The demo wants another: set DATABASE_URL or VAR_DIR."
        )


def reset(folder: Path) -> None:
    """Empty the database and forget the passwords and mails."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(settings.OUTBOX_DIR, ignore_errors=True)


def prepare(console: Console) -> None:
    """Bring the database up to date and load the data where it is missing.

    Raises:
        BusinessError
    """
    with console.step("Database"):
        call_command("migrate", verbosity=0, interactive=False)
        roles.put_in_force()
    # The campaigns come last and in one transaction: where they are, all is.
    if Campaign.objects.filter(source=SOURCE).exists():
        return
    console.say(NOTICE)
    journey = CompleteJourney()
    load(journey, loaded_until(journey) or yesterday(), console)


def introduce(console: Console, site: str, passwords: dict[str, str]) -> None:
    """Print where to go, as whom, and what to do first."""
    console.say()
    console.say(f"  단골마트 · {site}/admin/")
    console.say(f"  its web shop, with the tracker in its pages · {tracking.shop_address(site)}")
    console.say()
    for login in LOGINS:
        console.say(f"    {login.username:<10} {passwords[login.username]:<18} {login.does}")
    console.say()
    if Campaign.objects.filter(name=CAMPAIGN, status=Campaign.Status.IN_REVIEW).exists():
        console.say(f"  The campaign “{CAMPAIGN}” waits for approval. Log in as approver and approve it: its mails go")
        console.say("  to the sandbox, a simulated public opens, clicks and buys, and the campaign's report fills.")
        console.say()


def serve(port: int, api_key: str) -> None:
    """Run the public beside the web server and the queue until Ctrl-C, and the year of points until it is over."""
    stop = threading.Event()
    public = Public(Mailboxes(settings.OUTBOX_DIR), Web("127.0.0.1", port, api_key), who_is_it)
    thread = threading.Thread(target=public.live, args=[stop], daemon=True, name="public")
    thread.start()
    history = loyalty_at_work.begin(stop)
    try:
        call_command("serve", port=port)
    finally:
        stop.set()
        thread.join(timeout=5)
        history.join(timeout=5)


def who_is_it(recipient: str) -> Shopper | None:
    """Look a shopper up in the public's thread, where no request renews the database connection."""
    close_old_connections()
    return who_is(recipient)
