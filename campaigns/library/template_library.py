"""The library of messages to start from: those that come with the product and those that the shop keeps."""

from collections.abc import Iterator

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from campaigns.editor.content_forms import CampaignContent
from campaigns.editor.typed_content import Place, TypedContent, texts_of, with_texts
from campaigns.errors import NotAllowed, NotReady
from campaigns.library.starter_templates import STARTERS, StarterTemplate, content_of, starter_named
from campaigns.models import ChannelAccount, MessageTemplate

MAY_KEEP = "campaigns.add_messagetemplate"


def templates() -> Iterator[tuple[str, MessageTemplate | StarterTemplate]]:
    """Yield (key, template) of the whole library, the shop's own first."""
    for own in MessageTemplate.objects.all():
        yield str(own.pk), own
    for starter in STARTERS:
        yield starter.key, starter


def template_named(key: str) -> MessageTemplate | StarterTemplate | None:
    """Return the template of that key, None where there is none."""
    if key.isascii() and key.isdecimal():
        return MessageTemplate.objects.filter(pk=int(key)).first()
    return starter_named(key)


def account_for(channel: str) -> ChannelAccount | None:
    """Return the account to begin with on a channel: one that is live before one that is not."""
    return ChannelAccount.objects.filter(channel=channel).order_by("-is_live", "pk").first()


def applied(typed: TypedContent, place: Place | None, *, key: str) -> TypedContent:
    """Return the content with a template's words at a place; its way must be of the template's channel.

    Without a place, the first way goes over an account of the channel. Nothing changes where the template or such an
    account is not there.
    """
    template = template_named(key)
    account = account_for(template.channel) if template else None
    if template is None or account is None:
        return typed
    if place is None:
        typed, place = TypedContent(ways=(str(account.pk),)), Place(0)
    elif (way := CampaignContent(typed).ways[place.way]).account and way.account.channel == template.channel:
        account = way.account
    else:
        return typed
    return with_texts(typed, place, texts_of(content_of(template), account=account))


def keep(typed: TypedContent, place: Place, *, name: str, by: User) -> str:
    """Keep the content at a place in the library under a name that is not taken; return the name.

    Raises:
        NotAllowed: `by` may not add templates.
        NotReady: there is no name, or it is taken; or no account, so nothing could be written.
    """
    if not by.has_perm(MAY_KEEP):
        raise NotAllowed(_("You may not add to the template library. Ask somebody with the permission."))
    name = name.strip()[:100]
    if not name:
        raise NotReady([_("Give the template a name.")])
    if MessageTemplate.objects.filter(name=name).exists():
        raise NotReady([_("There is a template named “%s” already. Choose another name.") % name])
    cell = CampaignContent(typed, fills_new=True).cells.get(place)
    if cell is None:
        raise NotReady([_("Choose a sending account.")])
    words = cell.form.values()
    MessageTemplate.objects.create(name=name, channel=cell.way.account.channel, author=by, **words)
    return name
