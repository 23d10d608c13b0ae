"""Do the credits add up? Asked every night; nothing that is found is mended silently."""

from django.utils.translation import gettext as _

from analytics.errors import CreditsDoNotAddUp
from analytics.statements import tuples

MOST_NAMED = 10

# An order whose credits are not what it brought, or have more or less taken back than its refunds say.
WRONG = """
SELECT credit.order_id, credit.model
  FROM (SELECT order_id, model, sum(revenue) AS revenue, sum(refunded) AS refunded, max(attributed_at) AS attributed_at,
               sum((SELECT coalesce(sum(amount), 0) FROM analytics_creditrefund AS taken
                     WHERE taken.credit_id = each.id)) AS taken
          FROM analytics_attributedorder AS each GROUP BY order_id, model) AS credit
  JOIN customers_order AS bought ON bought.id = credit.order_id
  LEFT JOIN (SELECT order_id, sum(amount) AS amount FROM customers_refund GROUP BY order_id) AS refund
       ON refund.order_id = bought.id
 WHERE bought.changed_at < (SELECT looked_until FROM analytics_attributionprogress)
   AND (credit.revenue, credit.refunded, credit.taken) IS DISTINCT FROM
       (greatest(0, bought.paid - bought.shipping),
        least(greatest(0, bought.paid - bought.shipping), coalesce(refund.amount, 0)),
        least(greatest(0, bought.paid - bought.shipping), coalesce(refund.amount, 0)))
 ORDER BY credit.order_id, credit.model LIMIT %s
"""


def refuse_wrong_credits() -> None:
    """Compare all credits with their orders and refunds, but for orders that changed since the last run.

    Raises:
        CreditsDoNotAddUp: some are not equal.
    """
    wrong = tuples(WRONG, [MOST_NAMED])
    if wrong:
        named = ", ".join(f"{order_id} ({model})" for order_id, model in wrong)
        raise CreditsDoNotAddUp(
            _("The credits of these orders do not add up to what they brought: %(orders)s. Run “manage.py attribute”.")
            % {"orders": named}
        )
