"""Which part of the shop a KPI is read for: a segment, a store, an acquisition source, a month of first purchase.

A slice narrows whose purchases count (segment, source, month: the population) and which (store: those made there).
Every question about KPIs is asked of the same two relations, `people` and `bought`, whatever the slice.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from analytics.errors import SliceRefused
from analytics.periods import FIRST_DAY, LAST_DAY, month_of
from customers.models import Customer, Segment, Store

# Not materialised: unnarrowed, they are the tables themselves, with their indexes. Narrowed, the customers meant are
# found once, before anything is looked up for each of them. `made` is for looking up the
# purchases of somebody who is meant already: to ask that again for each of them would cost as much as the rest.
RELATIONS = """
meant AS {meant},
people AS {people},
made AS NOT MATERIALIZED (
    SELECT id, customer_id, placed_at, revenue FROM customers_order
     WHERE is_purchase AND customer_id IS NOT NULL {purchases}
),
bought AS NOT MATERIALIZED (SELECT * FROM made {buyers})
"""
OF_SOURCE = """
EXISTS (SELECT FROM customers_customer AS person
         WHERE person.id = stats.customer_id AND person.acquisition_source = %(source)s)
"""
OF_SEGMENT = "stats.customer_id IN (SELECT customer_id FROM customers_segmentmembership WHERE segment_id = %(segment)s)"
# Not a narrower question about purchases, only a shorter way to it: nobody else has one in the store.
OF_STORE = """
stats.customer_id IN (SELECT customer_id FROM customers_order WHERE is_purchase AND store_id = %(store)s)
"""
OF_COHORT = "stats.first_order_at >= %(cohort_starts)s AND stats.first_order_at < %(cohort_ends)s"


@dataclass(frozen=True, slots=True)
class Slice:
    """What was chosen; None is no restriction. `cohort` is the first day of a month."""

    segment: Segment | None = None
    store: Store | None = None
    source: str | None = None
    cohort: date | None = None

    @property
    def narrows_people(self) -> bool:
        """Tell whether only some customers are meant."""
        return bool(self.segment or self.source or self.cohort)

    @property
    def is_everybody(self) -> bool:
        """Tell whether nothing is narrowed."""
        return not (self.narrows_people or self.store)

    @property
    def has_own_spend(self) -> bool:
        """Tell whether marketing spend can be told for it: spend is known by source and by nothing else."""
        return not (self.segment or self.store or self.cohort)

    @property
    def relations(self) -> str:
        """Return the SQL of `meant`, `people`, `made` and `bought`, to follow WITH."""
        narrowed = ((self.source, OF_SOURCE), (self.segment, OF_SEGMENT), (self.cohort, OF_COHORT))
        wanted = [sql for given, sql in narrowed if given]
        return RELATIONS.format(
            meant=_population(wanted),
            people=_population([*wanted, OF_STORE] if self.store else wanted),
            purchases="AND store_id = %(store)s" if self.store else "",
            buyers="WHERE customer_id IN (SELECT customer_id FROM people)" if self.narrows_people else "",
        )

    @property
    def parameters(self) -> dict[str, Any]:
        """Return what the relations are given."""
        cohort = month_of(self.cohort) if self.cohort else None
        return {
            "segment": self.segment.pk if self.segment else None,
            "store": self.store.pk if self.store else None,
            "source": self.source,
            "narrows_people": self.narrows_people,
            "cohort_starts": cohort.start if cohort else None,
            "cohort_ends": cohort.end if cohort else None,
        }

    @property
    def words(self) -> list[str]:
        """Say what is narrowed, a few words each."""
        said = (
            self.segment and _("segment %(name)s") % {"name": self.segment.name},
            self.store and _("bought in %(name)s") % {"name": self.store.name},
            self.source and _("from %(name)s") % {"name": self.source},
            self.cohort and _("first bought in %(month)s") % {"month": f"{self.cohort:%Y-%m}"},
        )
        return [words for words in said if words]

    @property
    def query(self) -> dict[str, str]:
        """Return the slice as it stands in an address, for `asked_for` to read."""
        given = {
            "segment": str(self.segment.pk) if self.segment else "",
            "store": self.store.external_id if self.store else "",
            "source": self.source or "",
            "cohort": f"{self.cohort:%Y-%m}" if self.cohort else "",
        }
        return {key: value for key, value in given.items() if value}


EVERYBODY = Slice()


def asked_for(query: Mapping[str, Any]) -> Slice:
    """Return the slice that an address, a command or the API asks for; an empty answer is no restriction.

    Raises:
        SliceRefused: there is no such segment, store, source or month.
    """
    # Without what no text in the database can hold.
    segment, store, source, cohort = (
        str(query.get(name) or "").replace("\0", "") for name in ("segment", "store", "source", "cohort")
    )
    return Slice(_segment(segment), _store(store), _source(source), _month(cohort))


def _population(wanted: Sequence[str]) -> str:
    how = "MATERIALIZED" if wanted else "NOT MATERIALIZED"
    where = "WHERE " + " AND ".join(wanted) if wanted else ""
    return f"{how} (SELECT stats.* FROM customers_customerstats AS stats {where})"


def _segment(asked: str) -> Segment | None:
    if not asked:
        return None
    by_number = {"pk": int(asked)} if asked.isdecimal() and len(asked) < 19 else {"name": asked}
    found = Segment.objects.filter(**by_number).first() or Segment.objects.filter(name=asked).first()
    if found is None:
        raise SliceRefused(
            _("There is no segment “%(asked)s”. Give the name or the number of a saved segment.") % {"asked": asked}
        )
    return found


def _store(asked: str) -> Store | None:
    if not asked:
        return None
    found = Store.objects.filter(external_id=asked).first()
    if found is None:
        raise SliceRefused(_("There is no store with the number “%(asked)s”.") % {"asked": asked})
    return found


def _source(asked: str) -> str | None:
    if not asked:
        return None
    if not Customer.objects.filter(acquisition_source=asked).exists():
        raise SliceRefused(
            _("No customer came from the source “%(asked)s”. Write it as it stands with the customers.")
            % {"asked": asked}
        )
    return asked


def _month(asked: str) -> date | None:
    if not asked:
        return None
    with suppress(ValueError):
        month = date.fromisoformat(f"{asked[:7]}-01")
        if FIRST_DAY <= month <= LAST_DAY:
            return month
    raise SliceRefused(_("“%(asked)s” is not a month. Write it like 2026-11.") % {"asked": asked})
