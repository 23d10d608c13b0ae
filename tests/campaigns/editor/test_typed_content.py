"""The shape of a campaign's content: ways, arms and languages come and go, and nothing that was typed is lost."""

import pytest
from django.http import QueryDict

from campaigns.editor.content_forms import CampaignContent
from campaigns.editor.typed_content import Place, TypedContent, acted, for_channel, from_campaign, from_post
from campaigns.models import Campaign, Fallback, Variant
from tests.factories import make_account, make_draft

pytestmark = pytest.mark.django_db


def two_ways(**more: object) -> TypedContent:
    """An e-mail, then a text."""
    mail, text = make_account(), make_account(channel="sms", sender_address="1588-0000", opt_out_number="080-123-4567")
    texts = {
        Place(0): {"subject": ["안녕"], "html": ["<p>안녕</p>"]},
        Place(1): {"text": ["안녕하세요"]},
    }
    return TypedContent(ways=(str(mail.pk), str(text.pk)), texts=texts, **more)


@pytest.mark.parametrize(
    ("acts", "ways", "arms", "locales"),
    [
        ([], 2, ["A"], ()),
        (["add_arm"], 2, ["A", "B"], ()),
        (["add_arm", "add_arm", "remove_arm:B"], 2, ["A", "C"], ()),
        (["remove_arm:A"], 2, ["A"], ()),
        (["add_locale:en", "add_locale:en", "add_locale:xx"], 2, ["A"], ("en",)),
        (["add_locale:en", "remove_locale:en"], 2, ["A"], ()),
        (["remove_locale:"], 2, ["A"], ()),
        (["remove_way:1"], 1, ["A"], ()),
        (["remove_way:0", "remove_way:7", "remove_way:x"], 2, ["A"], ()),
        (["add_way:9", "add_way:9", "add_way:9"], 4, ["A"], ()),
        (["add_arm"] * 9, 2, ["A", "B", "C", "D", "E"], ()),
        (["unheard_of:1", ""], 2, ["A"], ()),
    ],
)
def test_an_act_adds_or_takes_away_one_thing(acts: list[str], ways: int, arms: list[str], locales: tuple) -> None:
    typed = two_ways()

    for act in acts:
        typed = acted(typed, act)

    assert (len(typed.ways), list(typed.arms), typed.locales) == (ways, arms, locales)
    assert typed.texts[Place(0)] == {"subject": ["안녕"], "html": ["<p>안녕</p>"]}


def test_an_arm_and_a_language_begin_as_copies() -> None:
    typed = acted(acted(two_ways(), "add_arm"), "add_locale:en")

    assert {typed.texts[place]["text"][0] for place in typed.texts if place.way == 1} == {"안녕하세요"}
    assert len(typed.texts) == len(typed.places) == 8


def test_the_ways_after_a_removed_one_move_up() -> None:
    typed = acted(two_ways(), "add_way:3")
    typed = TypedContent(typed.ways, typed.arms, typed.locales, {**typed.texts, Place(2): {"text": ["셋째"]}})

    shorter = acted(typed, "remove_way:1")

    assert shorter.texts[Place(1)] == {"text": ["셋째"]}
    assert len(shorter.ways) == 2


def test_what_a_browser_sends_is_read_as_it_was_shown() -> None:
    typed = acted(acted(two_ways(), "add_arm"), "add_locale:en")
    data = QueryDict(mutable=True)
    for name, values in typed.data().lists():
        data.setlist(name, values)

    assert from_post(data) == typed


def test_what_was_typed_for_another_channel_comes_back_with_it() -> None:
    mail = {"_channel": ["email"], "subject": ["제목"], "html": ["<p>본문</p>"]}

    as_text = for_channel(mail, "sms")
    back = for_channel({**as_text, "text": ["문자"]}, "email")

    assert not {"subject", "html"} & as_text.keys()
    assert (back["subject"], back["html"]) == (["제목"], ["<p>본문</p>"])
    assert for_channel(back, "sms")["text"] == ["문자"]


def test_the_content_is_stored_at_every_place_and_read_again() -> None:
    typed = acted(acted(two_ways(), "add_arm"), "add_locale:en")
    campaign = Campaign.objects.create(name="돌아오세요", purpose="ad")

    CampaignContent(typed).save(campaign)

    stored = from_campaign(campaign)
    assert (stored.ways, stored.arms, stored.locales) == (typed.ways, typed.arms, typed.locales)
    assert Variant.objects.filter(fallback=None).count() == Variant.objects.filter(fallback__position=1).count() == 4
    assert stored.texts[Place(1, "B", "en")]["text"] == ["안녕하세요"]


def test_what_stays_keeps_its_row_and_what_is_gone_goes() -> None:
    campaign = make_draft()
    before = Variant.objects.get()
    typed = acted(from_campaign(campaign), "add_arm")
    CampaignContent(typed).save(campaign)

    CampaignContent(acted(typed, "remove_arm:B")).save(campaign)

    assert Variant.objects.get().pk == before.pk
    assert not Fallback.objects.exists()


def test_two_ways_over_one_account_are_refused() -> None:
    typed = two_ways()
    content = CampaignContent(TypedContent(ways=(typed.ways[0], typed.ways[0]), texts=typed.texts))

    assert not content.is_valid(Campaign(purpose="ad"))
    assert [len(way.errors) for way in content.ways] == [0, 1]


@pytest.mark.parametrize("weight", ["0", "-1", "half", "", "101", "٣"])
def test_a_weight_that_is_no_small_number_is_refused(weight: str) -> None:
    content = CampaignContent(two_ways(arms={"A": weight}))

    assert not content.is_valid(Campaign(purpose="ad"))
    assert len(content.errors) == 1


def test_each_problem_stands_at_its_field() -> None:
    typed = two_ways()
    content = CampaignContent(TypedContent(typed.ways, texts={Place(0): {}, Place(1): {"text": ["{{ nobody }}"]}}))

    assert not content.is_valid(Campaign(purpose="ad"))
    assert {name for name, _problem in content.problems()} == {"c0_A_all-subject", "c0_A_all-html", "c1_A_all-text"}
