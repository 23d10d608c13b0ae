"""What this app puts on the customer page. Each part stands in the room of what it shows."""

from loyalty.accounts import customer_panel as points_panel  # noqa: F401 (registered by being imported)
from loyalty.coupons import customer_panel  # noqa: F401 (registered by being imported)
from loyalty.referrals import customer_panel as referrals_panel  # noqa: F401 (registered by being imported)
from loyalty.tiers import customer_panel as tiers_panel  # noqa: F401 (registered by being imported)
