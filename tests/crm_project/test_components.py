"""Components that decide something: how a change is shown."""

import pytest
from django.template import Context, Template

from crm_project.templatetags.components import change_of


@pytest.mark.parametrize(
    ("change", "text", "icon", "tone"),
    [
        (0.008, "+0.8 %", "trending-up", "good"),
        (-0.0123, "-1.2 %", "trending-down", "bad"),
        (-0.0004, "0.0 %", "minus", "quiet"),
        (0, "0.0 %", "minus", "quiet"),
    ],
)
def test_a_change_that_shows_as_nothing_is_neither_good_nor_bad(change: float, text: str, icon: str, tone: str) -> None:
    assert change_of(change, less_is_better=False) == {"text": text, "icon": icon, "tone": tone}


def test_a_rise_of_what_should_fall_is_bad() -> None:
    assert change_of(0.5, less_is_better=True)["tone"] == "bad"


@pytest.mark.parametrize(("given", "icon"), [("icon_name='hourglass'", "hourglass"), ("", "clock")])
def test_a_notice_has_the_icon_it_is_given_or_that_of_its_tone(given: str, icon: str) -> None:
    notice = Template(f"{{% load components %}}{{% note 'Wait.' tone='wait' {given} %}}").render(Context())

    assert f'#{icon}"' in notice
