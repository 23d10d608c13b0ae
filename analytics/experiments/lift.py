"""What a campaign added: those who got it against those held out, per person, with a 95 % interval. Pure arithmetic."""

from dataclasses import dataclass
from math import sqrt

# Two-sided 95 % of the normal distribution.
Z = 1.96
# With fewer people in an arm the normal distribution says nothing about their mean.
FEWEST_PEOPLE = 30


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of the comparison. `revenue` is won, `squares` the sum of each person's revenue squared."""

    people: int = 0
    buyers: int = 0
    revenue: int = 0
    squares: int = 0

    @property
    def revenue_per_person(self) -> float:
        """Return won."""
        return self.revenue / self.people if self.people else 0.0

    @property
    def conversion(self) -> float:
        """Return the share of the people who bought."""
        return self.buyers / self.people if self.people else 0.0

    def variance_of_mean(self) -> float:
        """Return the variance of the revenue per person as an estimate of the true mean."""
        if self.people < 2:
            return 0.0
        spread = self.squares - self.revenue * self.revenue / self.people
        return max(0.0, spread) / (self.people - 1) / self.people


@dataclass(frozen=True, slots=True)
class Lift:
    """What everybody who got the message spent beyond what the holdout says they would have: won, with its interval."""

    treated: Arm
    control: Arm
    low: float
    middle: float
    high: float

    @property
    def is_known(self) -> bool:
        """Tell whether there are people enough, and the interval leaves no doubt about the direction."""
        enough = min(self.treated.people, self.control.people) >= FEWEST_PEOPLE
        return enough and (self.low > 0 or self.high < 0)


def lift_between(treated: Arm, control: Arm) -> Lift:
    """Return the difference per person, times the people treated."""
    difference = treated.revenue_per_person - control.revenue_per_person
    margin = Z * sqrt(treated.variance_of_mean() + control.variance_of_mean())
    low, middle, high = (treated.people * each for each in (difference - margin, difference, difference + margin))
    return Lift(treated, control, low, middle, high)
