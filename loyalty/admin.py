"""The admin of loyalty. The pages stand in the rooms of what they show."""

from loyalty.accounts import account_admin  # noqa: F401 (registered by being imported)
from loyalty.adjustments import adjustment_admin  # noqa: F401 (registered by being imported)
from loyalty.coupons import coupon_admin  # noqa: F401 (registered by being imported)
from loyalty.desk.pages import tables_admin  # noqa: F401 (registered by being imported)
from loyalty.earning import award_admin, rule_admin, terms_admin  # noqa: F401 (registered by being imported)
from loyalty.figures import rows_admin  # noqa: F401 (registered by being imported)
from loyalty.program import program_admin  # noqa: F401 (registered by being imported)
from loyalty.referrals import referral_admin  # noqa: F401 (registered by being imported)
from loyalty.staff_alerts import alert_admin  # noqa: F401 (registered by being imported)
from loyalty.tiers.pages import tier_admin  # noqa: F401 (registered by being imported)
from loyalty.till import terminal_admin  # noqa: F401 (registered by being imported)
