"""Rows for tests, by plain functions: what a test does not name does not matter to it."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count

from django.contrib.auth.models import Permission, User
from django.utils import timezone

from campaigns.models import (
    Campaign,
    ChannelAccount,
    Enrollment,
    Fallback,
    KakaoProfile,
    KakaoTemplate,
    Link,
    Message,
    Price,
    Step,
    Variant,
)
from crm_project.sealed_secrets import seal
from customers.ingest import refunds
from customers.models import (
    Case,
    ConsentEntry,
    ConsentState,
    ConsentWording,
    Customer,
    Device,
    Event,
    Incident,
    Order,
    OrderLine,
    Product,
    Segment,
    Store,
    Survey,
    SurveyAnswer,
    SurveyQuestion,
    SurveyResponse,
    TrackedSite,
    WebhookDelivery,
    WebhookEndpoint,
)
from loyalty import ledger
from loyalty.models import Coupon, EarningRule, EarningTerms, ReferralTerms, Tier, TierRuleVersion
from loyalty.tiers import ladder

_numbers = count(1)
SHOPS_SECRET = "a-secret-of-the-shop"


def make_customer(**given: object) -> Customer:
    """A customer with an address."""
    number = next(_numbers)
    defaults = {
        "external_id": f"C{number}",
        "name": "김단골",
        "email": f"customer{number}@example.com",
        "joined_at": timezone.now(),
    }
    return Customer.objects.create(**defaults | given)


def make_order(customer: Customer | None, *, placed_at: datetime, paid: int = 10_000, **given: object) -> Order:
    """A paid order."""
    defaults = {"external_id": f"O{next(_numbers)}", "customer": customer, "placed_at": placed_at, "paid": paid}
    return Order.objects.create(**defaults | given)


def make_account(**given: object) -> ChannelAccount:
    """An e-mail account that sends to the sandbox."""
    defaults = {
        "name": f"account {next(_numbers)}",
        "gateway": "sandbox",
        "sender_name": "단골마트",
        "sender_address": "shop@example.com",
        "contact_phone": "02-000-0000",
        "postal_address": "서울특별시 중구 세종대로 1",
    }
    return ChannelAccount.objects.create(**defaults | given)


def make_running_campaign(*, links: tuple[str, ...] = (), **given: object) -> Campaign:
    """A campaign under way: one step, one variant, its links numbered from one."""
    defaults = {"name": "다시 만나요", "purpose": "ad", "status": Campaign.Status.ACTIVE, "started_at": timezone.now()}
    campaign = Campaign.objects.create(**defaults | given)
    step = Step.objects.create(campaign=campaign, account=make_account())
    variant = Variant.objects.create(step=step, subject="다시 만나요", html="<p>안녕하세요</p>")
    for number, url in enumerate(links, start=1):
        Link.objects.create(variant=variant, number=number, url=url)
    return campaign


def make_message(campaign: Campaign, customer: Customer, **given: object) -> Message:
    """A message of the campaign, sent a minute ago."""
    step = campaign.steps.get()
    defaults = {
        "campaign": campaign,
        "enrollment": Enrollment.objects.create(campaign=campaign, customer=customer),
        "step": step,
        "account": step.account,
        "variant": step.variants.get(),
        "customer": customer,
        "status": Message.Status.SENT,
        "sent_at": timezone.now() - timedelta(minutes=1),
    }
    return Message.objects.create(**defaults | given)


def make_incident(**given: object) -> Incident:
    """An incident that became known just now, about names and phones."""
    values = {
        "title": "메일을 잘못 보냄",
        "known_at": timezone.now(),
        "what_happened": "2026년 11월 20일 10시, 받는 사람을 잘못 골라 고객 명단을 보냈습니다.",
        "data_kinds": ["name", "phone"],
        "people_count": 12,
        "protection": "모르는 번호의 전화와 문자에 주의해 주십시오.",
        "measures": "받은 사람이 파일을 지웠음을 확인했습니다.",
        "contact": "고객센터 02-1234-5678",
    }
    if "written_by" not in given:
        given["written_by"] = User.objects.get_or_create(username="writer", defaults={"is_staff": True})[0]
    return Incident.objects.create(**values | given)


def make_user(username: str, *permissions: str) -> User:
    """A member of staff with permissions such as "campaigns.approve_campaign"."""
    user = User.objects.create_user(username, is_staff=True)
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user


def set_consent(
    customer: Customer, purpose: str, *, channel: str = "", is_granted: bool = True, at: datetime | None = None
) -> None:
    """What the customer said about consent, in the ledger and as the state that holds."""
    at = at or timezone.now()
    action = ConsentEntry.Action.GRANTED if is_granted else ConsentEntry.Action.WITHDRAWN
    terms = {"customer": customer, "purpose": purpose, "channel": channel}
    entry = ConsentEntry.objects.create(**terms, action=action, occurred_at=at, method="web")
    state = {"is_granted": is_granted, "since": at, "confirmed_at": at if is_granted else None, "entry": entry}
    if is_granted and purpose != "marketing_use":
        state["reconfirm_by"] = two_years_less_a_day(at)
    ConsentState.objects.update_or_create(**terms, defaults=state)


def two_years_less_a_day(at: datetime) -> date:
    """The last day (KST) on which a consent of that moment counts without a re-confirmation."""
    day = timezone.localdate(at)
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 2, day=28 if is_leap_day else day.day) - timedelta(days=1)


def make_reachable_customer(**given: object) -> Customer:
    """A customer who agreed to advertising by e-mail."""
    customer = make_customer(**given)
    set_consent(customer, "marketing_use")
    set_consent(customer, "ad_receive", channel="email")
    return customer


def make_segment(rule: dict | None = None, **given: object) -> Segment:
    """A segment; without a rule, everybody is in it once it was refreshed."""
    defaults = {
        "name": f"segment {next(_numbers)}",
        "rule": rule or {"is": "order_count", "op": "at_least", "value": 0},
    }
    return Segment.objects.create(**defaults | given)


def make_draft(*, account: ChannelAccount | None = None, content: dict | None = None, **given: object) -> Campaign:
    """A complete advertising campaign to everybody, not submitted yet."""
    defaults = {"name": "돌아오세요", "purpose": "ad", "segment": given.pop("segment", None) or make_segment()}
    campaign = Campaign.objects.create(**defaults | given)
    step = Step.objects.create(campaign=campaign, account=account or make_account(rate_per_second=1_000))
    words = {
        "subject": "{{ name }}님, 다시 만나요",
        "html": '<p>안녕하세요</p><a href="https://shop.example/">가게</a>',
    }
    Variant.objects.create(step=step, **words | (content or {}))
    return campaign


def make_wording(purpose: str = "ad_receive", *, version: str = "2026-01", **given: object) -> ConsentWording:
    """A published wording that tells all four things."""
    words = {
        "aim": "신상품과 할인 소식 안내",
        "items": "이름, 휴대전화번호, 이메일",
        "retention": "동의를 철회할 때까지",
        "right_to_refuse": "동의하지 않아도 회원 가입과 주문에 제한이 없습니다.",
    }
    published = {"published_at": timezone.now()}
    return ConsentWording.objects.create(purpose=purpose, version=version, **words | published | given)


def make_webhook_delivery(endpoint: WebhookEndpoint | None = None, **given: object) -> WebhookDelivery:
    """A call of Shopify that was taken in."""
    number = next(_numbers)
    endpoint = endpoint or WebhookEndpoint.objects.create(
        name=f"온라인몰 {number}", platform="shopify", sealed_secret=seal("secret")
    )
    defaults = {"endpoint": endpoint, "delivery_id": f"d{number}", "topic": "orders/updated", "state": "done"}
    return WebhookDelivery.objects.create(**defaults | given)


def make_product(**given: object) -> Product:
    """A product on sale."""
    number = next(_numbers)
    return Product.objects.create(**{"sku": f"P{number}", "name": f"상품 {number}", "category": "식품"} | given)


def buy(customer: Customer | None, *products: Product, at: datetime, quantity: int = 1, **given: object) -> Order:
    """An order of these products, one line each."""
    order = make_order(customer, placed_at=at, **given)
    lines = [
        OrderLine(order=order, position=position, product=product, quantity=quantity, amount=1_000)
        for position, product in enumerate(products, start=1)
    ]
    OrderLine.objects.bulk_create(lines)
    return order


def make_price(account: ChannelAccount | None = None, *, won: str, **given: object) -> Price:
    """What a mail over an account costs since long ago."""
    defaults = {"account": account or make_account(), "kind": "email", "since": date(2020, 1, 1)}
    return Price.objects.create(**defaults | {"won": Decimal(won)} | given)


def make_kakao_profile(**given: object) -> KakaoProfile:
    """A KakaoTalk channel that may write to its friends."""
    number = next(_numbers)
    return KakaoProfile.objects.create(**{"profile_id": f"KA01PF{number}", "name": "단골마트"} | given)


def make_kakao_template(**given: object) -> KakaoTemplate:
    """A template that Kakao has approved."""
    number = next(_numbers)
    defaults = {
        "code": f"KA01TP{number}",
        "name": f"배송 안내 {number}",
        "body": "#{이름}님, 상품이 출발했습니다.\n주문번호 #{주문번호}",
        "state": "APR",
        "is_changed_here": False,
    }
    profile = given.pop("profile", None) or make_kakao_profile()
    return KakaoTemplate.objects.create(profile=profile, **defaults | given)


def make_alimtalk_draft(
    template: KakaoTemplate | None = None, *, values: dict | None = None, **given: object
) -> Campaign:
    """A complete draft that sends an approved template to everybody with a mobile phone."""
    template = template or make_kakao_template()
    account = make_account(channel="alimtalk", kakao_profile=template.profile, rate_per_second=1_000)
    said = values if values is not None else {"이름": "{{ name }}", "주문번호": "{{ customer_number }}"}
    content = {"details": {"template": template.pk, "values": said}, "subject": "", "html": ""}
    terms = {"purpose": "info", "information_basis": "order"}
    return make_draft(account=account, content=content, **terms | given)


def make_jpeg(*, width: int = 100, height: int = 50, said_by_camera: bytes = b"", padding: int = 0) -> bytes:
    """A JPEG as far as its segments go: what a camera said, its sides, and a scan with nothing much in it."""
    exif = b"\xff\xe1" + (2 + len(said_by_camera)).to_bytes(2) + said_by_camera if said_by_camera else b""
    jfif = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    frame = b"\xff\xc0\x00\x0b\x08" + height.to_bytes(2) + width.to_bytes(2) + b"\x01\x01\x11\x00"
    return (
        b"\xff\xd8" + jfif + exif + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + bytes(padding) + b"\xff\xd9"
    )


def make_device(customer: Customer | None = None, **given: object) -> Device:
    """An app, opened just now, that may show notifications."""
    defaults = {"platform": "android", "address": f"token {next(_numbers)}", "os_permission": True}
    seen = {"last_seen_at": timezone.now() - timedelta(minutes=1)}
    return Device.objects.create(customer=customer, **defaults | seen | given)


def make_text_account(**given: object) -> ChannelAccount:
    """An account for text messages, with all that the law asks of it."""
    defaults = {
        "channel": "sms",
        "sender_address": "02-1234-5678",
        "opt_out_number": "080-123-4567",
        "caller_registered_until": date(2099, 12, 31),
        "certificate_number": "제2026-1호",
        "certificate_until": date(2099, 12, 31),
        "rate_per_second": 1_000,
    }
    return make_account(**defaults | given)


def make_text_draft(
    *, text: str = "{{ name }}님, 다시 만나요", account: ChannelAccount | None = None, **given: object
) -> Campaign:
    """A complete advertising draft that goes to everybody by text message."""
    content = {"subject": "", "html": "", "text": text}
    return make_draft(account=account or make_text_account(), content=content, **given)


def add_fallback(campaign: Campaign, account: ChannelAccount, *, position: int = 1, **content: object) -> Fallback:
    """The way that the campaign's step tries next, with its words."""
    step = campaign.steps.get()
    fallback = Fallback.objects.create(step=step, position=position, account=account)
    words = (
        {"text": "{{ name }}님, 다시 만나요"}
        if account.channel == "sms"
        else {"subject": "{{ name }}님, 다시 만나요", "html": "<p>안녕하세요</p>"}
    )
    Variant.objects.create(step=step, fallback=fallback, **words | content)
    return fallback


