"""What a campaign added, against an independent computation."""

from statistics import fmean, variance

import pytest

from analytics.experiments.lift import Arm, Lift, lift_between

TREATED = [0] * 60 + [10_000] * 30 + [50_000] * 10
CONTROL = [0] * 90 + [10_000] * 10


def arm(spent: list[int]) -> Arm:
    return Arm(len(spent), sum(each > 0 for each in spent), sum(spent), sum(each * each for each in spent))


def test_the_interval_is_that_of_two_means_with_unequal_variances() -> None:
    lift = lift_between(arm(TREATED), arm(CONTROL))

    margin = 1.96 * (variance(TREATED) / 100 + variance(CONTROL) / 100) ** 0.5
    assert lift.middle == pytest.approx(100 * (fmean(TREATED) - fmean(CONTROL))) == pytest.approx(700_000)
    assert lift.low == pytest.approx(100 * (7_000 - margin))
    assert lift.high == pytest.approx(100 * (7_000 + margin))
    assert (lift.treated.conversion, lift.control.conversion) == (0.4, 0.1)


@pytest.mark.parametrize(
    ("treated", "control", "is_known"),
    [
        (TREATED, CONTROL, True),
        (CONTROL, TREATED, True),
        (TREATED, TREATED, False),
        (TREATED, CONTROL[61:], True),
        (TREATED, CONTROL[71:], False),
        (TREATED, [], False),
        ([], [], False),
    ],
)
def test_a_lift_is_claimed_only_when_the_numbers_carry_it(
    treated: list[int], control: list[int], is_known: bool
) -> None:
    lift: Lift = lift_between(arm(treated), arm(control))

    assert lift.is_known is is_known
