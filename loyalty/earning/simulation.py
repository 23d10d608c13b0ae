"""The simulator's question and answer: this basket, this customer, this date → points, because …"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Customer, Order, Product, Store
from loyalty.earning import versions
from loyalty.earning.buyers import buyer_of
from loyalty.earning.calculation import Award, Basket, Buyer, Line, awards, counting_won, total
from loyalty.earning.last_month import with_drafts
from loyalty.earning.rule_sets import RuleSet, rule_of
from loyalty.earning.sentences import names_for, reason, sentence
from loyalty.earning.validity import lot_terms
from loyalty.ledger.terms import LotTerms
from loyalty.models import EarningRule, Program, Tier

LINES = range(1, 5)


@dataclass(frozen=True)
class Answer:
    """What the purchase would earn, why, and how long the points would live."""

    points: int
    won: int
    reasons: list[dict[str, object]]
    lot: LotTerms


class BasketForm(forms.Form):
    """A purchase that did not happen."""

    customer = forms.CharField(
        label=gettext_lazy("Customer number"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("Their tier, birthday, segments and orders count. Empty: the choices below."),
    )
    day = forms.DateField(
        label=gettext_lazy("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    channel = forms.ChoiceField(label=gettext_lazy("Sales channel"), choices=Order.SalesChannel.choices)
    store = forms.ModelChoiceField(Store.objects.order_by("name"), label=gettext_lazy("Store"), required=False)
    tier = forms.ModelChoiceField(Tier.objects.order_by("pk"), label=gettext_lazy("Tier"), required=False)
    is_first_purchase = forms.BooleanField(label=gettext_lazy("First purchase"), required=False)
    is_birthday_month = forms.BooleanField(label=gettext_lazy("Month of the birthday"), required=False)
    shipping = forms.IntegerField(label=gettext_lazy("Shipping, won"), required=False, min_value=0, max_value=10**9)
    points_used = forms.IntegerField(label=gettext_lazy("Points used"), required=False, min_value=0, max_value=10**9)
    refunded = forms.IntegerField(label=gettext_lazy("Refunded, won"), required=False, min_value=0, max_value=10**9)
    with_drafts = forms.BooleanField(label=gettext_lazy("Also rules that are not in force"), required=False)

    def __init__(self, data: Mapping[str, object] | None = None) -> None:
        """Add the lines of the bill."""
        super().__init__(data)
        categories = Product.objects.exclude(category="").order_by("category").values_list("category", flat=True)
        choices = [("", _("any category")), *((name, name) for name in categories.distinct())]
        for number in LINES:
            self.fields[f"category_{number}"] = forms.ChoiceField(label=_("Category"), choices=choices, required=False)
            self.fields[f"amount_{number}"] = forms.IntegerField(
                label=_("Amount, won"), required=False, min_value=0, max_value=10**9
            )

    @property
    def lines(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Return the fields of each line of the bill."""
        return [(self[f"category_{number}"], self[f"amount_{number}"]) for number in LINES]

    def clean_customer(self) -> Customer | None:
        """Find the customer by number.

        Raises:
            ValidationError: nobody has it.
        """
        number = self.cleaned_data["customer"].replace("\0", "")
        if not number:
            return None
        found = Customer.objects.filter(external_id=number, erased_at=None).order_by("pk").first()
        if found is None:
            raise forms.ValidationError(_("There is no customer with this number."))
        return found.merged_into or found

    def clean(self) -> dict[str, object]:
        """Refuse to give back more than was paid."""
        given = super().clean() or {}
        if not self.errors and self.basket().refunded > self.basket().paid:
            self.add_error("refunded", _("More is refunded than was paid."))
        return given

    def basket(self) -> Basket:
        """Return the purchase: what was paid is the sum of the lines and shipping, less the points used."""
        given = self.cleaned_data
        amounts = [(given[f"category_{number}"], given[f"amount_{number}"] or 0) for number in LINES]
        lines = tuple(Line(category, amount) for category, amount in amounts if amount)
        shipping, used = given["shipping"] or 0, given["points_used"] or 0
        goods = sum(line.amount for line in lines)
        return Basket(
            paid=max(0, goods + shipping - used),
            lines=lines,
            refunded=given["refunded"] or 0,
            shipping=shipping,
            points_used=min(used, goods + shipping),
            channel=given["channel"],
            store=given["store"].pk if given["store"] else None,
        )

    def moment(self) -> datetime:
        """Return noon (KST) of the day asked about."""
        day = self.cleaned_data["day"] or timezone.localdate(timezone=timezone.get_default_timezone())
        return timezone.make_aware(datetime.combine(day, time(12)), timezone.get_default_timezone())

    def buyer(self) -> Buyer:
        """Return who buys: the customer as they are, or what was chosen."""
        given = self.cleaned_data
        if given["customer"]:
            return buyer_of(given["customer"], self.moment())
        day = self.moment().date()
        return Buyer(
            tier=given["tier"].pk if given["tier"] else None,
            birthday=date(2000, day.month, 1) if given["is_birthday_month"] else None,
            is_first_purchase=given["is_first_purchase"],
        )


def answer(form: BasketForm, program: Program) -> Answer:
    """Return what the form's purchase would earn under the rules as they stand in the editor."""
    rules, basket, moment = _rules(form, program), form.basket(), form.moment()
    given = awards(basket, form.buyer(), moment.date(), rules)
    names = names_for(award.rule for award in given)
    return Answer(
        points=total(given),
        won=counting_won(basket, rules),
        reasons=[_reason(award, sentence(award.rule, names)) for award in given],
        lot=lot_terms(moment, channel=basket.channel, rules=rules),
    )


def _rules(form: BasketForm, program: Program) -> RuleSet:
    rules = versions.edited_rules(program)
    if not form.cleaned_data["with_drafts"]:
        return rules
    drafts = EarningRule.objects.filter(program=program, is_active=False).prefetch_related("stores").order_by("pk")
    return with_drafts(rules, [rule_of(row) for row in drafts])


def _reason(award: Award, said: str) -> dict[str, object]:
    return {"name": award.rule.name, "sentence": said, "reason": reason(award), "points": award.points}