def make_text_reader(number: int, **given: object) -> Customer:
    """A customer with a mobile who agreed to advertising by text message."""
    customer = make_customer(phone=f"+8210{number:08}", **given)
    set_consent(customer, "marketing_use")
    set_consent(customer, "ad_receive", channel="sms")
    return customer


def make_text_campaign(account: ChannelAccount, text: str = "{{ name }}님, 다시 만나요") -> Campaign:
    """An advertising text to everybody, not submitted yet."""
    return make_draft(account=account, content={"text": text, "subject": "", "html": ""})


def make_coupon(**given: object) -> Coupon:
    """A running coupon of our own: 5,000 won off any purchase, once per customer, for all of the year ahead."""
    defaults = {
        "source": Coupon.OWN,
        "external_id": f"CP-{next(_numbers)}",
        "name": "5천원 할인",
        "status": Coupon.Status.RUNNING,
        "amount": 5_000,
        "valid_until": timezone.localdate() + timedelta(days=365),
    }
    return Coupon.objects.create(**defaults | given)


def begin_earning(on: date = date(2020, 1, 1), **given: object) -> EarningTerms:
    """Points are earned from that day on; what was bought online can be used at once, as in a store."""
    terms = {"begins_on": on, "pending_days_online": 0} | given
    made, _is_new = EarningTerms.objects.update_or_create(program=ledger.current_program(), defaults=terms)
    return made


