"""Questions about many customers, orders and the notices they are owed."""

from django.db import models
from django.db.models.functions import Coalesce


class CustomerQuerySet(models.QuerySet):
    """Customers, chained as one would say it."""

    def living(self) -> "CustomerQuerySet":
        """Return the customers that are people of their own: not erased, not merged into another."""
        return self.filter(erased_at=None, merged_into=None)

    def known_as(self, number: str) -> "CustomerQuerySet":
        """Return the people with this customer number, of whichever of these has it; the latest first.

        Of a number that was merged, whom it was merged into; they come after whoever has the number themselves.
        """
        person = Coalesce("merged_into_id", "pk")
        people = self.model._default_manager.living().filter(pk__in=self.filter(external_id=number).values_list(person))
        return people.alias(is_own=models.Q(external_id=number)).order_by("-is_own", "-pk")

    def members_of(self, segment: models.Model) -> "CustomerQuerySet":
        """Return the members of a segment, as of its last refresh, that are people of their own."""
        return self.living().filter(segmentmembership__segment=segment)


class OrderQuerySet(models.QuerySet):
    """Orders, chained as one would say it."""

    def purchases(self) -> "OrderQuerySet":
        """Return the orders that count: paid for, neither cancelled nor fully refunded."""
        return self.filter(is_purchase=True)


class NoticeDutyQuerySet(models.QuerySet):
    """Notices that the law owes customers, chained as one would say it."""

    def waiting(self) -> "NoticeDutyQuerySet":
        """Return those that somebody is still to be told.

        What a merged customer keeps is not owed: the person has the same notice under the kept number.
        """
        people = self.model._meta.get_field("customer").related_model.objects
        merged = people.filter(pk=models.OuterRef("customer"), merged_into__isnull=False)
        return self.filter(~models.Exists(merged), done_at=None)
