"""The trigger of becoming a customer."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.triggers.base import Entries, Settings, Topic, Trigger, Window, trigger
from customers.segments import lookups

SIGNED_UP = """
    SELECT customer.id AS customer_id, customer.joined_at AS anchor_at, 'joined' AS entry_key,
           jsonb_strip_nulls(jsonb_build_object('store', store.name, 'source', customer.acquisition_source)) AS context
    FROM customers_customer AS customer
    LEFT JOIN customers_store AS store ON store.id = customer.home_store_id
    WHERE customer.joined_at > %(since)s AND customer.joined_at <= %(until)s
      AND NOT customer.is_marketplace_contact {narrowed}
"""
OF_SOURCES = "AND customer.acquisition_source = ANY(%(sources)s)"


@trigger
class SignedUp(Trigger):
    """Joined the shop, by the day of joining: members of an old list who come in today joined long ago.

    Buyers of a marketplace, of whom only the contact for a delivery is known, did not join.
    """

    key = "signed_up"
    label = gettext_lazy("signed up")
    topic = Topic.PEOPLE
    optional = {"sources": lookups.SOURCES}
    labels = {"sources": gettext_lazy("acquisition source")}
    tells = ("store", "source")

    def entries(self, settings: Settings, window: Window) -> Entries:
        statement = SIGNED_UP.format(narrowed=OF_SOURCES if "sources" in settings else "")
        return Entries(statement, {"since": window.since, "until": window.until, **settings})

    def sentence(self, settings: Settings) -> str:
        return self.said(_("when somebody signs up"), settings, "sources")
