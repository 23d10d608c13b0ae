"""What the data does not have: who the households are and what they allowed. All of it is made up, by number.

The same household is the same person on every machine and every day. Nobody can be reached by accident: mobile numbers
010-0… are given to no one (the numbering plan leaves 0 and 1 after 010 free), and the e-mail domains are those that
RFC 2606 keeps for examples. Customers are marked as demo data, to which a live account never sends.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from crm_project.demo.complete_journey import Household
from crm_project.demo.korean_names import FAMILIES, GIVEN, PLACES

DOMAINS = {"example.com": 6, "example.net": 3, "example.org": 1}
WORDS = ("sky", "moon", "star", "tree", "river", "sunny", "happy", "cookie", "latte", "mint", "olive", "berry", "cloud")
SOURCES = {"매장 가입": 48, "지인 추천": 17, "인스타그램": 13, "네이버 검색": 12, "전단지": 10}
# The data's age bands, as (youngest, oldest).
AGES = {"19-24": (19, 24), "25-34": (25, 34), "35-44": (35, 44), "45-54": (45, 54), "55-64": (55, 64), "65+": (65, 82)}
# How many agreed to advertising over a channel, and how many of them took it back.
AGREED = {"email": 0.78, "sms": 0.61, "push": 0.3}
TAKEN_BACK = 0.09


@dataclass(frozen=True)
class Person:
    """Somebody made up for a household."""

    name: str
    gender: str
    birthday: date | None
    email: str
    phone: str
    joined_at: datetime
    acquisition_source: str


def person(household: Household, *, first_purchase: datetime, first_day: date) -> Person:
    """Return the person of a household.

    Who bought in the first four weeks of the data was a customer before; the day they joined is made up too.
    """
    random = Random(f"person {household.number}")
    gender = "f" if random.random() < 0.62 else "m"
    born = _born(random, household.age, first_day.year)
    joined_at = first_purchase
    if first_purchase.date() < first_day + timedelta(weeks=4):
        joined_at -= timedelta(days=random.randrange(30, 1200), minutes=random.randrange(600))
    return Person(
        name=_pick(random, FAMILIES) + random.choice(_given_names(gender, born.year)),
        gender=gender,
        birthday=born if household.age or random.random() < 0.55 else None,
        email=_email(random, household.number, born.year) if random.random() < 0.95 else "",
        phone=phone_number(household.number) if random.random() < 0.97 else "",
        joined_at=joined_at,
        acquisition_source=_pick(random, SOURCES),
    )


def phone_number(number: int) -> str:
    """Return a mobile number that belongs to nobody: 010-0 and seven digits, another for every household."""
    digits = f"{number * 7_654_321 % 10_000_000:07}"  # coprime to the modulus: no two are the same
    return f"010-0{digits[:3]}-{digits[3:]}"


def consents(household: Household, person: Person, *, now: datetime) -> Iterator[dict[str, object]]:
    """Yield what a person said about consent, as columns of a record, oldest first.

    About 70 % agreed to e-mail and 55 % to text messages; some took it back, some never allowed marketing use. Who
    joined long ago agreed anew since, but for a few, whose two years run out.
    """
    random = Random(f"consent {household.number}")
    said_at = person.joined_at + timedelta(minutes=3)
    if said_at < now - timedelta(days=690) and random.random() > 0.03:
        said_at = now - timedelta(days=random.randrange(30, 690), minutes=random.randrange(900))
    uses = random.random() < 0.9
    said: dict[str, object] = {"consent.marketing_use": True, "consent.marketing_use.at": said_at} if uses else {}
    channels = [name for name, share in AGREED.items() if random.random() < (share if uses else share / 3)]
    for channel in channels:
        said |= {f"consent.{channel}": True, f"consent.{channel}.at": said_at}
    yield said
    for channel in channels:
        if random.random() < TAKEN_BACK:
            days = random.randrange(max((now - said_at).days, 1))
            yield {f"consent.{channel}": False, f"consent.{channel}.at": said_at + timedelta(days=days, seconds=60)}


def store_names(numbers: list[int]) -> dict[int, str]:
    """Return a name of 단골마트 for every store number."""
    places = PLACES.split()
    names = {}
    for position, number in enumerate(sorted(numbers)):
        place, again = places[position % len(places)], position // len(places)
        names[number] = f"단골마트 {place}{again + 1}호점" if again else f"단골마트 {place}점"
    return names


def _born(random: Random, age_band: str | None, year: int) -> date:
    youngest, oldest = AGES.get(age_band or "", (24, 68))
    age = random.randint(youngest, oldest)
    return date(year - age, 1, 1) + timedelta(days=random.randrange(365))


def _given_names(gender: str, born: int) -> list[str]:
    return next(names for (sex, before), names in GIVEN.items() if sex == gender and born < before).split()


def _email(random: Random, number: int, born: int) -> str:
    return f"{random.choice(WORDS)}{born % 100:02}.{number}@{_pick(random, DOMAINS)}"


def _pick(random: Random, weights: dict[str, int]) -> str:
    return random.choices(list(weights), list(weights.values()))[0]
