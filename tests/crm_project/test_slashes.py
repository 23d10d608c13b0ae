"""What is sent to an address without its last slash arrives at the one with it."""

import pytest
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("is_debugged", [False, True])
def test_a_post_is_sent_on_with_its_body(client: Client, settings: Settings, is_debugged: bool) -> None:
    settings.DEBUG = is_debugged

    answer = client.post("/webhooks/1/secret?a=b", b'{"events": []}', content_type="application/json")

    assert (answer.status_code, answer["Location"]) == (308, "/webhooks/1/secret/?a=b")
