"""Everything that is computed from the facts and stored: made anew, and compared with a recomputation.

Statistics follow the facts at once. Cycles and RFM are as of the night: where facts came in since, they are not
compared but said to be older than the facts.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from customers import cycles, rfm, stats
from customers.models import CycleRebuild, Order, RfmScoring
from customers.models.cycles import CategoryCycle, Cycle, ProductCycle

MOST_SHOWN = 100
# How many are due soon follows the calendar and who was merged, not only the orders.
NOT_COMPARED = {"due_soon"}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something stored that the facts do not bear out: where, which value, what is stored, what it should be."""

    where: str
    value: str
    stored: object
    recomputed: object

    def __str__(self) -> str:
        return f"{self.where}: {self.value} is {self.stored}, recomputed {self.recomputed}"


@dataclass(frozen=True, slots=True)
class Check:
    """What a check found, and what it could not compare because facts came in since it was computed."""

    findings: list[Finding]
    older_than_the_facts: list[str]


@transaction.atomic
def rebuild_everything(now: datetime) -> int:
    """Recompute statistics, cycles and RFM of everyone; return how many customers' statistics changed."""
    changed = stats.rebuild()
    cycles.rebuild(now)
    rfm.score_everyone(now)
    return changed


def check() -> Check:
    """Compare everything stored with a recomputation; nothing is changed."""
    findings = [
        Finding(f"customer {each.customer_id}", each.column, each.stored, each.recomputed)
        for each in stats.differences(limit=MOST_SHOWN)
    ]
    older = []
    rebuilt = CycleRebuild.objects.order_by("-finished_at").first()
    if rebuilt and _changed_since(rebuilt.as_of):
        older.append("cycles")
    elif rebuilt:
        findings += _cycle_findings(rebuilt.as_of)
    scoring = RfmScoring.objects.order_by("-computed_at").first()
    if scoring and _changed_since(scoring.computed_at):
        older.append("RFM")
    elif scoring:
        findings += _rfm_findings(scoring)
    return Check(findings, older)


def _changed_since(moment: datetime) -> bool:
    return Order.objects.filter(changed_at__gt=moment).exists()


def _rfm_findings(scoring: RfmScoring) -> list[Finding]:
    day = timezone.localdate(scoring.computed_at, timezone.get_default_timezone())
    stored = {
        "recency": scoring.recency_days,
        "frequency": scoring.order_counts,
        "monetary": scoring.paid_totals,
    }
    _buyers, cuts = rfm.thresholds(day)
    return [
        Finding("RFM", f"cut points of {name}", stored[name], cuts[name]) for name in cuts if stored[name] != cuts[name]
    ]


def _cycle_findings(as_of: datetime) -> list[Finding]:
    """Rebuild the cycles as of then, compare, and take it back."""
    findings: list[Finding] = []
    with transaction.atomic(), connection.cursor() as cursor:
        for model in (CategoryCycle, ProductCycle):
            cursor.execute(
                f"CREATE TEMPORARY TABLE {_kept(model)} ON COMMIT DROP AS SELECT * FROM {model._meta.db_table}"
            )
        cycles.rebuild(as_of)
        for model in (CategoryCycle, ProductCycle):
            findings += _cycles_that_differ(cursor, model)
        transaction.set_rollback(True)
    return findings


def _kept(model: type[Cycle]) -> str:
    return f"kept_{model._meta.model_name}"


def _cycles_that_differ(cursor: CursorWrapper, model: type[Cycle]) -> list[Finding]:
    columns = [field.column for field in model._meta.concrete_fields if field.name not in NOT_COMPARED]
    key = model._meta.pk.column
    kept, fresh = (", ".join(f"{table}.{column}" for column in columns) for table in ("kept", "fresh"))
    cursor.execute(
        f"SELECT coalesce(kept.{key}, fresh.{key}), kept.median_days, fresh.median_days FROM {_kept(model)} AS kept"
        f" FULL JOIN {model._meta.db_table} AS fresh USING ({key})"
        f" WHERE ({kept}) IS DISTINCT FROM ({fresh}) ORDER BY 1 LIMIT {MOST_SHOWN}"
    )
    name = str(model._meta.verbose_name)
    return [Finding(f"{name} {subject}", "median", stored, now) for subject, stored, now in cursor.fetchall()]
