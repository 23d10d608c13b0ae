"""Who the customers are, how much and how long they buy, and what they allowed: `generated_customer`, `_consent`.

Customers are numbered in the order in which they joined. How often they buy has a heavy tail (Pareto). Some left; some
share the phone of their household; some are in the shop's books twice.
"""

from django.db.backends.utils import CursorWrapper

from crm_project.demo.generated.chance import Chance
from crm_project.demo.generated.size import SECONDS_A_DAY, Size
from crm_project.demo.korean_names import FAMILIES, GIVEN
from crm_project.demo.made_up import DOMAINS, SOURCES, WORDS
from customers.places.regions import known_regions
from customers.sql import literals

SHARE_JOINED_BEFORE, DAYS_BEFORE = 0.35, 900
SHARE_STAYING = 0.55
TAIL = 1.5  # the Pareto exponent of how often customers buy; the uppermost of 2,000 is as far as it goes
MOST_STAPLES = 3
PACE_SPREAD = 0.15  # how much faster or slower than the product's cycle a customer uses things up (lognormal)
# One in so many shares the phone of a neighbour in the list; one in so many is the same person once more.
HOUSEHOLD_ONE_IN, TWICE_ONE_IN = 97, 101
SHARE_FEMALE, SHARE_MALE = 0.62, 0.33
SHARE_WITH_EMAIL, SHARE_WITH_PHONE, SHARE_WITH_BIRTHDAY, SHARE_WITH_STORE = 0.95, 0.97, 0.7, 0.7
OPENING_LEAST, OPENING_MOST, OPENING_POWER = 0.05, 0.75, 1.5

# Terms of consent and how many agree to them; without marketing use a third as many.
AGREED = {"marketing_use": 0.9, "email": 0.78, "sms": 0.61, "kakao": 0.4, "push": 0.3}
NIGHT, WITHDRAWN, CONFIRMED = 0.12, 0.09, 0.9
# Two years bring the duty to ask again (L-13); most were asked and answered before.
CONFIRMED_AFTER_DAYS, CONFIRMED_WITHIN_DAYS = 600, 120


def make_tables(cursor: CursorWrapper, size: Size, chance: Chance) -> None:
    """Make the temporary tables `generated_customer` and `generated_consent`."""
    cursor.execute(_customers(size, chance))
    cursor.execute("CREATE UNIQUE INDEX ON generated_customer (number)")
    cursor.execute(_consents(size, chance))
    cursor.execute("ANALYZE generated_customer, generated_consent")


def _customers(size: Size, chance: Chance) -> str:
    joined_day = (
        f"CASE WHEN place < {SHARE_JOINED_BEFORE}"
        f" THEN floor({DAYS_BEFORE} * (place / {SHARE_JOINED_BEFORE} - 1))"
        f" ELSE floor((place - {SHARE_JOINED_BEFORE}) / {1 - SHARE_JOINED_BEFORE} * {size.days - 14}) END::int"
    )
    left_day = (
        f"CASE WHEN {chance.share('stays', 'number')} < {SHARE_STAYING} THEN {size.days}"
        f" ELSE first_day + 2 + {chance.below(f'({size.days} - 2 - first_day)', 'leaves', 'number')} END::int"
    )
    weight = f"(1000 * (power(1 - least({chance.share('buys', 'number')}, 0.9995), -1 / {TAIL}) - 1))::bigint"
    return f"""
        CREATE TEMP TABLE generated_customer AS
        WITH placed AS MATERIALIZED (
            SELECT number::bigint, {joined_day} AS joined_day
            FROM (SELECT number, (number - 0.5) / {size.customers} AS place
                  FROM generate_series(1, {size.customers}) number) numbered
        ), lived AS (
            SELECT number, joined_day, first_day, {left_day} AS left_day, {weight} AS weight
            FROM (SELECT *, greatest(joined_day, 0) AS first_day FROM placed) begun
        ), counted AS (
            SELECT *, sum(weight) OVER (ORDER BY number) AS weight_so_far, sum(weight) OVER () AS all_weight
            FROM lived
        ), shared AS (
            SELECT *, CASE WHEN number % {TWICE_ONE_IN} = 7 THEN {_earlier(chance)} ELSE number END AS person
            FROM counted
        )
        SELECT number, person, joined_day, first_day, left_day,
               joined_day * {SECONDS_A_DAY} + {chance.below(str(SECONDS_A_DAY), "second", "number")}::int AS joined,
               (div({size.orders} * weight_so_far, all_weight)
                - div({size.orders} * (weight_so_far - weight), all_weight))::int AS orders,
               1 + {chance.below(str(MOST_STAPLES), "staples", "number")}::int AS staples,
               exp({PACE_SPREAD} * {chance.normal("pace", "number")}) AS pace,
               {OPENING_LEAST} + {OPENING_MOST - OPENING_LEAST}
                   * power({chance.share("opening", "number")}, {OPENING_POWER}) AS opening,
               (ARRAY[0.05, 0.4, 0.4, 0.95])[1 + {chance.below("4", "prefers", "number")}] AS store_share,
               {_told(size, chance)}
        FROM shared
        CROSS JOIN LATERAL (SELECT {chance.share("gender", "person")} AS gender_draw,
            ({size.first_day.year} - 43 + 13 * {chance.normal("age", "person")})::int AS usual_year) drawn
        CROSS JOIN LATERAL (SELECT CASE WHEN gender_draw < {SHARE_FEMALE} THEN 'f' ELSE 'm' END AS sex,
            least(greatest(usual_year, 1938), 2004) AS born_year) lived_as
        ORDER BY number
    """


