"""A shop with something on every page: rows of every kind, in every state, made by the product's own functions."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils import timezone

from analytics.advice import putting_away
from analytics.cohorts import rebuilding
from analytics.kpis import snapshots
from analytics.models import AttributedOrder, KpiTarget, MarketingSpend
from analytics.periods import today
from campaigns import approval, lifecycle, links
from campaigns.automation import lifecycle as of_automations
from campaigns.automation import versions
from campaigns.library import pictures
from campaigns.models import (
    Campaign,
    ContentBlock,
    Enrollment,
    FrequencyCap,
    Hit,
    Journey,
    KakaoTemplate,
    Message,
    MessageTemplate,
    RestrictedCategory,
    SkipReason,
    StaffAddress,
    StaffMessage,
    Suppression,
)
from campaigns.pipeline import dispatch, plan
from crm_project import api_keys, roles
from crm_project.models import ApiKey, Job
from customers import consent, stored_numbers
from customers.consent import duties, phone_opt_outs, preference_links
from customers.consent.phone_opt_outs import Call
from customers.feedback import cases, survey_links
from customers.identity import duplicates, merging
from customers.imports import passes
from customers.imports import runs as imports
from customers.models import (
    AccessLogEntry,
    AccessReview,
    Customer,
    DuplicatePair,
    Event,
    ExportedCustomer,
    ExportRequest,
    GuardianConsent,
    ImportRun,
    NoticeDuty,
    Order,
    OrderLine,
    Processor,
    Product,
    PseudonymUse,
    RecommendationReport,
    Segment,
    SegmentSize,
    Store,
    SubjectRequest,
    Survey,
    SurveyResponse,
    UploadedList,
    UsageNotice,
    WebhookDelivery,
)
from customers.models.consent import Purpose
from customers.privacy import erasure, incidents, subject_requests, usage_notices
from customers.profile import notes
from customers.recommendations import nightly
from customers.segments import uploaded_lists
from customers.segments.refresh import refresh_segment
from loyalty import ledger
from loyalty.adjustments import asking
from loyalty.coupons import issue_runs, redeeming, taking_back
from loyalty.coupons.baskets import Basket, BasketLine
from loyalty.desk import acting as desk
from loyalty.desk.bills import Bill
from loyalty.earning.orders import earn_changed_orders
from loyalty.figures import open_points
from loyalty.ledger import LotTerms, Receipt, checking
from loyalty.ledger import snapshots as snapshots_of_points
from loyalty.models import (
    Coupon,
    CouponRedemption,
    DeskLookup,
    EarningRule,
    Referral,
    ReferralTerms,
    StaffAlert,
    StoreStaff,
    Terminal,
    Tier,
    TillStaff,
)
from loyalty.referrals import codes as referral_codes
from loyalty.tiers import credits, evaluation, grants
from loyalty.till import credentials as till_credentials
from tests.campaigns.automation.making import enter, write_steps
from tests.factories import (
    begin_earning,
    make_account,
    make_alimtalk_draft,
    make_coupon,
    make_customer,
    make_draft,
    make_earning_rule,
    make_incident,
    make_jpeg,
    make_kakao_profile,
    make_kakao_template,
    make_ladder,
    make_message,
    make_order,
    make_reachable_customer,
    make_response,
    make_running_campaign,
    make_segment,
    make_survey,
    make_tracked_site,
    make_webhook_delivery,
    make_wording,
    set_consent,
)

STATUS = Campaign.Status
STATE_OF_JOBS = {
    "waiting": {},
    "running": {"started_at": 1},
    "done": {"started_at": 2, "finished_at": 1},
    "failed": {"started_at": 2, "finished_at": 1, "failed_at": 1, "last_error": "RuntimeError: 503"},
    "parked": {"started_at": 3, "parked_at": 1, "starts": 5},
}


@dataclass(frozen=True)
class Shop:
    """What pages are asked for with."""

    sent: Campaign
    message: Message
    waiting: Campaign
    running: Campaign
    author: User
    approver: User
    pair: DuplicatePair
    uploaded: ImportRun
    coupon: Coupon


def open_shop() -> Shop:
    """Fill every table that a page shows. The sandbox writes to `settings.OUTBOX_DIR`."""
    roles.put_in_force()
    author, approver = (_colleague(name, role) for name, role in (("김작성", "operator"), ("이승인", "approver")))
    make_erased_person(author)
    customers = [make_buyer() for _number in range(6)]
    make_customer(name="", email="")
    set_consent(customers[0], "ad_receive", channel="email", is_granted=False)
    stored_numbers.rebuild_everything(timezone.now())
    make_recommendations()
    make_earning()
    make_tiers(customers, author)
    UploadedList.objects.create(name="행사에 온 손님", uploaded_by=author)
    segment = make_used_segment("단골 고객")
    uploaded_lists.upload("개장 행사 참석자", customers[0].external_id, by=author)
    sent = make_sent_campaign(segment, author, approver)
    running = make_campaign_with_every_outcome(segment, customers)
    waiting = make_campaigns_in_every_status(segment, author, approver)
    make_results(sent)
    make_advice(author)
    make_automations(segment, author, approver, customers)
    make_points(customers, author)
    make_referrals(customers[0])
    make_desk(customers[0], author)
    make_operations(author)
    make_tills(author)
    make_kakao()
    make_library(author)
    pictures.store(make_jpeg(), title="봄 신상품", by=author)
    make_privacy(author, approver, customers[1])
    make_consent_work(customers[2])
    make_feedback(author, customers)
    pair = make_identities(author)
    uploaded = make_imports(author)
    first = Message.objects.filter(campaign=sent).earliest("pk")
    return Shop(sent, first, waiting, running, author, approver, pair, uploaded, make_coupons(segment, customers[0]))


def _colleague(name: str, role: str) -> User:
    user = User.objects.create_user(name, is_staff=True, last_name=name[0], first_name=name[1:])
    user.groups.add(Group.objects.get(name=role))
    return user


def make_buyer() -> Customer:
    """A customer who visited, bought, used a coupon and agreed to advertising."""
    now = timezone.now()
    store, _made = Store.objects.get_or_create(external_id="S-1", defaults={"name": "성수점"})
    customer = make_reachable_customer(home_store=store, phone="+821012345678", birthday=date(1990, 3, 4))
    product = Product.objects.create(sku=f"P-{customer.pk}", name="우유 1리터", category="유제품", price=2_900)
    for days in (3, 40, 90):
        order = make_order(customer, placed_at=now - timedelta(days=days), paid=12_900, shipping=2_500, store=store)
        OrderLine.objects.create(order=order, position=1, product=product, quantity=2, amount=10_400)
    for kind in Event.Kind.values:
        Event.objects.create(
            external_id=f"{customer.pk}-{kind}", kind=kind, customer=customer, occurred_at=now, product=product
        )
    coupon = Coupon.objects.create(external_id=f"K-{customer.pk}", name="5천원 할인")
    CouponRedemption.objects.create(
        external_id=str(customer.pk), coupon=coupon, customer=customer, redeemed_at=now - timedelta(days=2)
    )
    return customer


def make_tiers(customers: list[Customer], author: User) -> None:
    """A ladder on which customers rose and came down, one tier given by hand and one taken back."""
    make_ladder(steps=(("Welcome", "stone", 0), ("Silver", "silver", 10_000), ("Gold", "gold", 300_000)))
    credits.credit_every_order()
    gold, last = Tier.objects.get(name="Gold"), today() + timedelta(days=90)
    for customer in customers[:2]:
        given = grants.grant(customer, gold, ends_on=last, reason="개점 행사", by=author)
    grants.withdraw(given.pk, by=author)
    evaluation.evaluate_day(today())


def make_recommendations() -> None:
    """Recommendations as of last night, and an evaluation of them."""
    nightly.rebuild(timezone.now())
    scores = [
        {"recommender": name, "target": target, "customers": 40, "hit_rate": 0.7, "recall": 0.05}
        | {f"{measure}_gain": gain for measure in ("hit_rate", "recall")}
        for target in ("any", "new")
        for name, gain in (("popularity", None), ("ours", [0.1, 0.08, 0.12]))
    ]
    RecommendationReport.objects.create(
        made_at=timezone.now(), as_of=_months_ago(1), days=28, customers=40, results=scores
    )


def make_earning() -> None:
    """Rules of every kind, in force or not, and the points of the orders; one was brought back in part."""
    begin_earning(excluded_categories=["담배"])
    store, segment = Store.objects.get(external_id="S-1"), make_segment()
    make_earning_rule()
    for kind in EarningRule.EDITED[1:]:
        narrow = {"category": {"categories": ["유제품"]}, "campaign": {"segment": segment}}.get(kind, {})
        make_earning_rule(name=f"규칙 {kind}", kind=kind, reward="fixed", value=50, is_active=kind != "store", **narrow)
    EarningRule.objects.get(kind="store").stores.add(store)
    earn_changed_orders()
    returned = Order.objects.filter(award__points__gt=0).latest("pk")
    Order.objects.filter(pk=returned.pk).update(refunded=5_000, changed_at=timezone.now())
    earn_changed_orders()


def make_used_segment(name: str) -> Segment:
    """A segment that was refreshed, with a course of sizes behind it."""
    segment = make_segment({"is": "order_count", "op": "at_least", "value": 1}, name=name)
    refresh_segment(segment.pk)
    for days in range(1, 20):
        SegmentSize.objects.create(segment=segment, day=today() - timedelta(days=days), size=40 + days % 5)
    segment.refresh_from_db()
    return segment


def make_sent_campaign(segment: Segment, author: User, approver: User) -> Campaign:
    """An informational campaign, which leaves at night too, that went all the way into the sandbox."""
    basis = {"purpose": Campaign.MessagePurpose.INFORMATION, "information_basis": "delivery"}
    words = {"subject": "배송 안내", "html": "<p>{{ name }}님, 주문하신 상품이 출발했습니다.</p>"}
    campaign = make_draft(name="11월 배송 안내", segment=segment, author=author, content=words, **basis)
    lifecycle.submit_for_review(campaign, by=author)
    approval.approve(campaign, by=approver)
    lifecycle.start_due(timezone.now())
    plan.plan_campaign(campaign.pk)
    dispatch.dispatch_due()
    campaign.refresh_from_db()
    return campaign


def make_campaign_with_every_outcome(segment: Segment, customers: list[Customer]) -> Campaign:
    """A campaign under way with a message of every status and a skipped one for every reason."""
    campaign = make_running_campaign(
        name="재구매 안내", segment=segment, planned_at=timezone.now(), links=("https://shop.example/",)
    )
    for status in Message.Status.values:
        details = {"failure": "smtp_550", "failure_detail": "550 5.1.1"} if status in ("failed", "unknown") else {}
        message = make_message(campaign, make_customer(), status=status, **details)
    for reason in SkipReason.values:
        make_message(campaign, make_customer(), status="skipped", skip_reason=reason, sent_at=None)
    message = make_message(campaign, customers[1], opened_at=timezone.now(), clicked_at=timezone.now())
    for kind in Hit.Kind.values:
        Hit.objects.create(message=message, kind=kind, occurred_at=timezone.now(), is_machine=False)
    Enrollment.objects.create(campaign=campaign, customer=make_customer(), is_control=True)
    return campaign


def make_campaigns_in_every_status(segment: Segment, author: User, approver: User) -> Campaign:
    """A campaign in each status, one of another system, and the one returned, which waits for a decision."""
    for status in STATUS.values:
        make_draft(name=f"캠페인 {STATUS(status).name}", segment=segment, author=author, status=status)
    make_running_campaign(name="중지한 캠페인", status=STATUS.CANCELLED, finished_at=timezone.now())
    Campaign.objects.create(
        name="지난 우편", source="before", external_id="8", status=STATUS.FINISHED, started_at=_months_ago(8)
    )
    for status in (STATUS.FINISHED, STATUS.PAUSED):
        Campaign.objects.filter(status=status, started_at=None).update(started_at=timezone.now() - timedelta(days=20))
    waiting = make_draft(name="승인을 기다리는 캠페인", segment=segment, author=author)
    lifecycle.submit_for_review(waiting, by=author)
    approval.return_to_author(waiting, by=approver, note="제목을 줄여 주세요")
    lifecycle.submit_for_review(waiting, by=author)
    return waiting


def make_automations(segment: Segment, author: User, approver: User, customers: list[Customer]) -> None:
    """An automation that runs, with journeys in every state; one that waits for a decision; a draft with branches."""
    say = {"message": {"account": make_account(name="자동화 메일")}}
    steps = (("wait", {"settings": {"days": 3}}), ("message", say))
    for name in ("첫 구매 감사", "승인을 기다리는 자동화"):
        made = versions.new_automation(name=name, trigger="first_order", by=author, exits=[{"is": "bought"}])
        write_steps(made.versions.get(), steps)
        of_automations.submit(made.versions.get(), by=author)
        if name == "첫 구매 감사":
            of_automations.approve(made.versions.get(), by=approver)
            made.refresh_from_db()
            for status, customer in zip(Journey.Status.values, customers, strict=False):
                ended = {"step": None, "due_at": None, "ended_at": timezone.now()} if status != "inside" else {}
                enter(made, customer, at=timezone.now(), status=status, **ended)
    lanes = {"yes": [("offer", {"points": 500})], "no": [("split", {"settings": {"shares": {"a": 50, "b": 50}}})]}
    draft = versions.new_automation(name="장바구니", trigger="cart_left", by=author, trigger_settings={"hours": 2})
    write_steps(draft.versions.get(), [("only_if", {"segment": segment, "lanes": lanes}), ("exit", {})])


def make_results(campaign: Campaign) -> None:
    """Opens, clicks and credited orders of a campaign; spend; snapshots of every KPI; cohorts."""
    for message in campaign.messages.filter(status="sent"):
        order = make_order(message.customer, placed_at=timezone.now(), paid=31_000)
        AttributedOrder.objects.create(
            order=order,
            campaign=campaign,
            message=message,
            touched_at=timezone.now() - timedelta(hours=1),
            placed_at=order.placed_at,
            revenue=31_000,
            attributed_at=timezone.now(),
        )
    campaign.messages.filter(status="sent").update(opened_at=timezone.now(), clicked_at=timezone.now())
    MarketingSpend.objects.create(month=today().replace(day=1), source="검색 광고", amount=1_200_000)
    KpiTarget.objects.create(kpi="rpr", value=Decimal("0.35"), note="내년 봄까지")
    snapshots.take(today())
    rebuilding.rebuild(today())


def make_advice(user: User) -> None:
    """A segment that stopped refreshing, which is said; and advice that was put away."""
    make_segment(name="멈춘 세그먼트", refreshed_at=timezone.now(), refresh_error="-")
    putting_away.put_away("carts", "", by=user)


def make_imports(user: User) -> ImportRun:
    """Imports in every state; return the one whose columns are to be chosen. The newest ones were checked."""
    people = "회원번호,이름,휴대폰,이메일 수신동의\n1,홍길동,010-1234-5678,Y\n2,김단골,12,Y\n".encode()
    made = []
    for status in ("uploaded", "checking", "importing", "failed", "cancelled", "done", "checked"):
        run = imports.upload([people], name=f"회원 {status}.csv", by=user)
        if status != "uploaded":
            imports.check_columns(run, run.mapping, evidence={})
            passes.carry_on(run.pk)
        run.refresh_from_db()
        counts = run.found if status in ("importing", "cancelled", "done") else {}
        ImportRun.objects.filter(pk=run.pk).update(status=status, stored=counts, problem="UnicodeDecodeError")
        made.append(run)
    return made[0]


def make_coupons(segment: Segment, customer: Customer) -> Coupon:
    """Coupons of every kind and state: issued to a segment, as codes, used, cancelled, expired, stopped, over."""
    for number, kind in enumerate(Coupon.Kind.values):
        make_coupon(name=f"쿠폰 {kind}", kind=kind, percent=10, gift="에코백", status=Coupon.Status.values[number % 3])
    make_coupon(name="모두의 코드", codes="shared", shared_code="SPRING2026")
    coupon = make_coupon(name="돌아오신 손님께 5천원")
    issue_runs.begin_codes(coupon, 3, by=None, note="전단지")
    issue_runs.begin_for_segment(coupon, segment, by=None)
    for issue in coupon.issues.order_by("-pk"):
        issue_runs.carry_on(issue.pk)
    piece = coupon.issued.filter(customer=customer).get()
    basket = Basket([BasketLine("P-1", 30_000)], customer_id=customer.pk)
    redeeming.redeem([piece.code], basket, source="till", reference="R-1", receipt="1001")
    taking_back.cancel("till", "R-1", reason="잘못 눌렀습니다")
    redeeming.redeem([piece.code], basket, source="till", reference="R-2", receipt="1001")
    return coupon


def make_points(customers: list[Customer], clerk: User) -> None:
    """Accounts on which everything was booked: earned, used, held, returned, adjusted, expired."""
    now = timezone.now()
    for number, customer in enumerate(customers):
        account, papers = ledger.account_of(customer.pk), iter(Receipt("till", f"{number}-{each}") for each in range(9))
        for days, points in ((-400, 500), (-30, 1_000), (-3, 200)):
            at = now + timedelta(days=days)
            terms = LotTerms(at, at + timedelta(days=365))
            earned = ledger.earn(account.pk, points, receipt=next(papers), occurred_at=at, terms=terms, now=at)
        used = ledger.redeem(account.pk, 300, receipt=next(papers), occurred_at=now, by=clerk, now=now)
        ledger.give_back(used.transaction_id, 100, receipt=next(papers), occurred_at=now, now=now)
        ledger.claw_back(earned.transaction_id, 50, receipt=next(papers), occurred_at=now, now=now)
        ledger.place_hold(account.pk, 10, receipt=next(papers), until=now + timedelta(hours=1), now=now)
        ledger.adjust(account.pk, 70, reason="goodwill", note="late delivery", by=clerk, now=now)
    for customer, points in zip(customers, (20_000, -15_000), strict=False):
        asking.ask(ledger.account_of(customer.pk).pk, points, reason="goodwill", note="파손 배송", by=clerk)
    asking.withdraw(asking.waiting().earliest("pk").pk, by=clerk)
    checking.check()
    snapshots_of_points.take_snapshots(now)
    open_points.look(now)


def make_desk(customer: Customer, cashier: User) -> None:
    """Somebody who works in a store, looked a customer up, and booked."""
    store = Store.objects.filter(is_online=False).earliest("pk")
    StoreStaff.objects.create(user=cashier, store=store, is_manager=True)
    lookup = {"by": cashier, "store": store, "how": "card"}
    DeskLookup.objects.create(**lookup, outcome="found", customer=customer)
    DeskLookup.objects.create(**lookup, outcome="not_found")
    StaffAlert.objects.create(rule="many_cancels", person=cashier, day=timezone.localdate(), times=5, out_of=20)
    desk.redeem(customer, 20, bill=Bill(store, "R-1", 5_000), key=uuid4(), by=cashier)


def make_referrals(referrer: Customer) -> None:
    """Friends of a customer in every state, a code for everybody, and the terms."""
    now, terms = timezone.now(), ReferralTerms.objects.create(program=ledger.current_program(), begins_on=today())
    ReferralTerms.objects.filter(pk=terms.pk).update(shop_url="https://shop.example/")
    referral_codes.make_missing()
    for status in Referral.Status.values:
        friend = make_customer()
        order = make_order(friend, placed_at=now)
        reason = "" if status in ("waiting", "rewarded") else Referral.Reason.RETURNED
        made = {"order": order, "decided_at": now, "reason": reason, "friend_points": 500}
        Referral.objects.create(friend=friend, referrer=referrer, said_at=now, status=status, **made)


def make_tills(user: User) -> None:
    """Tills that work and one that was revoked, and somebody who signs at them."""
    store, _made = Store.objects.get_or_create(external_id="S-1", defaults={"name": "성수점"})
    for name in ("계산대 9", "계산대 1"):
        terminal = Terminal(store=store, name=name)
        till_credentials.issue(terminal)
        if name.endswith("9"):
            till_credentials.revoke(terminal)
    staff = TillStaff(user=user, number="71")
    till_credentials.set_pin(staff, "4711")
    staff.save()


def make_operations(user: User) -> None:
    """Jobs in every state, keys, accounts, suppressed addresses, looks at personal data, notes of the admin."""
    for name, hours in STATE_OF_JOBS.items():
        moments = {key: timezone.now() - timedelta(hours=value) for key, value in hours.items() if key.endswith("_at")}
        Job.objects.create(name=f"campaigns.tasks.{name}", cluster="default", **hours | moments)
    machine = User.objects.create_user("web-shop")
    api_keys.make(name="온라인몰", user=machine)
    revoked, _text = api_keys.make(name="옛 온라인몰", user=machine)
    api_keys.revoke(revoked)
    make_account(name="멈춘 계정", paused_at=timezone.now(), pause_reason="535 5.7.8")
    for number in range(3):
        RestrictedCategory.objects.create(name=f"전자담배 {number}", reason="온라인 판매 금지", added_by=user)
        FrequencyCap.objects.create(most=number + 1, days=7 * number + 1, is_rolling=bool(number % 2))
    for reason in Suppression.Reason.values:
        Suppression.objects.create(channel="email", address=f"{reason}@example.com", reason=reason)
    for action in AccessLogEntry.Action.values:
        AccessLogEntry.objects.create(user=user, action=action, customer=Customer.objects.latest("pk"), reason="문의")
    make_tracked_site(last_event_at=timezone.now(), last_event="page_view /", last_refused_at=timezone.now())
    for state in WebhookDelivery.State.values:
        make_webhook_delivery(state=state, references=["1001", "1002", "1003", "1004"], note="금액을 알 수 없습니다.")
    for row in (Campaign.objects.latest("pk"), ApiKey.objects.latest("pk")):
        kind = ContentType.objects.get_for_model(row)
        LogEntry.objects.create(user=user, content_type=kind, object_id=row.pk, object_repr="-", action_flag=CHANGE)


def make_library(user: User) -> None:
    """Templates and a block, one of which stands in the other, and test addresses with what went there."""
    ContentBlock.objects.create(key="store_hours", name="영업시간", html="<p>매일 10시–22시</p>")
    for number in range(3):
        words = {"subject": "{{ name | honorific }}, 안녕하세요", "html": "<p>안녕하세요</p>"}
        MessageTemplate.objects.create(name=f"인사 {number}", author=user, **words)
    MessageTemplate.objects.create(name="짧은 문자", channel="sms", text="{{ name | honorific }}, 오늘만!")
    for kind, address in (("email", "staff@example.com"), ("phone", "+821098765432")):
        confirmed_at = timezone.now() if kind == "email" else None
        staff = StaffAddress.objects.create(user=user, kind=kind, address=address, confirmed_at=confirmed_at)
        StaffMessage.objects.create(address=staff, channel="email", sent_by=user, fate="sent")


def make_kakao() -> None:
    """Templates of AlimTalk in every state; the newest is one that the gateway never had."""
    profile = make_kakao_profile()
    said = {"by": "kakao", "text": "광고입니다.", "at": "2026-11-20T00:00:00Z", "is_kakao": True}
    for state in KakaoTemplate.State.values:
        make_kakao_template(profile=profile, state=state, comments=[said])
    make_alimtalk_draft(make_kakao_template(profile=profile))
    make_kakao_template(profile=profile, code="", state="REG")


def make_erased_person(user: User) -> None:
    """Somebody who is gone, but for what the legal store and the book of destructions say."""
    customer = make_customer(name="박삭제", birthday=date(1985, 1, 2))
    make_order(customer, placed_at=timezone.now() - timedelta(days=60), paid=9_900)
    erasure.erase([customer.pk], by=user)


def make_privacy(asker: User, approver: User, customer: Customer) -> None:
    """Exports and requests of people in every state, a review, processors, a guardian's consent."""
    for status in ExportRequest.Status.values:
        export = ExportRequest.objects.create(
            kind="customers",
            reason="우편 쿠폰",
            asked_by=asker,
            status=status,
            row_count=1,
            is_unmasked=status == "waiting",
        )
        ExportedCustomer.objects.create(export=export, customer=customer)
    refused = ExportRequest.objects.filter(status="refused")
    refused.update(decided_by=approver, decided_at=timezone.now(), decision_note="목적을 적어 주세요")
    for number, kind in enumerate(SubjectRequest.Kind.values):
        received_at = timezone.now() - timedelta(days=4 * number)
        subject_requests.open_request(kind, customer=customer, received_at=received_at, details="전화로 요청", by=asker)
    closed = subject_requests.open_request("correct", customer=customer)
    subject_requests.close(closed, by=asker, outcome="전화번호를 고쳤습니다", told_by="전화")
    AccessReview.objects.create(month=date(2026, 9, 1), reviewed_by=approver, note="이상 없음")
    Processor.objects.create(name="문자나라", task="문자 발송", items="휴대전화번호")
    Processor.objects.create(name="Mail Ltd", task="이메일 발송", items="이메일", country="US", is_active=False)
    GuardianConsent.objects.create(
        customer=customer, given_at=timezone.now(), evidence="매장 동의서 12쪽", recorded_by=asker
    )
    make_incidents(asker, approver)
    make_usage_notices(asker, approver)
    used = ExportRequest.objects.create(
        kind="pseudonyms", reason="재구매 분석", asked_by=asker, status="expired", row_count=1, made_at=timezone.now()
    )
    PseudonymUse.objects.create(
        export=used,
        purpose="statistics",
        items=["연령대", "지역"],
        recipient="한국대학교",
        used_until=date(2026, 12, 31),
    )


