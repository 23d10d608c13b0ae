"""Personalised e-mail to a local SMTP server, intents and outcomes recorded, beside three other ways to send it."""

import socket
import time
from collections.abc import Iterator
from statistics import linear_regression

from django.conf import settings
from django.utils import timezone

from bench import mail_peers, recipients
from bench.harness import Bench, Measured, Side, execute, sizes
from bench.mail_processes import Sink, Talker, cluster, mail_sink, workers
from campaigns import gateways
from campaigns.channels.base import Envelope, channel_of
from campaigns.gateways.base import Fate, PreparedMessage
from campaigns.models import Campaign, ChannelAccount
from campaigns.pipeline import content
from campaigns.pipeline.gate import gate_of
from campaigns.pipeline.people import People, Person
from campaigns.template_fields import Recipient
from customers.models import Customer

WORKERS = 2
# So many customers are read at once where nothing is recorded.
AT_ONCE = 1_000
SIZES = "10000"
# The slow ways do a part of the work, and it is counted as often as it takes.
PART_OF_SLOW_WAYS, MOST_OF_SLOW_WAYS = 0.1, 2_000
# What is ready is held in memory, all of it.
MOST_READY_MADE = 100_000
LATENCY_MILLISECONDS = 20
LATENCY_MAILS = 3_000
CONNECTIONS = 24
# Sending more mails may take so many times the memory: whatever were kept of each would take more.
MEMORY_GROWTH = 1.2
RATE, RATE_SECONDS = 500, 12
SUBJECT = "{{ name }}님, 다시 만나서 반갑습니다"
PARAGRAPH = "<p>새로 들어온 상품과 할인 소식을 알려 드립니다. 가까운 매장과 온라인에서 만나 보세요.</p>"
LINKS = "".join(f'<p><a href="https://shop.example/products/{number}">상품 {number}</a></p>' for number in (1, 2, 3))
GREETING = "<h1>{{ name }}님, 안녕하세요</h1><p>지난 {{ order_count }}번의 주문 감사합니다.</p>"
HTML = GREETING + PARAGRAPH * 19 + LINKS
OURS, POST_OFFICE, TASKS = "Dangol, two workers", "django-post_office", "a django-q2 task a mail"
READY_MADE, UNRECORDED = "ready-made mails, pipelined", "rendered and pipelined, nothing recorded"


def main() -> int:
    """Measure; return the exit code."""
    settings.MESSAGING_LIVE = True
    bench = Bench("dispatch")
    wanted = sizes("BENCH_MAILS", SIZES)
    memory = {}
    for mails in wanted:
        recipients.make(mails)
        with mail_sink() as sink:
            memory[mails] = _compare(bench, mails, sink)
    _say_memory(bench, memory)
    _measure_latency(bench, min(LATENCY_MAILS, max(wanted)))
    _measure_rate(bench, min(RATE * RATE_SECONDS, max(wanted)))
    return bench.finish()


def _compare(bench: Bench, mails: int, sink: Sink) -> int:
    """Have the ways take turns; return the most memory that a worker of ours ever had, in kB."""
    memory: list[int] = []
    campaign = _campaign(sink, rate=1_000_000)
    few = min(max(int(mails * PART_OF_SLOW_WAYS), 20), MOST_OF_SLOW_WAYS)
    made = _ready_made(campaign, min(mails, MOST_READY_MADE))
    with workers("dispatch", WORKERS, sink) as ours, workers("post_office", 1, sink) as peers, cluster(sink):
        sides = [
            Side(OURS, lambda: memory.extend(_work(ours, sink, mails)), prepare=_plan_again),
            Side(READY_MADE, lambda: _send_ready_made(made, sink), part=(len(made) - 1) / mails),
            Side(UNRECORDED, lambda: _render_and_send(campaign, sink, few), part=few / mails),
            Side(TASKS, lambda: _run_tasks(sink, few), prepare=lambda: _queue_tasks(few), part=few / mails),
        ]
        if mail_peers.has_post_office():
            queue = lambda: mail_peers.queue_mails(few, subject=SUBJECT, html=HTML)  # noqa: E731
            sides.append(Side(POST_OFFICE, lambda: _work(peers, sink, few), prepare=queue, part=few / mails))
        measured = bench.compare("personalised mails", *sides, size=mails, unit="mails")
    _say_ratios(bench, measured)
    return max(memory)


def _say_memory(bench: Bench, memory: dict[int, int]) -> None:
    for mails, most in memory.items():
        bench.figure(f"most memory of a worker that sends {mails:,} mails, MB", most / 1_000)
    few, many = min(memory), max(memory)
    if few < many:
        bench.goal(f"× the memory at {many:,} mails as at {few:,}", memory[many] / memory[few], at_most=MEMORY_GROWTH)


def _say_ratios(bench: Bench, measured: Measured) -> None:
    bookkeeping = measured.median(OURS) / measured.size - measured.median(UNRECORDED) / measured.size / WORKERS
    bench.figure("microseconds a mail for intents, outcomes and the gate", bookkeeping * 1_000_000)
    bench.goal("× a django-q2 task a mail", measured.times_faster(OURS, TASKS), at_least=30)
    bench.goal("of ready-made mails, pipelined", measured.times_faster(OURS, READY_MADE), at_least=0.2)
    if mail_peers.has_post_office():
        bench.goal("× django-post_office", measured.times_faster(OURS, POST_OFFICE), at_least=15)