def make_earning_rule(*, stores: Iterable[Store] = (), **given: object) -> EarningRule:
    """A rule in force: a point for every hundred won, on every purchase."""
    defaults = {
        "program": ledger.current_program(),
        "name": "기본 적립",
        "kind": "base",
        "reward": "won_per_point",
        "value": 100,
        "is_active": True,
    }
    rule = EarningRule.objects.create(**defaults | given)
    rule.stores.set(stores)
    return rule


def make_ladder(**terms: object) -> TierRuleVersion:
    """A ladder in force: Welcome for everybody, Silver from 100,000, Gold from 300,000, VIP from 1,000,000."""
    steps = (("Welcome", "stone", 0), ("Silver", "silver", 10**5), ("Gold", "gold", 300_000), ("VIP", "violet", 10**6))
    tiers = tuple(
        ladder.DraftTier(Tier.objects.filter(name=name).first(), name, colour, threshold)
        for name, colour, threshold in terms.pop("steps", steps)
    )
    version = ladder.store(ladder.Draft(tiers, **terms), by=None)
    assert version is not None, "The ladder is in force already."
    return version


def begin_referrals(on: date = date(2020, 1, 1), *, points: int = 1_000, **given: object) -> ReferralTerms:
    """Codes count: both get points, by a rule in force, two weeks after the friend's first order."""
    begin_earning()
    make_earning_rule(name="추천", kind="referral", reward="fixed", value=points)
    terms = {"begins_on": on, "shop_url": "https://shop.example/join?from=friend"} | given
    return ReferralTerms.objects.create(program=ledger.current_program(), **terms)


