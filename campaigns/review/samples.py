"""The customers a content is tried on: a typical one, and those at the edges where content breaks."""

from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from campaigns.pipeline import entry
from campaigns.pipeline.korean import MaskedName, is_sayable
from customers.masking import mask_name
from customers.models import Customer


@dataclass(frozen=True)
class Sample:
    """A customer of the audience and why they were picked."""

    code: str
    label: object
    customer: Customer


def samples(campaign: Campaign, *, unmasked: bool) -> list[Sample]:
    """Return up to four different customers of the campaign's audience; without an audience, of all customers.

    Their names are masked in hand, which keeps their length, unless `unmasked`.
    """
    people = _people(campaign)
    picked = [
        ("typical", _("Typical"), people.filter(stats__order_count__gt=0).exclude(name="").order_by("pk").first()),
        ("longest", _("Longest name"), people.order_by(Length("name").desc(), "pk").first()),
        ("emptiest", _("Least known"), _least_known(people)),
        ("best", _("Best customer"), people.order_by(F("stats__paid_total").desc(nulls_last=True), "pk").first()),
    ]
    found = [Sample(code, label, customer) for code, label, customer in picked if customer]
    for sample in found if not unmasked else ():
        sample.customer.name = masked_name(sample.customer.name)
    first_of = {sample.customer.pk: sample.code for sample in reversed(found)}
    return [sample for sample in found if first_of[sample.customer.pk] == sample.code]


def masked_name(name: str) -> str:
    """Return a name as its reader may see it, which content still greets as it would greet the name itself."""
    masked = mask_name(name)
    return MaskedName(masked) if is_sayable(name) else masked


def _people(campaign: Campaign) -> QuerySet[Customer]:
    people = entry.audience(campaign) if campaign.has_audience else Customer.objects.living()
    if not people.exists():
        people = Customer.objects.living()
    return people.select_related("stats", "home_store")


def _least_known(people: QuerySet[Customer]) -> Customer | None:
    """Return who has the fewest facts: the one whose missing fields the content must survive."""
    return people.order_by(Length("name"), F("stats__order_count").asc(nulls_first=True), "-pk").first()