def make_usage_notices(writer: User, colleague: User) -> None:
    """A yearly notice of use that goes out, and next year's, just written."""
    words = {"uses": "주문·배송: 이름, 전화번호", "recipients": "없음", "written_by": writer}
    usage_notices.hand_over(UsageNotice.objects.create(due_on=date(2026, 12, 31), **words), by=colleague)
    UsageNotice.objects.create(due_on=date(2027, 12, 31), **words)


def make_incidents(writer: User, colleague: User) -> None:
    """An incident that is closed, one that is late, one whose notices are handed over, and one just written down."""
    closed = make_incident(title="명단을 잃어버림", written_by=writer, known_at=_months_ago(3))
    incidents.note_told(closed, how="우편")
    incidents.close(closed, by=writer, outcome="암호를 걸어 보내기로 했습니다.")
    late = timezone.now() - timedelta(days=4)
    make_incident(title="외부에서 침입", written_by=writer, known_at=late, is_intrusion=True, certainty="leaked")
    segment = Segment.objects.get(name="단골 고객")
    incidents.hand_over(make_incident(title="문자를 잘못 보냄", written_by=writer, segment=segment), by=colleague)
    make_incident(title="의심되는 접속", written_by=writer, certainty="likely", segment=segment)


def make_identities(user: User) -> DuplicatePair:
    """A pair to decide about, a household, two who were told apart, a merge and one undone; notes."""
    merging.merge(make_customer().pk, make_customer().pk, by=user)
    merging.undo(merging.merge(make_customer().pk, make_customer().pk, by=user).pk, by=user)
    for shared in ({"phone": "+821077770001"}, {"email": "home@example.com", "name": ""}, {"phone": "+821077770002"}):
        make_customer(**shared | {"birthday": date(1990, 3, 4)})
        make_customer(**shared | {"name": "이단골", "birthday": date(1990, 3, 4)})
    duplicates.find()
    pair, told_apart = DuplicatePair.objects.filter(status="open", is_household=False).order_by("-pk")[:2]
    duplicates.dismiss(told_apart, by=user)
    notes.write(pair.first, "배송은 경비실로 부탁하셨습니다.", author=user)
    notes.write(newest(Customer), "매장에서 자주 뵙는 분입니다.", author=user)
    return pair


