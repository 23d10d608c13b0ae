"""The clock's and the queue's door to this app."""

from crm_project.queue import job, kick
from loyalty.earning import orders

# More than a light job gets done in its minute: a first load, or a year that was imported anew.
MANY_ORDERS = 50_000


@job()
def earn_orders() -> None:
    """Count the points of the orders that came in or changed since the last run; very many of them in bulk."""
    if orders.earn_changed_orders(most=MANY_ORDERS) is None:
        kick("loyalty.tasks.earn_many_orders")


@job(cluster="bulk")
def earn_many_orders() -> None:
    """Count the points of however many orders came in or changed since the last run."""
    orders.earn_changed_orders()
