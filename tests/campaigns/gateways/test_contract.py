"""What every gateway promises, asked of each over a real socket: nothing twice, nothing lost in silence.

`provider.accepted` is what the other end answers for, whatever it said to us.
"""

from collections import Counter
from collections.abc import Iterator

import pytest

from campaigns.gateways.base import CallsBack, Fate, GatewayError, Outcome, ReportKind, WebhookRefused
from campaigns.gateways.failures import Failure
from tests.loopback import PROVIDERS
from tests.loopback.provider import CallingProvider, Mishap, Provider

pytestmark = pytest.mark.django_db


@pytest.fixture(params=PROVIDERS, ids=lambda provider: provider.gateway)
def provider(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """The other end of one gateway."""
    monkeypatch.setenv("SOLAPI_PASSWORD", "SECRET")
    with request.param() as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running


def goes_wrong(provider: Provider, *mishaps: Mishap) -> None:
    """Have the next calls for sending go wrong, or skip what cannot happen with this gateway."""
    if set(mishaps) & provider.never:
        pytest.skip("cannot happen with this gateway")
    provider.mishaps.extend(mishaps)


def send(provider: Provider, *numbers: int, bad: int | None = None) -> tuple[dict[int, Outcome], GatewayError | None]:
    """Hand over messages of these numbers; return the outcomes by number, and the error that ended it, if one did.

    Whatever happens: no message has two outcomes, and each failure has one of the classes.
    """
    gateway = provider.made()
    outcomes: list[Outcome] = []
    stopped = None
    try:
        for outcome in gateway.send_batch(provider.message(number, is_bad=number == bad) for number in numbers):
            outcomes.append(outcome)
    except GatewayError as error:
        stopped = error
    finally:
        gateway.close()
    assert len({outcome.message_id for outcome in outcomes}) == len(outcomes)
    assert {outcome.failure for outcome in outcomes} <= {"", *Failure.values}
    assert {outcome.message_id for outcome in outcomes} <= set(numbers)
    return {outcome.message_id: outcome for outcome in outcomes}, stopped


def fates(outcomes: dict[int, Outcome]) -> set[Fate]:
    return {outcome.fate for outcome in outcomes.values()}


def is_told_truly(provider: Provider, outcomes: dict[int, Outcome], numbers: range) -> bool:
    """Tell whether "sent" was accepted, "failed" and "again" were not, and nothing was taken twice."""
    taken = Counter(provider.accepted)
    return all(
        taken[number] == 1
        if number in outcomes and outcomes[number].fate == Fate.SENT
        else taken[number] <= 1
        if number in outcomes and outcomes[number].fate == Fate.UNKNOWN
        else taken[number] == 0
        for number in numbers
    )


def test_a_batch_arrives_once_each(provider: Provider) -> None:
    outcomes, stopped = send(provider, *range(1, 121))

    assert stopped is None
    assert fates(outcomes) == {Fate.SENT}
    assert sorted(provider.accepted) == list(range(1, 121))


def test_one_bad_recipient_does_not_hold_up_the_others(provider: Provider) -> None:
    outcomes, _stopped = send(provider, *range(1, 101), bad=50)

    assert outcomes[50].fate == Fate.FAILED
    assert outcomes[50].failure in Failure.values
    assert sorted(provider.accepted) == [number for number in range(1, 101) if number != 50]


@pytest.mark.parametrize("mishap", [Mishap.SLOW, Mishap.ACCEPTS_AND_HANGS_UP, Mishap.BROKEN_AFTERWARDS])
def test_a_lost_answer_makes_it_unknown_and_never_sent(provider: Provider, mishap: Mishap) -> None:
    goes_wrong(provider, mishap)

    outcomes, _stopped = send(provider, 1)

    assert outcomes[1].fate == Fate.UNKNOWN
    assert provider.accepted == [1]


@pytest.mark.parametrize(
    "mishap", [Mishap.BROKEN, Mishap.UNAVAILABLE, Mishap.HANGS_UP, Mishap.SLOW, Mishap.ACCEPTS_AND_HANGS_UP]
)
def test_a_burst_of_faults_is_told_truly(provider: Provider, mishap: Mishap) -> None:
    goes_wrong(provider, *[mishap] * 3)

    outcomes, _stopped = send(provider, *range(1, 6))

    assert is_told_truly(provider, outcomes, range(1, 6))
    assert Fate.FAILED not in fates(outcomes)


def test_a_gateway_that_wants_rest_gets_it_and_no_message_fails(provider: Provider) -> None:
    goes_wrong(provider, Mishap.RATE_LIMITED)

    outcomes, stopped = send(provider, 1, 2, 3)

    assert is_told_truly(provider, outcomes, range(1, 4))
    assert Fate.FAILED not in fates(outcomes)
    if stopped is not None:
        assert stopped.wait == pytest.approx(provider.rest_seconds)
        assert not stopped.account_level


def test_one_that_does_not_say_for_how_long_is_left_alone_for_a_while(provider: Provider) -> None:
    goes_wrong(provider, Mishap.RATE_LIMITED_FOR_HOW_LONG)

    outcomes, stopped = send(provider, 1, 2, 3)

    assert is_told_truly(provider, outcomes, range(1, 4))
    assert stopped is None or stopped.wait >= 1
    assert Fate.FAILED not in fates(outcomes)


def test_an_answer_that_nobody_knows_is_no_success(provider: Provider) -> None:
    goes_wrong(provider, Mishap.NONSENSE)

    outcomes, _stopped = send(provider, 1)

    assert Fate.SENT not in fates(outcomes)


def test_an_account_at_fault_stops_everything_at_once(provider: Provider) -> None:
    goes_wrong(provider, *[Mishap.LOCKED_OUT] * 1_000)

    outcomes, stopped = send(provider, *range(1, 1_001))

    assert stopped is not None
    assert stopped.account_level
    assert fates(outcomes) <= {Fate.RETRY}
    assert provider.accepted == []
    assert len(provider.mishaps) >= 900  # one batch was tried, not a thousand messages


def test_a_gateway_that_is_not_there_has_taken_nothing(provider: Provider) -> None:
    provider.__exit__()

    outcomes, stopped = send(provider, 1, 2)

    assert fates(outcomes) <= {Fate.RETRY}
    assert stopped is None or not (stopped.account_level or stopped.permanent)


def test_nothing_is_taken_that_was_not_drawn(provider: Provider) -> None:
    drawn = []

    def drawing() -> Iterator:
        for number in range(1, 1_001):
            drawn.append(number)
            yield provider.message(number)

    gateway = provider.made()
    batch = gateway.send_batch(drawing())
    next(batch)
    batch.close()
    gateway.close()

    assert set(provider.accepted) <= set(drawn)
    assert len(drawn) <= 100  # a slice or two of the dispatcher


def test_the_log_in_is_tried_without_sending(provider: Provider) -> None:
    gateway = provider.made()

    gateway.check()

    gateway.close()
    assert provider.accepted == []


def called_by(provider: Provider) -> CallingProvider:
    assert isinstance(provider.made(), CallsBack) == isinstance(provider, CallingProvider)
    if not isinstance(provider, CallingProvider):
        pytest.skip("this gateway calls nobody")
    return provider


def test_a_report_names_the_message_and_what_became_of_it(provider: Provider) -> None:
    send(called_by(provider), 1, 2)

    delivered = provider.made().read_webhook(provider.webhook([1]))
    failed = provider.made().read_webhook(provider.webhook([2], code="failed"))

    assert [(report.message_id, report.kind) for report in delivered] == [(1, ReportKind.DELIVERED)]
    assert failed[0].message_id == 2
    assert failed[0].kind in (ReportKind.FAILED, ReportKind.BOUNCED)
    assert failed[0].failure in Failure.values


def test_a_report_that_comes_twice_is_one_event(provider: Provider) -> None:
    send(called_by(provider), 1)

    first, second = (provider.made().read_webhook(provider.webhook([1])) for _time in range(2))

    assert [report.event_id for report in first] == [report.event_id for report in second]


def test_a_code_that_nobody_knows_settles_nothing(provider: Provider) -> None:
    send(called_by(provider), 1)

    reports = provider.made().read_webhook(provider.webhook([1], code="9998"))

    assert {report.kind for report in reports} <= {ReportKind.UNKNOWN}


def test_a_call_of_somebody_else_is_not_believed(provider: Provider) -> None:
    send(called_by(provider), 1)

    try:
        reports = provider.made().read_webhook(provider.forged_webhook([1, 7]))
    except WebhookRefused:
        reports = []

    assert reports == []


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[1]", b'[{"data": null}]', b"\xff", b"[" * 20_000])
def test_a_body_that_is_no_report_is_refused(provider: Provider, body: bytes) -> None:
    called_by(provider)
    request = provider.forged_webhook([])
    request._body = body

    with pytest.raises(WebhookRefused):
        provider.made().read_webhook(request)
