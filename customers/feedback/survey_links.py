"""The address of a survey for one customer and one message: signed with a key of its own, naming nobody.

It says the day on which it was written, so that it ends by itself.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.utils import timezone

from crm_project import signed_tokens

# Bytes of each number, big end first; together they fill groups of three (`signed_tokens`).
SIZES = {"survey_id": 3, "customer_id": 6, "message_id": 6, "day": 2}
LENGTH = sum(SIZES.values())
FIRST_DAY = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class SurveyToken:
    """What a token says, once its MAC was found good. Customer 0 is a trial by staff; message 0 is none."""

    survey_id: int
    customer_id: int
    message_id: int
    day: int

    @property
    def written_on(self) -> date:
        """Return the day (KST) on which the link was written."""
        return FIRST_DAY + timedelta(days=self.day)


def url_of(survey_id: int, customer_id: int, *, message_id: int = 0) -> str:
    """Return the public address at which this customer answers."""
    return f"{settings.SITE_URL}/s/{write(survey_id, customer_id, message_id=message_id)}/"


def trial_url(survey_id: int) -> str:
    """Return an address that shows the survey to staff and keeps nothing of what is answered."""
    return url_of(survey_id, 0)


def write(survey_id: int, customer_id: int, *, message_id: int = 0, on: date | None = None) -> str:
    """Return the token, made with the newest key; `on` is the day it counts from, today unless given."""
    day = ((on or timezone.localdate()) - FIRST_DAY).days
    numbers = zip((survey_id, customer_id, message_id, day), SIZES.values(), strict=True)
    said = b"".join(number.to_bytes(size, "big") for number, size in numbers)
    return signed_tokens.write(said, settings.SURVEY_KEYS)


def read(token: str) -> SurveyToken | None:
    """Return what the token says, or None where we did not write it or its key was removed."""
    said = signed_tokens.read(token, settings.SURVEY_KEYS, length=LENGTH)
    if said is None:
        return None
    numbers, start = [], 0
    for size in SIZES.values():
        numbers.append(int.from_bytes(said[start : start + size], "big"))
        start += size
    return SurveyToken(*numbers)
