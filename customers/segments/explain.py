"""Hold a rule against one customer: which conditions fit, and what the customer has instead."""

from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper
from django.utils import timezone

from customers.models import Customer
from customers.segments import rules
from customers.segments.clock import Moment


@dataclass(frozen=True)
class Explanation:
    """One node of the answer: what was asked, whether it fits, the actual value (conditions), the members (groups)."""

    sentence: str
    fits: bool
    actual: str = ""
    word: str = ""
    members: "tuple[Explanation, ...]" = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the tree as plain values for JSON."""
        said = {"sentence": self.sentence, "fits": self.fits}
        if self.members:
            return said | {"word": self.word, "members": [member.as_dict() for member in self.members]}
        return said | {"actual": self.actual}


def explain(rule: object, customer: Customer, *, moment: Moment | None = None) -> Explanation:
    """Return the rule as a tree in which every condition says whether it fits this customer, and why.

    Raises:
        RuleError: the rule cannot be used.
    """
    tree = rules.parse(rule)
    moment = moment or Moment(timezone.now())
    return _explained(tree, customer, moment, _fitting_nodes(tree, customer, moment))


def _fitting_nodes(tree: rules.Node, customer: Customer, moment: Moment) -> set[int]:
    """Return the conditions that fit (by identity of their nodes), asked in one query."""
    nodes = list(rules.conditions_of(tree))
    asked = {
        f"fits_{number}": ExpressionWrapper(node.condition.q(node.part, moment), output_field=BooleanField())
        for number, node in enumerate(nodes)
    }
    answers = Customer.objects.filter(pk=customer.pk).annotate(**asked).values_list(*asked).get()
    return {id(node) for node, answer in zip(nodes, answers, strict=True) if answer}


def _explained(node: rules.Node, customer: Customer, moment: Moment, fitting: set[int]) -> Explanation:
    if isinstance(node, rules.ConditionNode):
        actual = node.condition.actual(customer, node.part, moment)
        return Explanation(rules.words(node), fits=id(node) in fitting, actual=actual)
    members = tuple(_explained(member, customer, moment, fitting) for member in node.members)
    every = [member.fits for member in members]
    fits = {"all": all(every), "any": any(every), "not": not every[0]}[node.word]
    return Explanation(rules.words(node), fits=fits, word=node.word, members=members)
