"""How else a Django project sends such a mail: a task each, or django-post_office."""

from importlib.util import find_spec

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template import Context, Template
from django_q.models import Success
from django_q.tasks import async_task

from bench.harness import execute
from customers.models import Customer

SENDER = "shop@bench.example"
# So far ahead that no worker takes it; the turn begins when it is moved to now.
FAR_AHEAD = "2100-01-01"


def has_post_office() -> bool:
    """Tell whether django-post_office is installed."""
    return find_spec("post_office") is not None


def send_one(customer_id: int, subject: str, html: str) -> None:
    """Load a customer, render, and send over a connection of its own, as a task usually does."""
    customer = Customer.objects.select_related("stats").get(pk=customer_id)
    context = Context({"name": customer.name, "order_count": customer.stats.order_count})
    mail = EmailMultiAlternatives(
        Template(subject).render(context), "text", SENDER, [customer.email], headers={"X-Bench": str(customer_id)}
    )
    mail.attach_alternative(Template(html).render(context), "text/html")
    mail.send()


def queue_tasks(count: int, *, subject: str, html: str) -> None:
    """Put a task for each of the first customers on the queue, for later."""
    with transaction.atomic():  # the workers are there already
        execute("TRUNCATE django_q_ormq, django_q_task")
        for customer_id in Customer.objects.order_by("pk").values_list("pk", flat=True)[:count]:
            async_task("bench.mail_peers.send_one", customer_id, subject, html, cluster="bench")
        execute(f"UPDATE django_q_ormq SET lock = '{FAR_AHEAD}'")


def tasks_done() -> int:
    """Return how many tasks have ended well."""
    return Success.objects.count()


def queue_mails(count: int, *, subject: str, html: str) -> None:
    """Have django-post_office know a mail for each of the first customers, rendered as it is sent."""
    from post_office.models import Email, EmailTemplate  # not installed everywhere  # noqa: PLC0415

    execute("TRUNCATE post_office_email, post_office_emailtemplate CASCADE")
    template = EmailTemplate.objects.create(name="bench", subject=subject, content="text", html_content=html)
    people = Customer.objects.order_by("pk").values_list("email", "name", "stats__order_count")[:count]
    Email.objects.bulk_create(
        [
            Email(
                from_email=SENDER,
                to=[email],
                template=template,
                context={"name": name, "order_count": orders},
                status=2,  # queued
                priority=2,
                backend_alias="default",
            )
            for email, name, orders in people
        ],
        batch_size=5_000,
    )
