"""Rules put in force: what the operator edited, frozen, and which version holds for an order of a moment.

A version is made as soon as anything was edited, and at the latest before points are awarded. An order is counted by
the version that was in force when it was placed, and ever after by that same one (T10).
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from loyalty.earning.rule_sets import RuleSet, as_json, from_json, rule_set_of
from loyalty.models import EarningRule, EarningTerms, Program, RuleVersion, Tier

RULE = "earning"


@dataclass(frozen=True)
class Versions:
    """Every version of a program's rules, oldest first."""

    made_at: list[datetime]
    ids: list[int]
    rule_sets: dict[int, RuleSet]

    def in_force_at(self, moment: datetime) -> int:
        """Return the version for an order of a moment: the newest made by then, or the first one before there was any.

        Raises:
            IndexError: there is no version.
        """
        return self.ids[max(bisect_right(self.made_at, moment) - 1, 0)]

    def rules_at(self, moment: datetime) -> RuleSet:
        """Return the rules for something done at a moment."""
        return self.rule_sets[self.in_force_at(moment)]


def terms_of_program(program: Program) -> EarningTerms:
    """Return what holds for all rules of a program; the usual, with earning not yet begun, where nothing is entered."""
    return EarningTerms.objects.filter(program=program).first() or EarningTerms(program=program)


def edited_rules(program: Program) -> RuleSet:
    """Return the rules in force as they stand in the editor."""
    rows = EarningRule.objects.filter(program=program, is_active=True).prefetch_related("stores").order_by("pk")
    return rule_set_of(program, terms_of_program(program), rows, Tier.objects.order_by("pk"))


def freeze(program: Program, *, by: AbstractBaseUser | None = None) -> RuleVersion:
    """Make a version of the rules as they stand, unless the newest one says the same; return it."""
    content = as_json(edited_rules(program))
    newest = _newest(program)
    # Looked at without a lock first: tills ask at every sale, and hardly ever is there anything to do.
    return newest if newest and newest.content == content else _freeze(program, by)


@transaction.atomic
def _freeze(program: Program, by: AbstractBaseUser | None) -> RuleVersion:
    # Two who edit at once wait for each other here, so that versions are numbered in the order of what they say.
    Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    content = as_json(edited_rules(program))
    newest = _newest(program)
    if newest and newest.content == content:
        return newest
    number = newest.number + 1 if newest else 1
    return RuleVersion.objects.create(
        program=program, rule=RULE, number=number, content=content, made_by=by, made_at=timezone.now()
    )


def _newest(program: Program) -> RuleVersion | None:
    return RuleVersion.objects.filter(program=program, rule=RULE).order_by("-number").first()


def versions_of(program: Program) -> Versions:
    """Return every version of a program's rules."""
    rows = list(RuleVersion.objects.filter(program=program, rule=RULE).order_by("number"))
    return Versions(
        made_at=[row.made_at for row in rows],
        ids=[row.pk for row in rows],
        rule_sets={row.pk: from_json(row.content) for row in rows},
    )
