"""`manage.py segment count|list|explain (NAME | --rule JSON) [--as-of DATE] [--json]`."""

import json
from argparse import ArgumentParser
from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer, Segment
from customers.segments import preview, rules
from customers.segments.clock import Moment
from customers.segments.errors import RuleError
from customers.segments.explain import Explanation, explain


class Command(BaseCommand):
    """Ask a saved segment or a rule given here, against the facts as they are now; nothing is stored."""

    help = "Count, list or explain the customers of a saved segment or of a rule."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["count", "list", "explain"])
        parser.add_argument("name", nargs="?", help="the name of a saved segment")
        parser.add_argument("--rule", help="a rule as JSON, instead of a saved segment")
        parser.add_argument("--as-of", type=date.fromisoformat, help="the day (YYYY-MM-DD) at whose end to look")
        parser.add_argument("--customer", help="explain: the customer number; without it the rule is said in words")
        parser.add_argument("--json", action="store_true", help="one line of JSON")

    def handle(self, *args: object, **options: object) -> None:
        rule = _rule_of(options["name"], options["rule"])
        moment = Moment.at_end_of(options["as_of"]) if options["as_of"] else Moment(timezone.now())
        answer = {"count": self._count, "list": self._list, "explain": self._explain}[options["action"]]
        try:
            answer(rule, moment, options)
        except RuleError as error:
            raise CommandError(str(error)) from error

    def _count(self, rule: object, moment: Moment, options: dict[str, object]) -> None:
        size = preview.count(rule, moment=moment)
        answer = {"name": options["name"], "count": size, "as_of": moment.today.isoformat()}
        self.stdout.write(json.dumps(answer, ensure_ascii=False) if options["json"] else str(size))

    def _list(self, rule: object, moment: Moment, options: dict[str, object]) -> None:
        numbers = (customer.external_id for customer in preview.members(rule, moment=moment))
        if options["json"]:
            self.stdout.write(json.dumps(list(numbers), ensure_ascii=False))
            return
        for number in numbers:
            self.stdout.write(number)

    def _explain(self, rule: object, moment: Moment, options: dict[str, object]) -> None:
        if not options["customer"]:
            said = rules.sentence(rule)
            self.stdout.write(json.dumps({"sentence": said}, ensure_ascii=False) if options["json"] else said)
            return
        customer = Customer.objects.filter(external_id=options["customer"]).first()
        if customer is None:
            raise CommandError(_("There is no customer %(number)s.") % {"number": options["customer"]})
        explanation = explain(rule, customer, moment=moment)
        if options["json"]:
            self.stdout.write(json.dumps(explanation.as_dict(), ensure_ascii=False))
        else:
            self._write_tree(explanation, indent=0)

    def _write_tree(self, node: Explanation, *, indent: int) -> None:
        mark = "✓" if node.fits else "✗"
        said = {"all": _("all of"), "any": _("any of"), "not": _("not")}.get(node.word, node.sentence)
        actual = f" — {node.actual}" if node.actual else ""
        self.stdout.write(f"{'  ' * indent}{mark} {said}{actual}")
        for member in node.members:
            self._write_tree(member, indent=indent + 1)


def _rule_of(name: object, text: object) -> object:
    if bool(name) == bool(text):
        raise CommandError(_("Give either the name of a segment or --rule with JSON."))
    if text:
        try:
            return json.loads(str(text))
        except (ValueError, RecursionError) as error:
            raise CommandError(_("The rule is no valid JSON: %(why)s.") % {"why": error}) from error
    segment = Segment.objects.filter(name=name).first()
    if segment is None:
        known = ", ".join(Segment.objects.values_list("name", flat=True)[:20]) or "–"
        raise CommandError(_("There is no segment “%(name)s”. Known are: %(known)s.") % {"name": name, "known": known})
    return segment.rule
