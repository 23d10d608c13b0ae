"""The calls that docs/integrators.md shows are made as they stand there, and answered as it says."""

import json
import re
import shlex
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client

from customers.ingest.stage import MESSAGES
from tests.customers.api.shop_system import ShopSystem

GUIDE = (Path(settings.BASE_DIR) / "docs" / "integrators.md").read_text("utf-8")
LEFT_OUT = "…"  # a value that the guide does not spell out


def examples() -> list[tuple[str, str]]:
    """Return each command of the guide with the answer under it."""
    blocks = re.findall(r"^```\n(curl .*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    commands = [part for block in blocks for part in re.split(r"^(?=curl )", block, flags=re.MULTILINE) if part]
    return [re.fullmatch(r"(curl .*?)\n(\{.*\})\s*", command, re.DOTALL).groups() for command in commands]


def call(command: str, variables: dict[str, str]) -> object:
    """Make the call of a curl command line."""
    words = [_filled_in(word, variables) for word in shlex.split(command)[1:]]
    headers, address, body = {}, "", None
    while words:
        word = words.pop(0)
        if word == "-H":
            name, _colon, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = words.pop(0)
        else:
            address = word
    if body is None:
        return Client().get(address, headers=headers)
    return Client().post(address, body, headers.pop("Content-Type"), headers=headers)


def _filled_in(word: str, variables: dict[str, str]) -> str:
    return re.sub(r"\$([A-Z_]+)", lambda found: variables[found[1]], word)


def is_as_told(told: object, answered: object) -> bool:
    """Compare an answer with the guide's, but for what the guide leaves out."""
    if told == LEFT_OUT:
        return True
    if isinstance(told, dict) and isinstance(answered, dict):
        return told.keys() == answered.keys() and all(is_as_told(told[key], answered[key]) for key in told)
    if isinstance(told, list) and isinstance(answered, list):
        return len(told) == len(answered) and all(map(is_as_told, told, answered))
    return told == answered


@pytest.mark.django_db
def test_every_call_of_the_guide_is_answered_as_it_says() -> None:
    shop, analyst = ShopSystem(), ShopSystem(name="reporting")
    analyst.user.groups.set([Group.objects.get(name="analyst")])
    variables = {"SITE": "", "KEY": shop.text, "ANALYST_KEY": analyst.text}

    answers = {command: call(command, variables).json() for command, _told in examples()}

    wrong = {
        command: answers[command] for command, told in examples() if not is_as_told(json.loads(told), answers[command])
    }
    assert len(examples()) >= 12
    assert wrong == {}


def test_the_guide_tells_every_code_of_a_refused_record() -> None:
    table = GUIDE.partition("| code of a record |")[2].partition("\n\n")[0]
    told = {
        code for row in table.splitlines() for code in re.findall(r"`(\w+)`", row.split("|")[1] if "|" in row else "")
    }

    assert told == {"missing", "bad_value", *MESSAGES}
