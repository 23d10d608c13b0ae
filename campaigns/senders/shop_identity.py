"""Who the shop is, by the accounts that its messages leave over."""

from campaigns.models import ChannelAccount
from customers.consent.sender import IDENTITIES, ShopIdentity


def sender_of_accounts() -> ShopIdentity | None:
    """Return the sender of the account that is live, else of the oldest one; None without accounts."""
    account = ChannelAccount.objects.order_by("-is_live", "pk").first()
    if account is None:
        return None
    return ShopIdentity(account.sender_name, account.contact_phone, account.postal_address)


IDENTITIES.register("accounts", sender_of_accounts)
