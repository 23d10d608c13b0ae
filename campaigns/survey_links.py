"""The survey that a message asks: the link to each recipient's own page of it, and what the message was about.

The link names the message, so that the answer is known to be one to it.
"""

import re
from collections.abc import Collection, Iterable, Iterator

from django.db.models import Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Campaign, Journey, Message, Step, Variant
from campaigns.product_fields.occasion import MESSAGE
from campaigns.template_fields import Contexts, field_in_context
from customers.feedback import survey_links
from customers.feedback.subjects import TELLERS, Subject
from customers.models import Survey

NAMED = re.compile(r"\{[{%][^}%]*\bsurvey\.")
JOURNEY = "journey/"
LEAVING = Q(status__in=[Message.Status.CLAIMED, Message.Status.SENDING])
Link = dict[str, object]


def for_staff(value: object) -> object:
    """Return a link that shows the survey and keeps nothing, in place of the customer's own."""
    link = str(value.get("link", "")) if isinstance(value, dict) else ""
    token = survey_links.read(link.rstrip("/").rpartition("/")[2])
    return {"link": survey_links.trial_url(token.survey_id)} if token else value


@field_in_context(
    "survey",
    gettext_lazy("the survey this message asks"),
    example={"link": "https://shop.example/s/AQAAAQAAAAAAAQAAAAAAAVEfq0cXb2dP9wq3kY5uTz0a/"},
    inserts="{{ survey.link }}",
    conceal=for_staff,
)
def survey(customer_ids: Collection[int], campaign: Campaign, contexts: Contexts) -> dict[int, object]:
    """Return each customer's own link to the survey of the campaign's step; none where it is not open."""
    step = campaign.steps.select_related("survey").first() if campaign.pk else None
    if step is None or step.survey is None or step.survey.status != Survey.Status.OPEN:
        return {}
    messages = _messages(customer_ids, campaign) | _of_contexts(contexts)
    return {customer_id: _link(step.survey, customer_id, messages.get(customer_id, 0)) for customer_id in customer_ids}


def problems(campaign: Campaign) -> list[str]:
    """Return what keeps the survey of a campaign from being asked, as sentences."""
    steps = campaign.steps.select_related("survey").prefetch_related("variants")
    return [problem for step in steps for problem in _problems_of(step)]


def _problems_of(step: Step) -> Iterator[str]:
    is_named = any(_names_it(variant) for variant in step.variants.all())
    if step.survey is None:
        if is_named:
            yield _("The content links to a survey. Choose which.")
    elif step.survey.status != Survey.Status.OPEN:
        yield _("The survey “%s” is not open. Open it, or choose another one.") % step.survey
    elif not is_named:
        yield _("The content does not link to the survey “%s”. Put {{ survey.link }} into it.") % step.survey


def _names_it(variant: Variant) -> bool:
    return any(NAMED.search(text) for text in _texts([variant.html, variant.text, variant.subject, variant.details]))


def _texts(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, dict):
            yield from _texts(value.values())
        elif isinstance(value, list):
            yield from _texts(value)
        elif isinstance(value, str):
            yield value


def _messages(customer_ids: Collection[int], campaign: Campaign) -> dict[int, int]:
    """Return the message that is on its way to each customer; else the last one, none before it is planned."""
    rows = Message.objects.filter(campaign=campaign, customer__in=list(customer_ids)).order_by().values("customer")
    found = rows.annotate(leaving=Max("pk", filter=LEAVING), last=Max("pk"))
    return {row["customer"]: row["leaving"] or row["last"] for row in found}


def _of_contexts(contexts: Contexts) -> dict[int, int]:
    """Return the very message that is being made, where contexts tell: a customer may be on the way several times."""
    return {customer_id: context[MESSAGE] for customer_id, context in contexts.items() if MESSAGE in context}


def _link(asked: Survey, customer_id: int, message_id: int) -> Link:
    return {"link": survey_links.url_of(asked.pk, customer_id, message_id=message_id)}


def subject_of_message(message_id: int) -> Subject | None:
    """Return what the automation knows that made the customer enter: the order or the product."""
    key = Message.objects.filter(pk=message_id).values_list("enrollment__entry_key", flat=True).first() or ""
    number = key.removeprefix(JOURNEY)
    if not key.startswith(JOURNEY) or not number.isdigit():
        return None
    told = Journey.objects.filter(pk=int(number)).values_list("context", flat=True).first() or {}
    ids = {name: told.get(name) for name in ("order_id", "product_id", "store_id")}
    return Subject(**{name: value for name, value in ids.items() if isinstance(value, int)})


TELLERS.register("campaigns", subject_of_message)
