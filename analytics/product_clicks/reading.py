"""How often the products of a campaign's messages were shown, clicked and bought.

Counted are messages, by what their last attempt showed, and an earlier one where that was clicked. *Clicked*: a person
followed the link of that product in it. *Bought*: an order credited to the message (last click) holds the product. Of
large campaigns a job keeps the figures.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Sum
from django.utils import timezone
from django.utils.functional import Promise

from analytics.campaign_report.funnel import MODEL
from analytics.campaign_report.machines import KEPT_DAYS, LARGE
from analytics.models import CampaignState
from analytics.rollups import kept
from analytics.statements import tuples
from campaigns.models import Campaign, Variant
from campaigns.pipeline import content
from campaigns.product_fields.fields import LABELS
from campaigns.product_fields.showing import ATTEMPTS_APART, NUMBERS_OF_AN_ATTEMPT
from customers.models import Product

QUESTION = "products_shown"
MOST_PRODUCTS = 10

ANSWERS = """
WITH shown AS MATERIALIZED (
    SELECT DISTINCT item.field, item.product_id, item.message_id
      FROM campaigns_message AS message JOIN campaigns_messageproduct AS item ON item.message_id = message.id
     WHERE message.campaign_id = %(campaign)s AND message.status IN ('sent', 'unknown') AND (
           item.number / %(numbers)s = message.attempt %% %(attempts)s
           OR EXISTS (SELECT FROM campaigns_hit AS hit WHERE hit.message_id = message.id AND hit.shown_id = item.id))
), clicked AS MATERIALIZED (
    SELECT DISTINCT item.field, item.product_id, item.message_id, true AS is_clicked
      FROM campaigns_message AS message
      JOIN campaigns_hit AS hit ON hit.message_id = message.id AND hit.kind = 'click' AND hit.is_machine = false
      JOIN campaigns_messageproduct AS item ON item.id = hit.shown_id
     WHERE message.campaign_id = %(campaign)s AND message.clicked_at IS NOT NULL
), bought AS MATERIALIZED (
    SELECT credit.message_id, line.product_id, sum(line.amount) AS amount
      FROM analytics_attributedorder AS credit
      JOIN customers_orderline AS line ON line.order_id = credit.order_id AND line.quantity > 0
     WHERE credit.campaign_id = %(campaign)s AND credit.model = %(model)s
     GROUP BY credit.message_id, line.product_id
)
SELECT field, 0, count(DISTINCT shown.message_id), count(DISTINCT shown.message_id) FILTER (WHERE is_clicked),
       count(DISTINCT bought.message_id), coalesce(sum(amount), 0)::bigint
  FROM shown LEFT JOIN clicked USING (field, product_id, message_id) LEFT JOIN bought USING (message_id, product_id)
 GROUP BY field
UNION ALL
SELECT '', product_id, count(*), count(*) FILTER (WHERE is_clicked), count(bought.message_id),
       coalesce(sum(amount), 0)::bigint
  FROM (SELECT product_id, message_id, bool_or(is_clicked) AS is_clicked
          FROM shown LEFT JOIN clicked USING (field, product_id, message_id)
         GROUP BY product_id, message_id) AS of_messages
  LEFT JOIN bought USING (message_id, product_id)
 GROUP BY product_id
"""


@dataclass(frozen=True, slots=True)
class Answers:
    """Messages that showed something, in which it was clicked, and after which it was bought, for so many won."""

    label: str | Promise
    shown: int
    clicked: int
    bought: int
    amount: int

    @property
    def click_rate(self) -> float | None:
        """Return the share of the messages in which it was clicked."""
        return self.clicked / self.shown if self.shown else None


@dataclass(frozen=True, slots=True)
class ProductsShown:
    """The answers by field, and by product, those clicked most first."""

    fields: list[Answers]
    products: list[Answers]


def products_shown(campaign: Campaign) -> ProductsShown | None:
    """Return what became of the products that the campaign's messages showed; None where its content shows none."""
    if not _shows_products(campaign):
        return None
    [found] = kept.read(QUESTION, [str(campaign.pk)])
    fields, products = found.figures
    names = Product.objects.in_bulk([row[0] for row in products])
    shown = [Answers(names[key].name, *counts) for key, *counts in products if key in names]
    return ProductsShown([Answers(LABELS[name], *counts) for name, *counts in fields], shown) if fields else None


def _shows_products(campaign: Campaign) -> bool:
    variants = Variant.objects.filter(step__campaign=campaign).select_related(
        "step__campaign", "step__account", "fallback__account"
    )
    return any(content.fields_looked_up(variant) & LABELS.keys() for variant in variants)


def _ask(abouts: Sequence[str]) -> list[Any]:
    return [_answers(int(about)) for about in abouts]


def _answers(campaign_id: int) -> list[list[list[Any]]]:
    numbering = {"numbers": NUMBERS_OF_AN_ATTEMPT, "attempts": ATTEMPTS_APART}
    rows = tuples(ANSWERS, {"campaign": campaign_id, "model": MODEL.value, **numbering})
    fields = [[field, *counts] for field, product_id, *counts in rows if not product_id]
    fields.sort(key=lambda row: (-row[1], row[0]))
    products = [[product_id, *counts] for _field, product_id, *counts in rows if product_id]
    products.sort(key=lambda row: (-row[2], -row[1], row[0]))
    return [fields, products[:MOST_PRODUCTS]]


def _abouts() -> Iterable[str]:
    """Return the large campaigns of the last weeks that show products."""
    lately = Campaign.objects.own().filter(started_at__gt=timezone.now() - timedelta(days=KEPT_DAYS))
    sums = CampaignState.objects.filter(campaign__in=lately).order_by().values("campaign").annotate(all=Sum("messages"))
    large = Campaign.objects.filter(pk__in=sums.filter(all__gte=LARGE).values("campaign"))
    return [str(campaign.pk) for campaign in large if _shows_products(campaign)]


kept.QUESTIONS.register(QUESTION, kept.Question(QUESTION, _ask, _abouts))
