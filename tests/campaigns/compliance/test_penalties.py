"""What a breach costs, from which day (L-16)."""

from datetime import date

from campaigns.compliance import penalties


def test_the_surcharge_holds_since_its_day() -> None:
    before, since = penalties.in_force(date(2026, 9, 30)), penalties.in_force(date(2026, 10, 2))

    assert [each for each in before if each.turnover_share] == []
    assert [(each.won, each.turnover_share) for each in since if each.turnover_share] == [(2_000_000_000, 0.06)]


def test_every_row_names_its_article_and_its_day() -> None:
    assert all(each.article.startswith("제") for each in penalties.PENALTIES)
    assert {each.won for each in penalties.PENALTIES} == {10_000_000, 30_000_000, 2_000_000_000}
    assert max(each.effective_from for each in penalties.PENALTIES) == date(2026, 10, 2)
