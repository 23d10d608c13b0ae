"""People as pseudonyms, for statistics, research and records: no name, contact or free text, and coarse facts (P-12).

A pseudonym is a keyed hash. Each file has a key of its own, drawn while it is written and kept nowhere: nobody can say
who a pseudonym is, and no two files can be joined. What would undo pseudonyms is to be destroyed where nobody needs it
(개인정보 보호법 제28조의4, 시행령 제29조의5). Rows stand in the order of the pseudonyms, which says nothing of people.

Age, gender and region that fewer than `PSEUDONYM_SMALLEST_GROUP` people share are left out, and large figures are cut.
A segment to send to is no statistic: who uses the file to reach people, or to find out who they are, breaks the law.
"""

import hashlib
import hmac
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.errors import ExportRefused
from customers.models import Customer, CustomerStats, ExportRequest, PseudonymUse
from customers.privacy import export_files
from customers.privacy.exports import EXPORTS, Export, request_export

KIND = "pseudonyms"
MAY_EXPORT = "customers.export_pseudonyms"
AT_ONCE = 2_000
DIGITS = 20
YOUNGEST, OLDEST = 20, 60
WON_STEP, MOST_WON, MOST_ORDERS = 10_000, 10_000_000, 50
Coarse = tuple[str, str, str]


@transaction.atomic
def ask(
    people: QuerySet[Customer], *, by: User, reason: str, purpose: str, used_until: date, recipient: str = ""
) -> ExportRequest:
    """Ask for a file of these people as pseudonyms; it goes the way of every export.

    Raises:
        PermissionDenied, ReasonMissing, ExportRefused: as of `request_export`; or its use would be over already.
    """
    if used_until < timezone.localdate():
        raise ExportRefused(_("The day until which it is used is over."))
    export = request_export(KIND, by=by, reason=reason, customers=people)
    PseudonymUse.objects.create(
        export=export, purpose=purpose, items=header(export), recipient=recipient.strip()[:120], used_until=used_until
    )
    return export


@transaction.atomic
def note_destroyed(export: ExportRequest, *, by: User) -> None:
    """Record that every copy of the file is destroyed, and destroy our own; the record of its use stays.

    Raises:
        ExportRefused: it is no file of pseudonyms, was never made, or this was recorded already.
    """
    told = PseudonymUse.objects.filter(export=export, export__made_at__isnull=False, destroyed_on=None)
    if not told.update(destroyed_on=timezone.localdate(), destroyed_by=by):
        raise ExportRefused(_("There is nothing to destroy."))
    export_files.delete(ExportRequest.objects.filter(pk=export.pk))


def header(export: ExportRequest) -> list[str]:
    """Return the names of the columns."""
    return [
        _("Pseudonym"),
        _("Age"),
        _("Gender"),
        _("Region"),
        _("Joined"),
        _("RFM group"),
        _("Orders"),
        _("Total spend"),
        _("First order"),
        _("Last order"),
    ]


def rows(export: ExportRequest) -> Iterator[Sequence[object]]:
    """Yield the people in the order of pseudonyms that this call makes up."""
    people = Customer.objects.living().filter(pk__in=export.people.values("customer"))
    key, today = secrets.token_bytes(32), timezone.localdate()
    sizes: Counter[Coarse] = Counter()
    order = []
    for pk, *facts in people.values_list("pk", "birthday", "gender", "region").iterator(AT_ONCE):
        sizes[coarse(*facts, today=today)] += 1
        order.append((_pseudonym(key, pk), pk))
    order.sort()
    for start in range(0, len(order), AT_ONCE):
        some = order[start : start + AT_ONCE]
        found = people.select_related("stats").in_bulk([pk for _name, pk in some])
        for name, pk in some:
            if pk in found:  # not erased while the file is written
                yield [name, *_row(found[pk], sizes, today)]


def coarse(birthday: date | None, gender: str, region: str, *, today: date) -> Coarse:
    """Return what is told of age, gender and place: ten years, the gender, the province."""
    return _age(birthday, today), gender, region.partition(" ")[0]


def _row(customer: Customer, sizes: Counter[Coarse], today: date) -> list[object]:
    stats = getattr(customer, "stats", None) or CustomerStats(customer=customer)
    told = coarse(customer.birthday, customer.gender, customer.region, today=today)
    return [
        *(told if sizes[told] >= settings.PSEUDONYM_SMALLEST_GROUP else ("", "", "")),
        _month(customer.joined_at),
        stats.rfm_group,
        min(stats.order_count, MOST_ORDERS),
        min(stats.paid_total // WON_STEP * WON_STEP, MOST_WON),
        _month(stats.first_order_at),
        _month(stats.last_order_at),
    ]


def _pseudonym(key: bytes, pk: int) -> str:
    return hmac.new(key, str(pk).encode(), hashlib.sha256).hexdigest()[:DIGITS]


def _age(birthday: date | None, today: date) -> str:
    if birthday is None:
        return ""
    years = today.year - birthday.year - ((today.month, today.day) < (birthday.month, birthday.day))
    if years < YOUNGEST:
        return f"<{YOUNGEST}"
    if years >= OLDEST:
        return f"{OLDEST}+"
    return f"{years // 10 * 10}–{years // 10 * 10 + 9}"


def _month(moment: datetime | None) -> str:
    return f"{localtime(moment):%Y-%m}" if moment else ""


EXPORTS.register(KIND, Export(gettext_lazy("People as pseudonyms"), MAY_EXPORT, header, rows))
