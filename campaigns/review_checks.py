"""What an approver would look up one by one: consent, label, opt-out, hour, links, fields, caps, cost, sender."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from liquid.exceptions import LiquidError

from campaigns import compliance, gateways, lifecycle
from campaigns.channels.base import CompiledContent, Rendered, channel_of
from campaigns.errors import ContentRefused
from campaigns.models import Campaign, ChannelAccount, SkipReason, Variant
from campaigns.pipeline import content, gate
from crm_project.templatetags.formats import ago_text, moment_text, number_text, won_text

# So many customers' mails are made to see whether each can be.
TRIED = 200
# Hosts that stand for an address nobody has put in yet (RFC 2606).
PLACEHOLDER_HOSTS = ("example.com", "example.org", "example.net")


@dataclass(frozen=True, slots=True)
class Check:
    """A line of the check list; tones: good, wait (look at it), bad (cannot be approved), quiet (does not apply)."""

    label: str
    tone: str
    detail: str = ""


@dataclass
class Trial:
    """The campaign's content tried on some of those who would receive it."""

    campaign: Campaign
    variant: Variant

    @cached_property
    def compiled(self) -> CompiledContent | None:
        """Return the content, or None where it is not well-formed; `lifecycle.what_is_missing` says why."""
        try:
            return content.compile_variant(self.variant)
        except LiquidError:
            return None

    @cached_property
    def _tried(self) -> tuple[list[Rendered], list[str]]:
        made, refused = [], []
        if self.compiled is None:
            return made, refused
        for customer in gate.sample_removed(self.campaign, "", TRIED):
            try:
                made.append(self.compiled.render(content.recipient_of(customer, self.variant.account)))
            except ContentRefused as refusal:
                refused.append(str(refusal))
        return made, refused

    @property
    def made(self) -> list[Rendered]:
        """Return the mails that could be made."""
        return self._tried[0]

    @property
    def refused(self) -> list[str]:
        """Return why the others could not."""
        return self._tried[1]

    def _violation(self, made: Rendered) -> SkipReason | None:
        account = self.variant.account
        return channel_of(account).violation(self.campaign, account, made)

    def violations(self, *reasons: SkipReason) -> int:
        """Return how many of the mails break the law in one of these ways."""
        return sum(self._violation(mail) in reasons for mail in self.made)


def checks(campaign: Campaign, variant: Variant, stages: Sequence[gate.Stage], cost: int) -> list[Check]:
    """Return every check of a complete or incomplete campaign, in the order in which one would ask."""
    trial = Trial(campaign, variant)
    account = variant.step.account
    removed = {stage.code: stage.removed for stage in stages}
    return [
        *_missing(campaign),
        _consent(campaign, removed),
        _label(campaign, trial),
        _opt_out(campaign, trial),
        _sender(account),
        _fields(trial),
        *_links(trial),
        *_warnings(variant),
        _hour(campaign),
        _cap(campaign, removed),
        _cost(campaign, cost),
        *_way_out(account),
    ]


def _missing(campaign: Campaign) -> Iterator[Check]:
    for problem in lifecycle.what_is_missing(campaign):
        yield Check(str(problem), "bad")


def _consent(campaign: Campaign, removed: dict[str, int]) -> Check:
    if not compliance.needs_label(campaign):
        return Check(_("Informational: consent to advertising is not asked for"), "wait", campaign.get_information_basis_display())
    without = sum(removed.get(code, 0) for code in (SkipReason.OPTED_OUT, SkipReason.NO_CONSENT))
    left_out = _("%s without it are left out") % number_text(without)
    return Check(_("Only to customers who agreed to advertising by e-mail"), "good", left_out)


def _label(campaign: Campaign, trial: Trial) -> Check:
    if not compliance.needs_label(campaign):
        return Check(_("No (광고): it is information"), "quiet")
    return _law(_("(광고) opens the subject"), trial, SkipReason.LABEL)


def _opt_out(campaign: Campaign, trial: Trial) -> Check:
    if not compliance.needs_label(campaign):
        return Check(_("No way to unsubscribe is due: it is information"), "quiet")
    return _law(_("A way to unsubscribe, in Korean and English"), trial, SkipReason.OPTOUT_LINE)


