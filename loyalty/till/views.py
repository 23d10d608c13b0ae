"""The addresses of the till API. A view reads what is asked, has it decided once, and answers; it decides nothing."""

import time
from abc import ABC, abstractmethod
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.models import Customer
from loyalty.coupons import quoting as coupon_quoting
from loyalty.desk.standing_card import standing_card
from loyalty.errors import DeskRefused
from loyalty.models import TillTransaction
from loyalty.till import (
    acts,
    coupons_alone,
    holding,
    idempotency,
    members,
    purchases,
    quoting,
    returning,
    selling,
    till_answers,
    till_requests,
    undoing,
)
from loyalty.till.authentication import Caller, IsTill, TerminalAuthentication, TillThrottle
from loyalty.till.refusals import QuoteChanged
from loyalty.till.till_schema import TillSchema

# No answer of a look-up comes sooner, so that its time does not tell what was found out on the way to "nobody".
LOOKUP_TAKES = 0.05  # seconds


class TillView(APIView):
    """What every address shares: tills alone, limited, JSON; a refusal for too many look-ups says when to come back."""

    authentication_classes = (TerminalAuthentication,)
    permission_classes = (IsTill,)
    throttle_classes = (TillThrottle,)
    parser_classes = (JSONParser,)
    schema = TillSchema()
    about: str | Promise = ""
    takes: type[serializers.Serializer] = serializers.Serializer
    serializer_class: type[serializers.Serializer] = till_answers.DoneSerializer

    @property
    def caller(self) -> Caller:
        """Return the till and the person at it."""
        return self.request.auth

    def asked(self, request: Request) -> dict[str, Any]:
        """Return the request's fields.

        Raises:
            ValidationError: one of them cannot be understood.
        """
        if not isinstance(request.data, dict):
            raise ValidationError({"detail": _("Send a JSON object.")}, code="not_an_object")
        serializer = self.takes(data=request.data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def member(self, given: dict[str, Any]) -> Customer:
        """Return whom the request is about, before anything is locked, so that every look-up is counted and kept."""
        return members.member_of(given, asker=self.caller.asker, now=timezone.now())

    def handle_exception(self, exc: Exception) -> Response:
        """Answer 429 where waiting helps."""
        if isinstance(exc, DeskRefused) and exc.retry_after:
            exc = Throttled(exc.retry_after, detail=str(exc), code=exc.code)
        return super().handle_exception(exc)


class WriteView(TillView, ABC):
    """An address that books: with a key, once."""

    books = True

    def post(self, request: Request, **names: Any) -> Response:
        """Book it, or answer as the first time."""
        idempotency.key_of(request)
        given = self.asked(request)
        return idempotency.answer_known(request) or self.decide(request, given, **names)

    @abstractmethod
    def decide(self, request: Request, given: dict[str, Any], **names: Any) -> Response:
        """Book a request with a new key."""

    def done(self, act: TillTransaction, *, is_new: bool = True, **more: Any) -> Response:
        """Return the answer for an act."""
        return Response(acts.answer(act, now=timezone.now(), **more), status=201 if is_new else 200)


class OneBookingView(WriteView, ABC):
    """An address with nothing to look up before it books."""

    def decide(self, request: Request, given: dict[str, Any], **names: Any) -> Response:
        """Book it in the transaction of its key."""
        return idempotency.answer_once(request, lambda: self.book(given, **names))

    @abstractmethod
    def book(self, given: dict[str, Any], **names: Any) -> Response:
        """Book it."""


class LookupView(TillView):
    """Who stands at the till."""

    about = _("Finds a customer: by phone, card, code on their phone, or last four digits with the initial.")
    takes = till_requests.LookupSerializer
    serializer_class = till_answers.FindingSerializer

    def post(self, request: Request) -> Response:
        """Look up; the look-up is written down, what was typed is not."""
        given, began = self.asked(request), time.monotonic()
        found = members.look_up(given, asker=self.caller.asker)
        card = standing_card(found.customer, store=self.caller.store, bill=given.get("bill"))
        answer = till_answers.finding(found, card)
        time.sleep(max(0.0, LOOKUP_TAKES - (time.monotonic() - began)))
        return Response(answer)


class QuoteView(TillView):
    """What a purchase comes to."""

    about = _("What a purchase comes to with these coupons and points, and what it earns. Holds for five minutes.")
    takes = till_requests.QuoteSerializer
    serializer_class = till_answers.QuoteAnswerSerializer

    def post(self, request: Request) -> Response:
        """Reckon; nothing is booked."""
        given = self.asked(request)
        return Response(quoting.quote_asked(self.caller, self.member(given), given))


class SalesView(WriteView):
    """A purchase that was paid."""

    about = _("Books a purchase: points and coupons used, points earned, and the order, all of it or nothing.")
    takes = till_requests.SaleSerializer

    def decide(self, request: Request, given: dict[str, Any], **names: Any) -> Response:
        """Book the sale; where its quote changed, answer with the new one and leave the key free."""
        customer = self.member(given)
        try:
            return idempotency.answer_once(request, lambda: self.sell(customer, given))
        except QuoteChanged:
            changed = {"code": "QUOTE_CHANGED", "detail": str(_("The quote changed: this is the new one."))}
            return Response(changed | {"quote": quoting.quote_asked(self.caller, customer, given)}, status=409)

    def sell(self, customer: Customer, given: dict[str, Any]) -> Response:
        """Book the sale, in the transaction of the key."""
        act, unknown = selling.sell(acts.begin(self.caller, given, now=timezone.now()), customer, given)
        return self.done(act, unknown_products=unknown)


class ReturnsView(OneBookingView):
    """Goods that came back."""

    about = _("Takes goods back: used points come back, earned ones are taken back by the rules of the sale.")
    takes = till_requests.ReturnSerializer

    def book(self, given: dict[str, Any], **names: Any) -> Response:
        return self.done(returning.take_back(acts.begin(self.caller, given, now=timezone.now()), given))


class HoldsView(WriteView):
    """Points set aside."""

    about = _("Sets points aside for a payment under way: 15 minutes in a store, 24 hours online.")
    takes = till_requests.HoldSerializer

    def decide(self, request: Request, given: dict[str, Any], **names: Any) -> Response:
        """Find the member first."""
        customer = self.member(given)
        return idempotency.answer_once(request, lambda: self.place(customer, given))

    def place(self, customer: Customer, given: dict[str, Any]) -> Response:
        """Place the hold, in the transaction of the key."""
        act = holding.place(acts.begin(self.caller, given, now=timezone.now()), customer, given)
        return self.done(act, expires_at=act.hold.expires_at.isoformat())


class CaptureView(OneBookingView):
    """Points of a hold used."""

    about = _("Uses the points of a hold, all of them or less; the rest comes back.")
    takes = till_requests.CaptureSerializer

    def book(self, given: dict[str, Any], **names: Any) -> Response:
        hold = holding.hold_of(self.caller, names["hold_id"])
        doing = holding.doing_with(hold, self.caller, given, now=timezone.now())
        act, is_new = holding.capture(hold, doing, points=given.get("points"))
        return self.done(act, is_new=is_new)


class VoidView(OneBookingView):
    """A hold released."""

    about = _("Releases a hold: its points come back.")
    takes = till_requests.VoidSerializer

    def book(self, given: dict[str, Any], **names: Any) -> Response:
        hold = holding.hold_of(self.caller, names["hold_id"])
        act, is_new = holding.void(hold, holding.doing_with(hold, self.caller, given, now=timezone.now()))
        return self.done(act, is_new=is_new)


class ReverseView(OneBookingView):
    """An act undone."""

    about = _(
        "Undoes a sale, or a use of points from a hold: by the same person at the same till within ten minutes, later "
        "by a manager of the store."
    )
    takes = till_requests.ReversalSerializer

    def book(self, given: dict[str, Any], **names: Any) -> Response:
        act = undoing.acts_of(self.caller).filter(pk=names["txn_id"]).first()
        if act is None:
            raise Http404
        return self.done(undoing.undo(act, self.caller, reason=given["reason"], now=timezone.now()))


class TransactionsView(TillView):
    """What was booked on a receipt."""

    about = _("What the tills of this store booked on a receipt: for the next morning, when an answer was lost.")
    serializer_class = till_answers.ToldListSerializer
    query_parameters = (OpenApiParameter("receipt", str, required=True, description=_("The receipt's number")),)

    def get(self, request: Request) -> Response:
        """Give out the acts, the first one first."""
        receipt = request.query_params.get("receipt", "")
        if not receipt or "\0" in receipt:
            raise ValidationError({"receipt": _("Name the receipt.")}, code="required")
        return Response(till_answers.listed(list(undoing.acts_of(self.caller).filter(receipt=receipt).order_by("pk"))))


class CouponCheckView(TillView):
    """What coupons would take off."""

    about = _("What these coupons would take off a basket together; refused with the reason where one is of no use.")
    takes = till_requests.CouponCheckSerializer
    serializer_class = till_answers.CouponsSerializer

    def post(self, request: Request) -> Response:
        """Hold the coupons against the basket; nothing is booked."""
        given = self.asked(request)
        customer = self.member(given) if "lookup" in given else None
        found = coupon_quoting.quote_codes(given["coupons"], purchases.basket_of(self.caller, customer, given))
        each = [{"name": one.coupon.name, "discount": one.off, "gift": one.coupon.gift} for one in found]
        return Response({"discount": sum(one.off for one in found), "coupons": each})


class CouponRedeemView(WriteView):
    """Coupons used."""

    about = _("Uses coupons for a receipt that the shop books itself; a sale at the till takes its coupons with it.")
    takes = till_requests.CouponRedeemSerializer
    serializer_class = till_answers.CouponsSerializer

    def decide(self, request: Request, given: dict[str, Any], **names: Any) -> Response:
        """Find the member first, if there is one."""
        customer = self.member(given) if "lookup" in given else None
        return idempotency.answer_once(request, lambda: self.redeem(customer, given))

    def redeem(self, customer: Customer | None, given: dict[str, Any]) -> Response:
        """Use the coupons, in the transaction of the key."""
        used = coupons_alone.use(acts.begin(self.caller, given, now=timezone.now()), customer, given)
        return Response(till_answers.uses(used.uses), status=200 if used.is_replay else 201)


class CouponCancelView(OneBookingView):
    """The use of coupons undone."""

    about = _("Undoes the use of all coupons of a receipt: they may be used again until their old last day.")
    takes = till_requests.CouponCancelSerializer
    serializer_class = till_answers.CouponsSerializer

    def book(self, given: dict[str, Any], **names: Any) -> Response:
        uses = coupons_alone.cancel(acts.begin(self.caller, given, now=timezone.now()))
        return Response(till_answers.uses(uses), status=201)
