"""Messages that come with the product, to start from: short, lawful, one thing each. For recipients, hence Korean."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.models import MessageTemplate, Variant

SHEET = """\
<style>
  .sheet { max-width: 560px; margin: 0 auto; padding: 32px 24px; color: #1f2328; font-size: 16px; line-height: 1.7; }
  .sheet h1 { font-size: 22px; line-height: 1.4; margin: 0 0 16px; }
  .button { display: inline-block; padding: 12px 24px; border-radius: 8px; background: #3b5bdb; color: #ffffff; text-decoration: none; }
  .product { padding: 14px 0; border-bottom: 1px solid #e6e8eb; }
  .price { color: #3b5bdb; font-weight: 700; }
  .quiet { color: #6a737d; font-size: 14px; }
</style>
"""  # noqa: E501 - a mail's markup


@dataclass(frozen=True)
class StarterTemplate:
    """A message to start from; `details` is what only its channel has."""

    key: str
    name: str | Promise
    purpose_note: str | Promise
    channel: str
    subject: str = ""
    preheader: str = ""
    html: str = ""
    text: str = ""
    details: Mapping[str, object] = field(default_factory=dict)

    def variant(self) -> Variant:
        """Return its content, unsaved and without a campaign."""
        return content_of(self)


def content_of(template: StarterTemplate | MessageTemplate) -> Variant:
    """Return the content of a template as a variant, unsaved and without a campaign."""
    names = ("subject", "preheader", "html", "text")
    return Variant(**{name: getattr(template, name) for name in names}, details=dict(template.details))


def first_for(channel: str) -> StarterTemplate | None:
    """Return what a new message of the channel begins with."""
    return next((each for each in STARTERS if each.channel == channel), None)


def starter_named(key: str) -> StarterTemplate | None:
    """Return the starter of that key."""
    return next((each for each in STARTERS if each.key == key), None)


STARTERS = (
    StarterTemplate(
        "email_news",
        _("News"),
        _("One piece of news and one button"),
        "email",
        subject="{{ name | honorific }}께 드리는 소식",
        html=SHEET
        + """\
<div class="sheet">
  <h1>{{ name | honorific }}, 안녕하세요.</h1>
  <p>{{ shop_name }}에서 전해 드립니다.</p>
  <p><a class="button" href="https://www.example.com/">보러 가기</a></p>
</div>
""",
    ),
    StarterTemplate(
        "email_recommended",
        _("Recommended products"),
        _("What each customer is likely to want next, from their own purchases"),
        "email",
        subject="{{ name | honorific | josa: '을/를' }} 위해 골랐습니다",
        preheader="{{ recommended.first.name | default: '이번 주 추천 상품' }}",
        html=SHEET
        + """\
<div class="sheet">
  <h1>{{ name | honorific }}, 이런 상품은 어떠세요?</h1>
  {% for product in recommended %}
  <div class="product"><a href="{{ product.url | default: 'https://www.example.com/' }}">{{ product.name }}</a><br>{% if product.price %}<span class="price">{{ product.price | won }}</span>{% endif %}</div>
  {% endfor %}
  <p><a class="button" href="https://www.example.com/">모두 보기</a></p>
</div>
""",  # noqa: E501 - a mail's markup
    ),
    StarterTemplate(
        "email_coupon",
        _("Coupon"),
        _("The campaign's coupon, what it is worth and until when"),
        "email",
        subject="{{ coupon.name | josa: '이/가' }} 도착했습니다",
        preheader="{{ coupon.valid_until | default: '기한 없이' }}까지 쓰실 수 있습니다",
        html=SHEET
        + """\
<div class="sheet">
  <h1>{{ name | honorific }}께 {{ coupon.name | josa: '을/를' }} 드립니다.</h1>
  <p>쿠폰 번호 <strong>{{ coupon.number }}</strong></p>
  <p class="quiet">{% if coupon.valid_until %}{{ coupon.valid_until }}까지{% else %}기한 없이{% endif %} 쓰실 수 있습니다.</p>
  <p><a class="button" href="https://www.example.com/">쓰러 가기</a></p>
</div>
""",  # noqa: E501 - a mail's markup
    ),
    StarterTemplate(
        "email_back",
        _("We miss you"),
        _("For customers who have not bought for long"),
        "email",
        subject="{{ name | honorific }}, 오랜만입니다",
        html=SHEET
        + """\
<div class="sheet">
  <h1>{{ name | honorific }}, 잘 지내셨나요?</h1>
  <p>{% if last_order_on %}마지막으로 찾아 주신 지 {{ days_since_last_order }}일이 지났습니다.{% endif %} 그동안 새로 들어온 것들을 모았습니다.</p>
  <p><a class="button" href="https://www.example.com/">둘러보기</a></p>
</div>
""",  # noqa: E501 - a mail's markup
    ),
    StarterTemplate(
        "sms_short",
        _("Short text"),
        _("One line that fits into an SMS, the mandatory parts included"),
        "sms",
        text="{{ name | honorific }}, 오늘만 10% 쿠폰!",
    ),
    StarterTemplate(
        "sms_long",
        _("Long text"),
        _("A few lines (LMS) with a link"),
        "sms",
        subject="{{ shop_name }} 소식",
        text="{{ name | honorific }}, 안녕하세요.\n{{ shop_name }}에서 새 소식을 전해 드립니다.\n\n자세히 보기\nhttps://www.example.com/",
    ),
    StarterTemplate(
        "brand_text",
        _("KakaoTalk, text"),
        _("A few lines and a button to channel friends"),
        "brand_message",
        text="{{ name | honorific }}, 안녕하세요.\n이번 주 새로 들어온 상품을 소개합니다.",
        details={
            "type": "TEXT",
            "targeting": "I",
            "buttons": [{"code": "WL", "name": "보러 가기", "mobile": "https://www.example.com/"}],
        },
    ),
    StarterTemplate(
        "push_news",
        _("App notification"),
        _("Two lines on the lock screen"),
        "push",
        subject="새 소식이 도착했어요",
        text="{{ name | honorific }}, 이번 주 새 상품을 확인해 보세요.",
        details={"url": "https://www.example.com/"},
    ),
    StarterTemplate(
        "web_push_news",
        _("Browser notification"),
        _("Two lines at the edge of the screen"),
        "web_push",
        subject="새 소식이 도착했어요",
        text="{{ name | honorific }}, 이번 주 새 상품을 확인해 보세요.",
        details={"url": "https://www.example.com/"},
    ),
    StarterTemplate(
        "in_app_banner",
        _("Banner in the app"),
        _("A strip with one button, for a week"),
        "in_app",
        subject="{{ name | honorific }}, 반갑습니다",
        text="이번 주 새로 들어온 상품을 모았습니다.",
        details={"layout": "banner", "button": "보러 가기", "url": "https://www.example.com/", "days": 7},
    ),
)
