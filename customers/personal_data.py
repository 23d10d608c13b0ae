"""Where people's data lies: every table that points at a customer, and every store that holds their words otherwise.

Merging, erasure and the copy a person may ask for go over this list, so that none of them forgets a table. Each app
declares its own tables in a `personal_data.py`; a test fails for a foreign key to Customer that nobody declared.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import Enum

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from crm_project.registry import Registry
from customers.models import (
    AccessLogEntry,
    Case,
    CaseNote,
    ConsentEntry,
    ConsentState,
    Customer,
    CustomerMerge,
    CustomerNote,
    CustomerStats,
    Destruction,
    Device,
    DuplicatePair,
    Event,
    ExportedCustomer,
    GuardianConsent,
    NoticeDuty,
    Order,
    ReferralClaim,
    SegmentMembership,
    SegmentMove,
    SubjectRequest,
    SurveyAnswer,
    SurveyResponse,
    TouchedCustomer,
    UploadedListEntry,
    Visitor,
)


class Merge(Enum):
    """What becomes of the rows of a customer who turns out to be another one."""

    MOVE = "move"
    # Rows of which a customer has one: where the kept customer has it already, the other's stays where it is.
    MOVE_UNLESS_TAKEN = "move_unless_taken"
    RECOMPUTE = "recompute"
    LEAVE = "leave"


@dataclass(frozen=True)
class OwnWay:
    """What becomes of rows that cannot just change hands, such as accounts of which each customer keeps one.

    `join` takes whose they were and whose they become, and returns the ids that an undo needs; `part` gets those ids
    back, with the kept customer and the one they return to.
    """

    join: Callable[[int, int], list[int]]
    part: Callable[[list[int], int, int], object]


class Erase(Enum):
    """What becomes of the rows of a customer whose data is erased."""

    DELETE = "delete"
    KEEP = "keep"  # ids and sums only, nothing that says who it was
    CUT = "cut"  # the row stays, its customer becomes empty
    MOVE_TO_LEGAL_STORE = "move_to_legal_store"


# Erases the rows of these customers by a way of its own; returns how many.
EraseRows = Callable[[Collection[int]], int]


@dataclass(frozen=True)
class PersonalTable:
    """A table with a foreign key to Customer, and what happens to its rows.

    `field` may lead there over another row. `personal_fields` are blanked at erasure where the row stays. `also_set` is
    written whenever a row changes hands. Rows that `stays` holds for do not move; it is asked after the tables declared
    earlier have moved.
    """

    model: type[models.Model]
    field: str = "customer"
    merge: Merge | OwnWay = Merge.MOVE
    erase: Erase | EraseRows = Erase.DELETE
    personal_fields: tuple[str, ...] = ()
    also_set: tuple[tuple[str, object], ...] = ()
    stays: models.Q | None = None
    explanation: object = ""

    @property
    def name(self) -> str:
        """Return the one name of the table and its field: `customers.order.customer`."""
        return f"{self.model._meta.label_lower}.{self.field}"


@dataclass(frozen=True)
class PersonalStore:
    """A place without a foreign key that may hold what people wrote or are called: files, bodies, queue rows.

    `erase` removes what belongs to these customers (by number, phone, e-mail) and returns how many items;
    `search` returns where any of these texts still lie.
    """

    name: str
    erase: Callable[[Iterable[Customer]], int]
    search: Callable[[Collection[str]], list[str]]
    explanation: object = ""


_TABLES: Registry[PersonalTable] = Registry("table of personal data")
_STORES: Registry[PersonalStore] = Registry("store of personal data")


def register(table: PersonalTable) -> PersonalTable:
    """Declare a table.

    Raises:
        ValueError: the same field of the same table was declared already.
    """
    return _TABLES.register(table.name, table)


def register_store(store: PersonalStore) -> PersonalStore:
    """Declare a store without a foreign key.

    Raises:
        ValueError: the name is taken.
    """
    return _STORES.register(store.name, store)


def tables() -> list[PersonalTable]:
    """Return every declared table, in the order in which the apps load."""
    return list(_TABLES)


def stores() -> list[PersonalStore]:
    """Return every declared store."""
    return list(_STORES)


def everyone_behind(customer_ids: Iterable[int]) -> list[int]:
    """Return these customers and all that were merged into them: one person may stand behind several rows."""
    wanted = list(customer_ids)
    merged = Customer.objects.filter(merged_into__in=wanted).values_list("pk", flat=True)
    return sorted({*wanted, *merged})


for _table in (
    PersonalTable(
        Customer,
        field="merged_into",
        erase=Erase.KEEP,
        explanation=_("Which customer number turned out to be the same person"),
    ),
    PersonalTable(Visitor, erase=Erase.CUT, explanation=_("Browsers and apps the customer used")),
    PersonalTable(Device, explanation=_("Apps and browsers in which the customer gets notifications")),
    PersonalTable(
        # Under the random key, so that the number of visitors stays right, and not under the cookie any more.
        Event,
        erase=Erase.KEEP,
        personal_fields=("properties", "visitor"),
        explanation=_("Visits, searches, carts"),
    ),
    PersonalTable(
        Order,
        erase=Erase.MOVE_TO_LEGAL_STORE,
        also_set=(("changed_at", Now()),),
        explanation=_("Purchases; kept five years by law, without a name"),
    ),
    PersonalTable(
        ConsentEntry,
        merge=Merge.LEAVE,
        erase=Erase.MOVE_TO_LEGAL_STORE,
        personal_fields=("evidence",),
        explanation=_("What the customer said about consent; both ledgers are read as one after a merge"),
    ),
    PersonalTable(
        NoticeDuty,
        merge=Merge.MOVE_UNLESS_TAKEN,
        explanation=_("Notices that the shop owes or has given: about consents, incidents, the use of data"),
    ),
    PersonalTable(
        ConsentState, merge=Merge.RECOMPUTE, erase=Erase.DELETE, explanation=_("What the consent ledger adds up to")
    ),
    PersonalTable(
        CustomerStats, merge=Merge.RECOMPUTE, erase=Erase.KEEP, explanation=_("Sums and dates of orders and visits")
    ),
    PersonalTable(
        SegmentMembership, merge=Merge.RECOMPUTE, erase=Erase.DELETE, explanation=_("Segments the customer is in")
    ),
    PersonalTable(
        SegmentMove, merge=Merge.LEAVE, erase=Erase.DELETE, explanation=_("When the customer came into a segment")
    ),
    PersonalTable(
        TouchedCustomer, merge=Merge.LEAVE, erase=Erase.DELETE, explanation=_("Waits for the segments to be refreshed")
    ),
    PersonalTable(
        UploadedListEntry, merge=Merge.MOVE_UNLESS_TAKEN, erase=Erase.DELETE, explanation=_("Lists the customer is on")
    ),
    PersonalTable(
        AccessLogEntry,
        merge=Merge.LEAVE,
        erase=Erase.KEEP,
        personal_fields=("reason",),
        explanation=_("Who of the staff looked at the customer; the law wants it kept"),
    ),
    PersonalTable(
        ReferralClaim,
        merge=Merge.MOVE_UNLESS_TAKEN,
        explanation=_("By whose invitation the customer came; device and address as hashes"),
    ),
    PersonalTable(
        DuplicatePair, field="first", merge=Merge.LEAVE, erase=Erase.DELETE, explanation=_("Possible duplicates")
    ),
    PersonalTable(
        DuplicatePair, field="second", merge=Merge.LEAVE, erase=Erase.DELETE, explanation=_("Possible duplicates")
    ),
    PersonalTable(
        CustomerMerge,
        field="kept",
        merge=Merge.LEAVE,
        erase=Erase.KEEP,
        personal_fields=("former_values", "chosen_values"),
        explanation=_("Merges into this customer, and what they changed"),
    ),
    PersonalTable(
        CustomerMerge,
        field="merged",
        merge=Merge.LEAVE,
        erase=Erase.KEEP,
        personal_fields=("former_values", "chosen_values"),
        explanation=_("The merge of this customer into another"),
    ),
    PersonalTable(CustomerNote, erase=Erase.DELETE, explanation=_("Notes that staff wrote about the customer")),
    PersonalTable(
        SurveyResponse,
        merge=Merge.MOVE_UNLESS_TAKEN,
        erase=Erase.KEEP,
        explanation=_("Surveys that the customer answered, with the score"),
    ),
    PersonalTable(
        # Goes with its response: the words are emptied, and the score of all customers stays right.
        SurveyAnswer,
        field="response__customer",
        merge=Merge.LEAVE,
        erase=Erase.KEEP,
        personal_fields=("text",),
        explanation=_("What the customer answered to each question"),
    ),
    PersonalTable(
        CaseNote,
        field="case__customer",
        merge=Merge.LEAVE,
        erase=Erase.DELETE,
        explanation=_("What staff wrote about a complaint, and told the customer"),
    ),
    PersonalTable(
        Case,
        erase=Erase.MOVE_TO_LEGAL_STORE,
        personal_fields=("subject",),
        explanation=_("Complaints of the customer; kept three years by law, without a name"),
    ),
    PersonalTable(
        SubjectRequest,
        erase=Erase.MOVE_TO_LEGAL_STORE,
        personal_fields=("details", "outcome"),
        explanation=_("Requests of the customer about their own data"),
    ),
    PersonalTable(
        ExportedCustomer,
        merge=Merge.LEAVE,
        erase=Erase.KEEP,
        explanation=_("Exports in which the customer's data left"),
    ),
    PersonalTable(
        Destruction, merge=Merge.LEAVE, erase=Erase.KEEP, explanation=_("The book of destructions; ids only")
    ),
    PersonalTable(
        GuardianConsent,
        merge=Merge.MOVE_UNLESS_TAKEN,
        erase=Erase.DELETE,
        explanation=_("What a guardian allowed for a child under fourteen"),
    ),
):
    register(_table)
