"""What a segment can ask about loyalty. Each part stands in the room of what it asks about."""

from loyalty.accounts import points_conditions  # noqa: F401 (registered by being imported)
from loyalty.coupons import segment_facts  # noqa: F401 (registered by being imported)
from loyalty.referrals import referral_conditions  # noqa: F401 (registered by being imported)
from loyalty.tiers import tier_conditions  # noqa: F401 (registered by being imported)
