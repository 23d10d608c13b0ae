"""`/admin/design/`: every component of the design system on one page, in both themes. Only while DEBUG is on."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from crm_project.charts import Chart, Mark, Series

DAYS = [f"11-{day:02}" for day in range(1, 22)]
NEW = [412, 380, 455, 521, 498, 610, 702, 433, 401, 470, 540, 560, 688, 745, 460, 455, 512, 590, 604, 733, 798]
RETURNING = [820, 790, 905, 960, 1010, 1280, 1390, 850, 830, 990, 1420, 1510, 1690, 1720, 1100, 990, 1060, 1150]
RETURNING += [1210, 1480, 1590]


def sample_charts() -> dict[str, Any]:
    """Return a chart of each kind."""
    new = Series("신규", [value * 1_000 for value in NEW], "second")
    returning = Series("재구매", [value * 1_000 for value in RETURNING])
    marks = [Mark(10, "11월 감사제")]
    revenue = Chart(
        "일별 매출", DAYS, [returning, new], x="날짜", y="매출(원)", way="won", axis_way="won_short", marks=marks
    )
    rate = Chart(
        "재구매율",
        DAYS,
        [Series("이번 달", [value / 5_000 for value in RETURNING]), Series("지난달", [0.21] * 21, "quiet")],
        x="날짜",
        y="재구매율",
        way="percent",
        axis_way="percent_whole",
    )
    return {"revenue": revenue, "rate": rate}


def sample_rows() -> dict[str, Any]:
    """Return rows for the charts that are tables."""
    return {
        "stages": [
            {"label": "대상", "count": 12_480, "previous": 10_900, "tone": "quiet"},
            {"label": "발송", "count": 9_812, "previous": 9_100},
            {"label": "열람", "count": 4_377, "previous": 3_560},
            {"label": "클릭", "count": 1_204, "previous": 1_010},
            {"label": "구매", "count": 318, "previous": 212, "tone": "good"},
        ],
        "start": {"label": "세그먼트 고객", "count": 12_480},
        "removed": [
            {"label": "주소 없음", "count": 310},
            {"label": "광고 수신 미동의", "count": 1_865, "hint": "동의 기록이 없는 고객 포함"},
            {"label": "수신거부", "count": 214},
            {"label": "최근 7일 발송 한도", "count": 0},
            {"label": "대조군 5 %", "count": 279},
        ],
        "end": {"label": "받을 고객", "count": 9_812},
        "cohorts": [
            {"label": "2026-07", "size": "412", "values": [0.42, 0.31, 0.27, 0.24]},
            {"label": "2026-08", "size": "388", "values": [0.45, 0.33, 0.29, None]},
            {"label": "2026-09", "size": "461", "values": [0.39, 0.28, None, None]},
            {"label": "2026-10", "size": "502", "values": [0.48, None, None, None]},
        ],
        "months": ["1개월", "2개월", "3개월", "4개월"],
        "groups": [
            {"label": "챔피언", "value": 312, "tone": "good"},
            {"label": "충성 고객", "value": 640},
            {"label": "이탈 위험", "value": 421, "tone": "wait"},
            {"label": "휴면", "value": 233, "tone": "quiet"},
        ],
        "lifts": [
            {"label": "A안", "value": 3_120_000, "low": 900_000, "high": 5_300_000, "note": "쿠폰 5,000원"},
            {
                "label": "B안",
                "value": 1_080_000,
                "low": -620_000,
                "high": 2_780_000,
                "tone": "quiet",
                "note": "쿠폰 없음",
            },
        ],
    }


def sample_story() -> dict[str, Any]:
    """Return steps, checks and a timeline."""
    now = timezone.now()
    return {
        "tabs": [
            {"key": "all", "label": "전체", "url": "?", "count": 128},
            {"key": "waiting", "label": "승인 대기", "url": "?", "count": 3},
            {"key": "done", "label": "완료", "url": "?", "count": None},
        ],
        "steps": [
            {"label": "목표와 진입", "state": "done", "url": "#"},
            {"label": "대상", "state": "done", "url": "#"},
            {"label": "내용", "state": "current", "hint": "변형 2개", "url": "#"},
            {"label": "시점", "state": "problem", "hint": "야간 시간대", "url": "#"},
            {"label": "확인", "state": "todo"},
        ],
        "checks": [
            {"label": "광고 수신 동의 확인", "tone": "good", "detail": "9,812명 모두 근거 있음"},
            {"label": "제목에 (광고) 표시", "tone": "good"},
            {"label": "발송 시각이 야간에 가까움", "tone": "wait", "detail": "20:40 시작, 예상 종료 20:58"},
            {"label": "링크 1개가 열리지 않음", "tone": "bad", "detail": "https://shop.example/sale (404)", "url": "#"},
        ],
        "timeline": [
            {
                "at": now - timedelta(minutes=14),
                "icon": "shopping-bag",
                "tone": "good",
                "title": "주문 20261121-0031",
                "detail": "우유 외 3개 · 온라인",
                "amount": "48,200원",
                "url": "#",
            },
            {
                "at": now - timedelta(minutes=52),
                "icon": "mouse-pointer-click",
                "tone": "busy",
                "title": "메시지 클릭",
                "detail": "11월 감사제",
            },
            {"at": now - timedelta(days=1, hours=2), "icon": "mail", "title": "메시지 발송", "detail": "11월 감사제"},
            {"at": now - timedelta(days=9), "icon": "circle-check", "tone": "good", "title": "이메일 광고 수신 동의"},
            {"at": now - timedelta(days=9, hours=1), "icon": "ban", "tone": "quiet", "title": "문자 발송 제외"},
        ],
        "strip": [
            ("주문", "38"),
            ("총 구매", "1,842,000원"),
            ("평균", "48,470원"),
            ("최근 주문", "14분 전"),
            ("주기", "9일"),
        ],
        "pairs": [("등급", "골드"), ("가입", "2024-03-02 (토)"), ("매장", "성수점"), ("유입", "추천")],
        "consents": [
            {"label": "이메일", "icon": "mail", "allowed": True},
            {"label": "문자", "icon": "message-square", "allowed": False},
            {"label": "푸시", "icon": "bell", "allowed": True},
        ],
        "spark": [3, 4, 4, 6, 5, 7, 9, 8, 11],
        "moment": now - timedelta(hours=3),
    }


@staff_member_required
def design(request: HttpRequest) -> HttpResponse:
    """Show the page; `?toast=1` shows messages too."""
    if "toast" in request.GET:
        messages.success(request, "1,832명에게 발송을 요청했습니다.")
        messages.error(request, "SMTP 계정이 인증을 거부했습니다. 설정에서 비밀번호를 확인하십시오.")
    context = admin.site.each_context(request) | {"title": "디자인 시스템"} | sample_charts() | sample_rows()
    return render(request, "dangol/design.html", context | sample_story())
