"""Recognising a 시군구 in a region or an address; the rest of an address is not kept."""

import csv
from functools import cache
from importlib import resources

LONGEST_WORDS = 3  # 경기도 수원시 영통구
SHORT_NAMES = {
    "서울": "서울특별시",
    "서울시": "서울특별시",
    "부산": "부산광역시",
    "부산시": "부산광역시",
    "대구": "대구광역시",
    "대구시": "대구광역시",
    "인천": "인천광역시",
    "인천시": "인천광역시",
    "광주": "광주광역시",
    "광주시": "광주광역시",
    "대전": "대전광역시",
    "대전시": "대전광역시",
    "울산": "울산광역시",
    "울산시": "울산광역시",
    "세종": "세종특별자치시",
    "세종시": "세종특별자치시",
    "경기": "경기도",
    "강원": "강원특별자치도",
    "강원도": "강원특별자치도",
    "충북": "충청북도",
    "충남": "충청남도",
    "전북": "전북특별자치도",
    "전라북도": "전북특별자치도",
    "전남": "전라남도",
    "경북": "경상북도",
    "경남": "경상남도",
    "제주": "제주특별자치도",
    "제주도": "제주특별자치도",
}


@cache
def known_regions() -> dict[str, tuple[float, float]]:
    """Return the latitude and longitude of the middle of every 시군구, by its full name."""
    lines = resources.files(__package__).joinpath("regions.csv").read_text(encoding="utf-8").splitlines()
    return {row["name"]: (float(row["latitude"]), float(row["longitude"])) for row in csv.DictReader(lines)}


def region_in(written: str) -> str | None:
    """Return the 시군구 that a region or an address begins with, by its full name; None where there is none.

    "서울 성동구 왕십리로 83-21 3층" is 서울특별시 성동구. A postcode in front does not matter.
    """
    words = [word for word in written.replace("(", " ").replace(")", " ").split() if not word.isdigit()]
    if not words:
        return None
    words[0] = SHORT_NAMES.get(words[0], words[0])
    candidates = (" ".join(words[:count]) for count in range(min(LONGEST_WORDS, len(words)), 0, -1))
    return next((each for each in candidates if each in known_regions()), None)
