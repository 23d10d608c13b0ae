"""Two people before the pages of automations: one who writes, one who decides."""

import pytest
from django.test import Client

from tests.campaigns.automation.making import MAY_DECIDE, MAY_STOP, MAY_WRITE, staff

SEES = ("campaigns.view_automation", "campaigns.view_journey", "campaigns.view_campaign", "customers.view_customer")


def speaking_english(name: str, *permissions: str) -> Client:
    client = Client()
    client.force_login(staff(name, *permissions))
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def writer(db: None) -> Client:
    return speaking_english("writer", *MAY_WRITE, *SEES)


@pytest.fixture
def approver(db: None) -> Client:
    return speaking_english("second", *MAY_DECIDE, *MAY_STOP, *SEES)
