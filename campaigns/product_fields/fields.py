"""The fields of content that hold products chosen for each reader as the message is made."""

from collections.abc import Collection

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from campaigns.product_fields import occasion
from campaigns.product_fields.lists import SOURCES, Asked, products_for
from campaigns.product_fields.told import ONES, told
from campaigns.template_fields import Contexts, field_in_context

# What each field is called, that of the trigger too.
LABELS: dict[str, str | Promise] = {
    "recommended": _("recommended products"),
    "bought_together": _("products that go with what they bought"),
    "repeat_due": _("products that they need again"),
    "cross_sell": _("products of categories that are new to them"),
    "up_sell": _("dearer products of their favourite categories"),
    "left_in_cart": _("products left in the cart"),
    "viewed": _("products looked at and not bought"),
    "trigger": _("what the automation began with"),
}


def _register(name: str) -> None:
    loop = f"{{% for product in {name} %}}{{{{ product.name }}}} {{{{ product.price | won }}}}\n{{% endfor %}}"

    @field_in_context(name, LABELS[name], example=ONES, inserts=loop)
    def look_up(customer_ids: Collection[int], campaign: Campaign, contexts: Contexts) -> dict[int, object]:
        asked = Asked(customer_ids, timezone.now(), occasion.products_of(contexts))
        lists = products_for(name, asked)
        return {customer_id: [told(each) for each in products] for customer_id, products in lists.items()}


for each in SOURCES:
    _register(each)
