"""What a guardian allowed is written down for the child."""

import pytest
from django.utils import timezone

from customers.privacy.compliance_admin import GuardianForm
from tests.factories import make_customer

pytestmark = pytest.mark.django_db


def test_the_number_of_a_merged_child_leads_to_the_kept_customer() -> None:
    kept = make_customer()
    make_customer(external_id="C-2", merged_into=kept)

    form = GuardianForm({"number": "C-2", "given_at": timezone.now(), "evidence": "signed form, page 12"})

    assert form.is_valid(), form.errors
    assert form.instance.customer == kept
