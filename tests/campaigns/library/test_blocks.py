"""Content blocks: pieces that stand in many messages, kept by a campaign as they were when it was submitted."""

import pytest

from campaigns import lifecycle
from campaigns.fingerprint import fingerprint
from campaigns.library import blocks
from campaigns.models import Campaign, ContentBlock, Variant
from campaigns.pipeline import content
from tests.factories import make_account, make_customer, make_draft, make_user

pytestmark = pytest.mark.django_db


def make_block(html: str = "<p>매일 10시부터</p>\n<p>{{ shop_name }}</p>", **given: str) -> ContentBlock:
    return ContentBlock.objects.create(**{"key": "store_hours", "name": "영업시간", "html": html} | given)


def submitted(**words: str) -> Campaign:
    campaign = make_draft(content=words)
    lifecycle.submit_for_review(campaign, by=make_user("author", "campaigns.change_campaign"))
    return campaign


def only_variant(campaign: Campaign) -> Variant:
    return Variant.objects.get(step__campaign=campaign)


def test_a_block_is_read_in_the_place_where_it_is_named() -> None:
    make_block()
    campaign = submitted(html="<p>안내</p>{% block store_hours %}", text="안내\n{%- block store_hours -%}")

    mail = content.render(only_variant(campaign), make_customer())

    assert "<p>안내</p><p>매일 10시부터</p>\n<p>단골마트</p>" in mail.html
    assert mail.text.startswith("안내\n매일 10시부터\n단골마트")


def test_an_edit_of_a_block_does_not_reach_a_campaign_that_was_submitted() -> None:
    block = make_block()
    campaign = submitted(html="{% block store_hours %}")
    before = fingerprint(campaign)

    block.html = "<p>휴무</p>"
    block.save()

    assert "매일 10시부터" in content.render(only_variant(campaign), make_customer()).html
    assert fingerprint(campaign) == before


def test_a_campaign_that_is_submitted_again_takes_the_new_words() -> None:
    block = make_block()
    campaign = submitted(html="{% block store_hours %}")
    before = fingerprint(campaign)
    author = make_user("other", "campaigns.change_campaign")
    ContentBlock.objects.filter(pk=block.pk).update(html="<p>휴무</p>")

    lifecycle.back_to_draft(campaign, by=author)
    lifecycle.submit_for_review(campaign, by=author)

    assert "휴무" in content.render(only_variant(campaign), make_customer()).html
    assert fingerprint(campaign) != before


def test_a_block_that_there_is_not_is_said_with_its_place() -> None:
    variant = only_variant(make_draft(content={"html": "<p>안녕</p>\n<p>{% block store_huors %}</p>"}))

    [problem] = content.check(variant)

    assert (problem.field, problem.line, problem.column) == ("html", 2, 4)
    assert "store_huors" in problem.message


def test_a_block_where_none_is_read_is_said_with_its_place() -> None:
    make_block()
    words = {
        "subject": "",
        "html": "",
        "text": "{% block store_hours %}",
        "details": {"button": "{% block store_hours %}"},
    }
    variant = only_variant(make_draft(account=make_account(channel="in_app"), content=words))
    blocks.take([variant])

    problems = content.check(variant)

    assert "button" in [problem.field for problem in problems]


def test_a_block_knows_the_campaigns_it_stands_in() -> None:
    block = make_block()
    named = submitted(html="{%block store_hours%}")
    make_draft(content={"html": "{% block store_hours_2 %}"})

    assert list(blocks.campaigns_with(block)) == [named]