def make_feedback(user: User, customers: list[Customer]) -> None:
    """Surveys in every status, answers on both scales, and cases pending and closed."""
    asked = make_survey("nps choice text", name="배송 후 만족도")
    make_survey("csat text", name="매장 만족도", status="closed")
    for customer, score in zip(customers, (3, 6, 8, 9, 10, 10), strict=True):
        make_response(asked, score=score, customer=customer, words="배송이 조금 늦었어요.")
    low = SurveyResponse.objects.filter(survey=asked, score__lte=6).order_by("pk")
    settled, pending = [cases.open_if_low(response, now=timezone.now()) for response in low]
    cases.note(settled, "전화로 사과드렸습니다.", by=user, is_reply=True)
    cases.close(settled, "explained", by=user)
    cases.note(pending, "택배사에 확인 중입니다.", by=user)
    make_survey(name="새 설문", status="draft")


def make_consent_work(customer: Customer) -> None:
    """Words for every purpose and a draft, duties of both kinds, open and done, and a number that refused."""
    for purpose in Purpose:
        make_wording(purpose)
    make_wording(version="2026-02", published_at=None)
    for days in (0, 5, 40, 900):
        said = {"occurred_at": timezone.now() - timedelta(days=days), "method": "web"}
        consent.grant(make_customer().pk, purpose=Purpose.AD_RECEIVE, channel="sms", **said)
    consent.grant(
        customer.pk, purpose="ad_receive", channel="kakao", occurred_at=None, method="import", evidence={"file": "a"}
    )
    duties.mark_done(NoticeDuty.objects.order_by("pk").values_list("pk", flat=True)[:1], "우편 안내")
    phone_opt_outs.hear([Call("+821099990000", timezone.now())], file_name="080.csv", by=None)


def newest(model: type[Model]) -> Model:
    """Return the newest row of the model; of campaigns a draft, of users one who is no superuser."""
    rows = model._base_manager.order_by("-pk")
    if model is Campaign:
        rows = rows.filter(status=STATUS.DRAFT)
    if model is User:
        rows = rows.filter(is_superuser=False)
    if model is Customer:
        rows = rows.filter(stats__order_count__gt=0, merged_into=None, erased_at=None)
    row = rows.first()
    assert row is not None, f"The shop has no row of {model.__name__}."
    return row


def public_addresses(shop: Shop) -> list[str]:
    """Return the pages that customers open from a mail, and one that we did not write."""
    return [
        f"/u/{links.unsubscribe_url(shop.message.pk).rpartition('/')[2]}",
        "/u/no-such-token",
        f"/p/{preference_links.write(shop.message.customer_id)}",
        "/p/no-such-token",
        f"/s/{survey_links.write(Survey.objects.filter(status='open').latest('pk').pk, shop.message.customer_id)}/",
        "/s/no-such-token/",
    ]


def _months_ago(count: int) -> datetime:
    return timezone.now() - timedelta(days=30 * count)