def _law(label: str, trial: Trial, reason: SkipReason) -> Check:
    broken = trial.violations(reason)
    tried = _("in all %s mails tried") % number_text(len(trial.made))
    if not trial.made:
        return Check(label, "wait", _("no mail could be made to look at"))
    return Check(label, "bad", _("not in %s of the mails tried") % broken) if broken else Check(label, "good", tried)


def _sender(account: ChannelAccount) -> Check:
    identity = (account.sender_name, account.sender_address, account.contact_phone, account.postal_address)
    tone = "good" if all(part.strip() for part in identity) else "bad"
    return Check(_("The sender's name, address and phone are in it"), tone, " · ".join(identity))


def _fields(trial: Trial) -> Check:
    tried = len(trial.made) + len(trial.refused)
    if not trial.refused:
        return Check(_("Every field is filled"), "good", _("tried on %s customers") % number_text(tried))
    some = ngettext(
        "%(count)s of %(tried)s customers tried would get no mail.",
        "%(count)s of %(tried)s customers tried would get no mail.",
        len(trial.refused),
    ) % {"count": len(trial.refused), "tried": tried}
    return Check(_("A field is empty for some"), "wait", f"{some} {trial.refused[0]}")


def _links(trial: Trial) -> Iterator[Check]:
    urls = trial.compiled.links if trial.compiled else ()
    if not urls:
        yield Check(_("It has no link"), "wait", _("Clicks and what they earn cannot be measured."))
        return
    hosts = dict.fromkeys(urlsplit(url).hostname or url for url in urls)
    placeholders = [host for host in hosts if host.endswith(PLACEHOLDER_HOSTS)]
    if placeholders:
        yield Check(_("A link still leads to a placeholder"), "wait", ", ".join(placeholders))
    insecure = [url for url in urls if urlsplit(url).scheme == "http"]
    if insecure:
        yield Check(_("A link is not encrypted (http)"), "wait", insecure[0])
    if not placeholders and not insecure:
        count = ngettext("%s link, encrypted", "%s links, all encrypted", len(urls)) % len(urls)
        yield Check(count, "good", ", ".join(hosts))


def _warnings(variant: Variant) -> Iterator[Check]:
    for problem in content.check(variant):
        if problem.is_warning:
            yield Check(str(problem), "wait")


def _hour(campaign: Campaign) -> Check:
    at = campaign.scheduled_at
    if at is None:
        return Check(_("Leaves at once when approved"), "good", _("E-mail may be sent at night too (L-06)."))
    if at < timezone.now():
        over = _("%(moment)s, %(ago)s. It leaves at once when approved.")
        return Check(_("Its time has passed"), "wait", over % {"moment": moment_text(at), "ago": ago_text(at)})
    return Check(_("Leaves at %s") % moment_text(at), "good", _("E-mail may be sent at night too (L-06)."))


def _cap(campaign: Campaign, removed: dict[str, int]) -> Check:
    if not compliance.needs_label(campaign):
        return Check(_("Caps do not hold back information"), "quiet")
    most = {"day": settings.ADS_PER_DAY, "week": settings.ADS_PER_WEEK}
    label = _("At most %(day)s advertisement a day and %(week)s in seven days each") % most
    return Check(label, "good", _("%s have had enough and are left out") % number_text(removed.get("FREQ_CAP", 0)))


def _cost(campaign: Campaign, cost: int) -> Check:
    if campaign.cost_limit is None:
        return Check(_("No cost limit is set"), "quiet", _("it costs %s") % won_text(cost))
    both = _("%(cost)s of at most %(limit)s") % {"cost": won_text(cost), "limit": won_text(campaign.cost_limit)}
    if cost > campaign.cost_limit:
        return Check(_("It costs more than its limit"), "bad", both)
    return Check(_("Within its cost limit"), "good", both)


def _way_out(account: ChannelAccount) -> Iterator[Check]:
    if account.paused_at:
        yield Check(_("Its sending account is paused; it waits until that is resumed"), "wait", account.pause_reason)
    if gateways.is_live(account):
        yield Check(_("Live: real e-mails leave over “%s”") % account.name, "wait")
    else:
        yield Check(_("Sandbox: nothing leaves, the mails are only written down"), "quiet", account.name)
