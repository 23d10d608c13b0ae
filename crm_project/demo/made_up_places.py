"""Where the stores stand and the households live, which the data does not say. All of it is made up, by number.

A store stands in the city or district that its made-up name speaks of, and most households live where their store is.
"""

from functools import cache
from math import cos, hypot, radians
from random import Random

from crm_project.demo.korean_names import PLACES
from customers.places.regions import known_regions

# Places that are no region of that name and do not lie in the one before them either.
ELSEWHERE = {
    "미아": "서울특별시 강북구", "수유": "서울특별시 강북구", "창동": "서울특별시 도봉구", "상계": "서울특별시 노원구",
    "면목": "서울특별시 중랑구", "천호": "서울특별시 강동구", "인천": "인천광역시 남동구", "송도": "인천광역시 연수구",
    "청라": "인천광역시 서구", "부산": "부산광역시 중구", "서면": "부산광역시 부산진구", "남포": "부산광역시 중구",
    "대구": "대구광역시 중구", "칠곡": "대구광역시 북구", "대전": "대전광역시 중구", "둔산": "대전광역시 서구",
    "울산": "울산광역시 남구", "삼산": "울산광역시 남구", "상무": "광주광역시 서구", "첨단": "광주광역시 광산구",
    "마산": "경상남도 창원시 마산합포구",
}  # fmt: skip
SEOUL_CITY_HALL = (37.5663, 126.9779)
LIVES_WHERE_THE_STORE_IS = 0.8
NEIGHBOURS = 4
# How far a store stands from the middle of its region at most, in degrees (about two kilometres).
STRAY = 0.02


@cache
def regions_of_places() -> dict[str, str]:
    """Return the region of each place a store is named after; a place that is no region lies in the one before it."""
    found: dict[str, str] = {}
    region, at = "서울특별시 중구", SEOUL_CITY_HALL
    for place in PLACES.split():
        named = [name for name in known_regions() if name.split()[-1].startswith(place)]
        # Of two of the same name the one nearer to the place before, which the list keeps together.
        nearest = min(named, key=lambda name: (distance(known_regions()[name], at), name), default=region)
        region = ELSEWHERE.get(place, nearest)
        at = known_regions()[region]
        found[place] = region
    return found


def stores(numbers: list[int]) -> dict[int, dict[str, object]]:
    """Return region, latitude and longitude of every store, as columns of a record."""
    places = PLACES.split()
    columns = {}
    for position, number in enumerate(sorted(numbers)):
        region = regions_of_places()[places[position % len(places)]]
        latitude, longitude = known_regions()[region]
        random = Random(f"store {number}")
        columns[number] = {
            "region": region,
            "latitude": round(latitude + random.uniform(-STRAY, STRAY), 4),
            "longitude": round(longitude + random.uniform(-STRAY, STRAY), 4),
        }
    return columns


def home(household: int, store_region: str) -> str:
    """Return the region a household lives in: that of its store, or one next to it."""
    random = Random(f"home {household}")
    if random.random() < LIVES_WHERE_THE_STORE_IS:
        return store_region
    return random.choice(neighbours(store_region))


@cache
def neighbours(region: str) -> list[str]:
    """Return the regions nearest to a region, without itself."""
    at = known_regions()[region]
    others = (name for name in known_regions() if name != region)
    return sorted(others, key=lambda name: distance(known_regions()[name], at))[:NEIGHBOURS]


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return how far two points are apart, in degrees of latitude; good enough to compare within the country."""
    return hypot(one[0] - other[0], (one[1] - other[1]) * cos(radians(one[0])))
