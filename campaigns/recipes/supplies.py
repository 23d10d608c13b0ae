"""What a draft takes from the shop: its sending accounts, its address, segments, coupons and AlimTalk templates.

What is there already is used, whoever made it; what is missing is made once.
"""

from collections.abc import Mapping
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction

from campaigns.kakao import reviews
from campaigns.models import ChannelAccount, KakaoTemplate
from campaigns.recipes.base import Content, CouponTerms, SegmentTerms
from campaigns.recipes.wording import SHOP
from crm_project.queue import kick
from customers.models import Segment, TrackedSite
from customers.segments.refresh import ONE_JOB
from loyalty.coupons import definitions
from loyalty.models import Coupon

LONGEST_NAME = 100
Accounts = Mapping[str, ChannelAccount]


def accounts() -> Accounts:
    """Return the account to use of each channel: a live one first, the oldest of those; none that is paused."""
    in_order = ChannelAccount.objects.filter(paused_at=None).order_by("is_live", "-pk")
    return {account.channel: account for account in in_order.select_related("kakao_profile")}


def shop_address() -> str:
    """Return the address of the shop's page, as its tracker knows it; else the placeholder."""
    site = TrackedSite.objects.filter(is_active=True).order_by("pk").first()
    address = site.allowed_origins[0] if site and site.allowed_origins else ""
    return f"{address.rstrip('/')}/" if address.startswith("https://") else SHOP


def find_segment(terms: SegmentTerms) -> Segment | None:
    """Return the shop's segment with this very rule, the oldest."""
    return Segment.objects.filter(rule=terms.rule, is_active=True).order_by("pk").first()


def segment_of(terms: SegmentTerms, *, by: User) -> Segment:
    """Return the shop's segment with this rule; where there is none it is made, and its members are counted soon."""
    found = find_segment(terms)
    if found:
        return found
    made = Segment.objects.create(name=_free_name(str(terms.name)), rule=dict(terms.rule), created_by=by)
    transaction.on_commit(partial(kick, ONE_JOB, made.pk))
    return made


def find_coupon(terms: CouponTerms, language: str) -> Coupon | None:
    """Return the shop's coupon with these terms and this name, unless it was stopped; one that runs first."""
    own = Coupon.objects.filter(source=Coupon.OWN, name=terms.name[language], **terms.terms)
    return own.exclude(status=Coupon.Status.STOPPED).order_by("-status", "pk").first()


def coupon_of(terms: CouponTerms, language: str, *, by: User) -> Coupon:
    """Return the shop's coupon with these terms; where there is none it is made as a draft, to be started."""
    found = find_coupon(terms, language)
    if found:
        return found
    made = Coupon(name=terms.name[language], **terms.terms)
    definitions.save(made, by=by)
    return made


def find_template(content: Content, account: ChannelAccount) -> KakaoTemplate | None:
    """Return the account's AlimTalk template with this text, an approved one first."""
    if account.kakao_profile is None:
        return None
    with_text = KakaoTemplate.objects.filter(profile=account.kakao_profile, body=content.text)
    return min(with_text, key=lambda template: (not template.is_approved, template.pk), default=None)


def template_of(content: Content, account: ChannelAccount) -> KakaoTemplate | None:
    """Return the AlimTalk template with this text; where there is none it is written, to be handed in to Kakao."""
    found = find_template(content, account)
    if found or account.kakao_profile is None:
        return found
    written = KakaoTemplate(profile=account.kakao_profile, name=content.subject, body=content.text)
    reviews.store(written)
    return written


def _free_name(wanted: str) -> str:
    """Return the name, with a number where another rule has it already."""
    names = [wanted[:LONGEST_NAME], *(f"{wanted[: LONGEST_NAME - 5]} ({number})" for number in range(2, 100))]
    taken = set(Segment.objects.filter(name__in=names).values_list("name", flat=True))
    return next(name for name in names if name not in taken)
