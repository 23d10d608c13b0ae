"""Rule → one `Q` on `Customer`."""

from datetime import datetime
from functools import reduce
from operator import and_, or_

from django.db.models import Q
from django.utils import timezone

from customers.segments import rules
from customers.segments.clock import Moment


def compile_rule(rule: object, *, now: datetime | None = None) -> Q:
    """Return the customers the rule holds for, as it stands at `now`; the erased and the merged are never in.

    Raises:
        RuleError: the rule cannot be used.
    """
    return compile_tree(rules.parse(rule), Moment(now or timezone.now()))


def compile_tree(tree: rules.Node, moment: Moment) -> Q:
    """Return the customers a checked rule holds for, without the erased and the merged."""
    return Q(erased_at=None, merged_into=None) & _compiled(tree, moment)


def _compiled(node: rules.Node, moment: Moment) -> Q:
    if isinstance(node, rules.ConditionNode):
        return node.condition.q(node.part, moment)
    members = [_compiled(member, moment) for member in node.members]
    if node.word == "not":
        return ~members[0]
    return reduce(and_ if node.word == "all" else or_, members)