def _campaign(sink: Sink, *, rate: int, connections: int = 1) -> Campaign:
    account = ChannelAccount.objects.create(
        name=f"bench {ChannelAccount.objects.count()}",
        gateway="smtp",
        is_live=True,
        settings={"host": "127.0.0.1", "port": sink.port, "connections": connections},
        sender_name="단골마트",
        sender_address=mail_peers.SENDER,
        contact_phone="02-000-0000",
        postal_address="서울특별시 중구 세종대로 1",
        rate_per_second=rate,
    )
    return recipients.approved_campaign(account, subject=SUBJECT, html=HTML)


def _plan_again() -> None:
    """Put every message back to where the plan had left it."""
    execute(
        "UPDATE campaigns_message SET status = 'planned', attempt = 0, sending_at = NULL, sent_at = NULL, kind = '',"
        " lease_until = NULL, due_at = planned_at, provider_id = '', cost = 0, is_sandbox = false",
        "UPDATE campaigns_campaign SET status = 'active', finished_at = NULL",
        "UPDATE campaigns_channelaccount SET next_send_at = NULL",
        "VACUUM ANALYZE campaigns_message",
        "CHECKPOINT",
    )


def _work(senders: list[Talker], sink: Sink, mails: int) -> list[int]:
    """Have the workers send everything; return the most memory that each ever had, in kB."""
    for each in senders:
        each.say()
    most = [int(each.hear()) for each in senders]
    sink.took(mails)
    return most


def _queue_tasks(count: int) -> None:
    mail_peers.queue_tasks(count, subject=SUBJECT, html=HTML)


def _run_tasks(sink: Sink, count: int) -> None:
    execute("UPDATE django_q_ormq SET lock = now()")
    while mail_peers.tasks_done() < count:
        time.sleep(0.05)
    sink.took(count)


def _rendered(campaign: Campaign, people: Iterator[Person]) -> Iterator[PreparedMessage]:
    """Make the mails of the campaign, asking and writing nothing."""
    step = campaign.steps.get()
    variant = step.variants.get()
    compiled, channel = content.compile_variant(variant), channel_of(step.account)
    for number, person in enumerate(people, start=1):
        rendered = compiled.render(Recipient(person, person.stats, step.account), message_id=number)
        envelope = Envelope(number, campaign.pk, step.account, person.address, timezone.now())
        yield channel.compose(rendered, envelope)


def _people(campaign: Campaign, count: int) -> Iterator[Person]:
    people = People(gate_of(campaign), with_nights=False)
    numbers = list(Customer.objects.order_by("pk").values_list("pk", flat=True)[:count])
    for first in range(0, count, AT_ONCE):
        yield from people.found(numbers[first : first + AT_ONCE]).values()


def _render_and_send(campaign: Campaign, sink: Sink, count: int) -> None:
    gateway = gateways.gateway_for(campaign.steps.get().account, approved=True)
    outcomes = list(gateway.send_batch(_rendered(campaign, _people(campaign, count))))
    gateway.close()
    if {outcome.fate for outcome in outcomes} != {Fate.SENT}:
        raise AssertionError("not every mail was sent")
    sink.took(count)


def _ready_made(campaign: Campaign, count: int) -> list[bytes]:
    """Return what goes over the wire for so many: an envelope, then a content with the next envelope behind it."""
    mails = list(_rendered(campaign, _people(campaign, count)))
    envelopes = [
        f"MAIL FROM:<{mail.sender}>\r\nRCPT TO:<{mail.recipient}>\r\nDATA\r\n".encode("ascii") for mail in mails
    ]
    contents = [bytes(mail.content) + b".\r\n" for mail in mails]
    return [envelopes[0], *(content + after for content, after in zip(contents, [*envelopes[1:], b""], strict=True))]


def _send_ready_made(made: list[bytes], sink: Sink) -> None:
    """Write each piece once the one before is answered; look at nothing but the number of lines."""
    with socket.create_connection(("127.0.0.1", sink.port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answers = line.makefile("rb")
        line.sendall(b"EHLO bench\r\n")
        for _line in range(4):  # the greeting, and three lines about what the server can do
            answers.readline()
        for number, piece in enumerate(made):
            line.sendall(piece)
            for _answer in range(3 + (number > 0) if number < len(made) - 1 else 1):
                answers.readline()
    sink.took(len(made) - 1)


def _measure_latency(bench: Bench, mails: int) -> None:
    """With every answer late, a connection does a mail a round trip; more connections bring the rate back."""
    recipients.make(mails)
    for connections in (1, CONNECTIONS):
        with mail_sink(LATENCY_MILLISECONDS) as sink, workers("dispatch", WORKERS, sink) as ours:
            _campaign(sink, rate=1_000_000, connections=connections)
            started = time.perf_counter()
            _work(ours, sink, mails)
            rate = mails / (time.perf_counter() - started)
        execute("TRUNCATE campaigns_campaign, campaigns_channelaccount CASCADE")
        bench.figure(
            f"mails a second, answers {LATENCY_MILLISECONDS} ms late, {connections} connections a worker", rate
        )


def _measure_rate(bench: Bench, mails: int) -> None:
    """The rate of the account, over all workers, as the mail server saw it."""
    recipients.make(mails)
    with mail_sink() as sink, workers("dispatch", WORKERS, sink) as ours:
        _campaign(sink, rate=RATE)
        for worker in ours:
            worker.say()
        for worker in ours:
            worker.hear()
        moments = sink.taken()["moments"]
    seen = linear_regression(moments, range(len(moments))).slope
    bench.figure(f"mails a second where the account allows {RATE}", seen)
    bench.goal(f"off the account's rate of {RATE} a second", abs(seen / RATE - 1), at_most=0.02)