def make_tracked_site(*, secret: str = SHOPS_SECRET, **given: object) -> TrackedSite:
    """A web shop with the tracker in its pages; `secret` signs who is logged in."""
    defaults = {"name": "온라인몰", "allowed_origins": ["https://shop.example"], "sealed_secret": seal(secret)}
    return TrackedSite.objects.create(**defaults | given)


def change_order(order: Order, **given: object) -> Order:
    """The order as a later copy of it tells, with its refund booked, as ingest does."""
    was_purchase = order.is_purchase
    Order.objects.filter(pk=order.pk).update(**{"changed_at": timezone.now()} | given)
    order.refresh_from_db()
    refunds.book_one(order, was_purchase=was_purchase)
    return order


def make_survey(kinds: str = "nps text", **given: object) -> Survey:
    """An open survey with a question of each of these kinds, the first required."""
    defaults = {"name": f"survey {next(_numbers)}", "title_ko": "구매는 어떠셨나요?", "status": Survey.Status.OPEN}
    survey = Survey.objects.create(**defaults | given)
    for position, kind in enumerate(kinds.split(), start=1):
        options = [{"ko": "배송", "en": "Delivery"}, {"ko": "품질", "en": "Quality"}] if kind == "choice" else []
        SurveyQuestion.objects.create(
            survey=survey, position=position, kind=kind, text_ko=f"질문 {position}", is_required=position == 1,
            options=options,
        )  # fmt: skip
    return survey


def make_response(survey: Survey | None = None, *, score: int = 3, words: str = "", **given: object) -> SurveyResponse:
    """What a customer answered just now; the first question is the scale, the last the words."""
    survey = survey or make_survey()
    asked = list(survey.questions.all())
    first, last = asked[0], asked[-1]
    defaults = {"survey": survey, "kind": first.kind, "score": score, "answered_at": timezone.now()}
    response = SurveyResponse.objects.create(**defaults | given)
    SurveyAnswer.objects.create(response=response, question=first, number=score)
    if words:
        SurveyAnswer.objects.create(response=response, question=last, text=words)
    return response


def make_case(response: SurveyResponse, **given: object) -> Case:
    """An open case about a response, due today."""
    defaults = {"subject": "3 / 10", "due_on": timezone.localdate(), "opened_at": timezone.now()}
    return Case.objects.create(**{"response": response, "customer_id": response.customer_id} | defaults | given)


def make_event(customer: Customer | None, kind: str, *, at: datetime, **given: object) -> Event:
    """Something that a customer did on the shop's page."""
    defaults = {"external_id": f"E{next(_numbers)}", "customer": customer, "kind": kind, "occurred_at": at}
    return Event.objects.create(**defaults | given)