def _earlier(chance: Chance) -> str:
    """Return the SQL of the number of somebody who joined not long before."""
    return f"greatest(number - 1 - {chance.below('5000', 'twice', 'number')}, 1)"


def _told(size: Size, chance: Chance) -> str:
    """Return the SQL of what a customer told about themselves."""
    household = f"CASE WHEN person = number AND number % {HOUSEHOLD_ONE_IN} = 5 THEN number - 1 ELSE person END"
    domain = chance.weighted(DOMAINS, "domain", "number")
    store = f"1 + floor({size.stores} * power({chance.share('which store', 'number')}, 1.5))::int"
    region = chance.one_of(list(known_regions()), "region", "person")
    return f"""
        {chance.weighted(FAMILIES, "family", "person")} || {_given_name(chance)} AS name,
        CASE WHEN {chance.share("has email", "number")} < {SHARE_WITH_EMAIL}
             THEN {chance.one_of(WORDS, "word", "number")} || lpad((born_year % 100)::text, 2, '0') || '.' || number
                  || '@' || {domain} ELSE '' END AS email,
        CASE WHEN {chance.share("has phone", "person")} < {SHARE_WITH_PHONE}
             THEN lpad((({household}) * 7654321 % 10000000)::text, 7, '0') ELSE '' END AS digits,
        CASE WHEN {chance.share("has birthday", "person")} < {SHARE_WITH_BIRTHDAY}
             THEN make_date(born_year, 1, 1) + {chance.below("365", "birthday", "person")}::int END AS birthday,
        CASE WHEN gender_draw < {SHARE_FEMALE + SHARE_MALE} THEN sex ELSE '' END AS gender,
        CASE WHEN {chance.share("language", "number")} < 0.03 THEN 'en' ELSE 'ko' END AS locale,
        CASE WHEN {chance.share("has store", "number")} < {SHARE_WITH_STORE} THEN {store} END AS home_store,
        {chance.weighted(SOURCES, "source", "number")} AS acquisition_source,
        {region} AS region
    """


def _given_name(chance: Chance) -> str:
    generations = " ".join(
        f"WHEN sex = '{sex}' AND born_year < {before} THEN {chance.one_of(names.split(), 'given name', 'person')}"
        for (sex, before), names in GIVEN.items()
    )
    return f"CASE {generations} END"


def _consents(size: Size, chance: Chance) -> str:
    """Return the SQL of every expression of consent: who, terms, action, and the second in which it was said."""
    share = f"terms.share * CASE WHEN {_draw(chance, 'agrees', 1)} < {AGREED['marketing_use']} THEN 1 ELSE 1.0 / 3 END"
    later = chance.below(str(CONFIRMED_WITHIN_DAYS * SECONDS_A_DAY), "confirmed at", "draw_key")
    confirmed = f"granted + {CONFIRMED_AFTER_DAYS * SECONDS_A_DAY} + {later}"
    return f"""
        CREATE TEMP TABLE generated_consent AS
        WITH agreed AS (
            SELECT customer.number AS customer, terms.number AS terms, terms.purpose, terms.channel, granted,
                   customer.number * 16 + terms.number AS draw_key
            FROM generated_customer customer
            CROSS JOIN (VALUES {_terms()}) terms (number, purpose, channel, share)
            CROSS JOIN LATERAL (SELECT customer.joined + 180 AS granted) moment
            WHERE CASE WHEN terms.purpose = 'marketing_use' THEN {_draw(chance, "agrees", 1)} < terms.share
                       ELSE {chance.share("agrees", "customer.number * 16 + terms.number")} < {share} END
        ), nights AS (
            SELECT *, channel <> '' AND {chance.share("night", "draw_key")} < {NIGHT} AS at_night FROM agreed
        ), taken_back AS (
            SELECT *, CASE WHEN {chance.share("withdrawn", "draw_key")} < {WITHDRAWN}
                THEN granted + 60 + {chance.below(f"({size.seconds} - 60 - granted)", "withdrawn at", "draw_key")} END
                AS withdrawn
            FROM nights
        ), renewed AS MATERIALIZED ( -- drawn once, not again for each of the four things said
            SELECT *, CASE WHEN {chance.share("confirmed", "draw_key")} < {CONFIRMED} THEN {confirmed} END AS confirmed
            FROM taken_back
        )
        SELECT customer, said.purpose, channel, said.action, said.second::bigint
        FROM renewed
        CROSS JOIN LATERAL (VALUES
            (purpose, 'granted', granted),
            (CASE WHEN at_night THEN 'ad_night' END, 'granted', granted),
            (purpose, 'withdrawn', withdrawn),
            (purpose, 'confirmed', CASE WHEN confirmed < least(coalesce(withdrawn, {size.seconds}), {size.seconds})
                                        THEN confirmed END)
        ) said (purpose, action, second)
        WHERE said.purpose IS NOT NULL AND said.second IS NOT NULL
        ORDER BY customer, terms, second
    """


def _terms() -> str:
    marketing, *channels = AGREED.items()
    rows = [f"(1, 'marketing_use', '', {marketing[1]})"]
    rows += [f"({n}, 'ad_receive', {literals([name])}, {share})" for n, (name, share) in enumerate(channels, start=2)]
    return ", ".join(rows)


def _draw(chance: Chance, about: str, terms: int) -> str:
    return chance.share(about, f"customer.number * 16 + {terms}")
