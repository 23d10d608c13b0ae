"""An example of what each address of the till API takes and answers: one customer's visit, from look-up to undoing."""

from typing import Any

LINES = [{"sku": "P-7", "quantity": 2, "amount": 30_000}, {"sku": "P-9", "quantity": 1, "amount": 20_000}]
AT = "2026-11-21T18:30:00+09:00"
STANDS = {
    "balance_after": 2_450,
    "pending_after": 0,
    "held_after": 0,
    "debt_after": 0,
    "expiring_next": {"points": 2_000, "last_day": "2027-03-01"},
    "tier": "Gold",
    "receipt_text": "포인트 사용: 1,000\n포인트 적립: 450\n포인트 잔액: 2,450",
}
MEMBER = {
    "name": "김*골",
    "status": "open",
    "tier": "Gold",
    "perks": ["무료 포장"],
    "available": 3_000,
    "pending": 0,
    "held": 0,
    "debt": 0,
    "usable_now": 3_000,
    "expiring_next": {"points": 2_000, "last_day": "2027-03-01"},
    "coupons": [
        {"name": "5천원 할인", "benefit": "5,000원", "code": "ABCD-EFGH-1234", "last_day": "2026-12-31"},
    ],
    "say": "32,000원 더 구매하면 VIP",
}


def _told(txn_id: int, kind: str, receipt: str, **figures: Any) -> dict[str, Any]:
    written = {"txn_id": txn_id, "kind": kind, "receipt": receipt, "occurred_at": AT, "recorded_at": AT}
    nothing = {"points_used": 0, "points_earned": 0, "goods": 0, "discount": 0, "paid": 0}
    return written | {"clock_off": False} | nothing | {"original_txn_id": None, "hold_id": None} | figures


SALE = _told(
    101, "sale", "R-20261121-0042", points_used=1_000, points_earned=440, goods=50_000, discount=5_000, paid=44_000
)
COUPON = {"discount": 5_000, "coupons": [{"name": "5천원 할인", "discount": 5_000, "gift": ""}]}

REQUESTS: dict[str, Any] = {
    "LookupView": {"phone": "010-1234-5678", "bill": 50_000},
    "QuoteView": {"lookup": 7, "lines": LINES, "coupons": ["ABCD-EFGH-1234"], "points": 1_000},
    "SalesView": {
        "lookup": 7,
        "receipt": "R-20261121-0042",
        "occurred_at": AT,
        "lines": LINES,
        "coupons": ["ABCD-EFGH-1234"],
        "points": 1_000,
        "paid": 44_000,
        "quote": "WzEsIjNm…",
    },
    "ReturnsView": {
        "receipt": "R-20261122-0007",
        "original_receipt": "R-20261121-0042",
        "occurred_at": AT,
        "lines": [{"sku": "P-9", "quantity": 1, "amount": 20_000}],
    },
    "HoldsView": {
        "lookup": 7,
        "receipt": "R-20261121-0043",
        "occurred_at": AT,
        "points": 1_000,
        "bill": 20_000,
    },
    "CaptureView": {"points": 800, "occurred_at": AT},
    "VoidView": {"occurred_at": AT},
    "ReverseView": {"reason": "wrong_booking"},
    "CouponCheckView": {"coupons": ["ABCD-EFGH-1234"], "lines": LINES, "lookup": 7},
    "CouponRedeemView": {
        "coupons": ["ABCD-EFGH-1234"],
        "lines": LINES,
        "lookup": 7,
        "receipt": "W-3301",
        "occurred_at": AT,
    },
    "CouponCancelView": {"receipt": "W-3301", "occurred_at": AT},
}
ANSWERS: dict[str, Any] = {
    "LookupView": {"found": "found", "lookup": 7, "candidates": [], "member": MEMBER},
    "QuoteView": {
        "quote": "WzEsIjNm…",
        "expires_at": "2026-11-21T18:35:00+09:00",
        "goods": 50_000,
        "discount": 5_000,
        "shipping": 0,
        "due": 45_000,
        "points_used": 1_000,
        "paid": 44_000,
        "points_earned": 440,
        "usable_now": 3_000,
        "needs_confirmation": False,
        "balance": 3_000,
    },
    "SalesView": SALE | STANDS | {"unknown_products": []},
    "ReturnsView": _told(
        102,
        "return",
        "R-20261122-0007",
        points_used=-400,
        points_earned=-176,
        goods=-20_000,
        discount=-2_000,
        paid=-17_600,
        original_txn_id=101,
    )
    | STANDS,
    "HoldsView": _told(103, "hold", "R-20261121-0043", hold_id=12)
    | STANDS
    | {"expires_at": "2026-11-21T18:45:00+09:00"},
    "CaptureView": _told(104, "capture", "R-20261121-0043", points_used=800, original_txn_id=103, hold_id=12) | STANDS,
    "VoidView": _told(104, "void", "R-20261121-0043", original_txn_id=103, hold_id=12) | STANDS,
    "ReverseView": _told(
        105,
        "reversal",
        "R-20261121-0042",
        points_used=-1_000,
        points_earned=-440,
        goods=-50_000,
        discount=-5_000,
        paid=-44_000,
        original_txn_id=101,
    )
    | STANDS,
    "TransactionsView": {"results": [SALE]},
    "CouponCheckView": COUPON,
    "CouponRedeemView": COUPON,
    "CouponCancelView": COUPON,
}
