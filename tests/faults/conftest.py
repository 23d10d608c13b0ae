"""What every fault test has: a recorder, a live account that leads to it, no caps between campaigns."""

from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from campaigns.models import ChannelAccount
from tests.factories import make_account
from tests.faults.mail_recorder import MailRecorder
from tests.faults.nursery import Nursery


@pytest.fixture
def recorder() -> Iterator[MailRecorder]:
    """A mail server that remembers."""
    with MailRecorder() as recorder:
        yield recorder


@pytest.fixture
def account(settings: Settings, transactional_db: None, recorder: MailRecorder) -> ChannelAccount:
    """A live account over which mail goes to the recorder."""
    settings.MESSAGING_LIVE = True
    settings.ADS_PER_DAY = settings.ADS_PER_WEEK = 0
    options = {"host": "127.0.0.1", "port": recorder.port, "timeout": 2}
    return make_account(gateway="smtp", is_live=True, settings=options, rate_per_second=1_000)


@pytest.fixture
def nursery(environment: dict[str, str]) -> Iterator[Callable[..., Nursery]]:
    """Make a nursery of workers on the test database; all of it ends with the test."""
    made: list[Nursery] = []

    def make(*modules: str, **variables: str) -> Nursery:
        made.append(Nursery(environment | {"ADS_PER_DAY": "0", "ADS_PER_WEEK": "0"}, *modules, **variables))
        return made[-1]

    yield make
    for each in made:
        each.__exit__()
