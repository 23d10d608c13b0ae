"""Two or three segments overlap in regions; each region is a rule away from a segment of its own."""

import pytest

from customers.models import Customer, Segment, SegmentMembership
from customers.segments import preview
from customers.segments.overlap import overlap
from tests.factories import make_customer, make_segment

pytestmark = pytest.mark.django_db


def segment_of(*members: Customer) -> Segment:
    segment = make_segment()
    SegmentMembership.objects.bulk_create(SegmentMembership(segment=segment, customer=each) for each in members)
    return segment


def test_every_customer_stands_in_exactly_one_region() -> None:
    one, two, three, four = (make_customer() for _number in range(4))
    first, second, third = segment_of(one, two, three), segment_of(two, three), segment_of(three, four)

    regions = overlap([first, second, third])

    assert {region.inside: region.size for region in regions} == {
        (first, second, third): 1,
        (first, second): 1,
        (first, third): 0,
        (second, third): 0,
        (first,): 1,
        (second,): 0,
        (third,): 1,
    }


def test_the_rule_of_a_region_holds_for_exactly_its_customers() -> None:
    one, two, three = (make_customer() for _number in range(3))
    first, second = segment_of(one, two), segment_of(two, three)

    for region in overlap([first, second]):
        assert preview.count(region.rule) == region.size == 1


@pytest.mark.parametrize("how_many", [0, 1, 4])
def test_fewer_than_two_or_more_than_three_are_refused(how_many: int) -> None:
    segments = [segment_of() for _number in range(how_many)]

    with pytest.raises(ValueError, match="two or three"):
        overlap(segments)


def test_a_segment_is_not_compared_with_itself() -> None:
    segment = segment_of()

    with pytest.raises(ValueError, match="different"):
        overlap([segment, segment])
