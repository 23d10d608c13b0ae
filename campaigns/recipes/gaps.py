"""What an operator still has to do about a draft that was made of a recipe, each as a sentence."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from campaigns.channels.base import CHANNELS
from campaigns.recipes import supplies
from campaigns.recipes.base import KOREAN, Recipe
from campaigns.recipes.drafting import ALIMTALK
from campaigns.recipes.wording import SHOP
from customers.feedback import ready_surveys
from customers.models import Survey
from loyalty.models import Coupon


def left_to_do(recipe: Recipe, *, language: str) -> list[str]:
    """Return what is to be done before the draft of a recipe can be reviewed, and what would make it reach more."""
    accounts = supplies.accounts()
    found = [*_offers(recipe, language), *_templates(recipe, language, accounts), *_channels(recipe, accounts)]
    if supplies.shop_address() == SHOP:
        found.append(
            _("The links lead to %s. Put your shop’s address there, or add a web tracker with it before.") % SHOP
        )
    return list(dict.fromkeys(found))


def _offers(recipe: Recipe, language: str) -> Iterator[str]:
    for message in recipe.messages:
        coupon = message.coupon and supplies.find_coupon(message.coupon, language)
        if coupon and coupon.status != Coupon.Status.RUNNING:
            yield _("Look at the coupon “%s” and start it: its terms are a promise from then on.") % coupon
        survey = message.survey and ready_surveys.find(message.survey)
        if survey and survey.status != Survey.Status.OPEN:
            yield _("Read the survey “%s” and open it.") % survey


def _templates(recipe: Recipe, language: str, accounts: supplies.Accounts) -> Iterator[str]:
    account = accounts.get(ALIMTALK)
    for message in recipe.messages if account and language == KOREAN else ():
        content = message.contents.get(ALIMTALK, {}).get(language)
        template = supplies.find_template(content, account) if content and account else None
        if template and not template.is_approved:
            yield (
                _("Hand the AlimTalk template “%s” in to Kakao; once it is approved, add it as the first way.")
                % template
            )


def _channels(recipe: Recipe, accounts: supplies.Accounts) -> Iterator[str]:
    missing = [str(CHANNELS[channel].label) for channel in recipe.channels if channel not in accounts]
    if missing:
        yield _("It was written for %s as well, for which there is no sending account yet.") % ", ".join(missing)
