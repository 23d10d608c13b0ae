"""What a message says: a variant compiled once, rendered for one person, with its mandatory parts.

A value is put in once and escaped for where it lands; what comes out is never taken for a template again.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.html import escape, format_html
from django.utils.translation import gettext as _
from liquid import BoundTemplate
from liquid.exceptions import LiquidError, UndefinedError

from campaigns import compliance, links
from campaigns.errors import ContentRefused
from campaigns.models import Campaign, ChannelAccount, Link, SkipReason, Variant
from campaigns.pipeline import language, markup
from campaigns.pipeline.language import ContentProblem
from campaigns.template_fields import FIELDS, Recipient, values
from customers.models import Customer, CustomerStats

__all__ = ["FIELDS", "CompiledVariant", "ContentProblem", "RenderedEmail", "check", "compile_variant", "render"]

LINE_BREAKS = re.compile(r"[\r\n\x00-\x1f\x7f\u2028\u2029]+")
HIDDEN = "display:none;max-height:0;overflow:hidden;mso-hide:all"
PREVIEW_UNSUBSCRIBE = "#unsubscribe"


@dataclass(frozen=True, slots=True)
class RenderedEmail:
    """A message for one person. The mandatory parts are in `subject`, `html` and `text`, and again by themselves."""

    subject: str
    preheader: str
    html: str
    text: str
    headers: dict[str, str]
    links: list[tuple[int, str]]
    unsubscribe_url: str
    label: str = ""
    footer_html: str = ""
    footer_text: str = ""


@dataclass(frozen=True)
class CompiledVariant:
    """A variant ready to be rendered many times; making one costs milliseconds, rendering it microseconds."""

    campaign: Campaign
    account: ChannelAccount
    subject: BoundTemplate
    preheader: BoundTemplate
    head: str
    body: BoundTemplate
    text: BoundTemplate
    links: tuple[str, ...]
    problems: tuple[ContentProblem, ...] = field(default=())

    @cached_property
    def is_advertising(self) -> bool:
        """Tell whether label, opt-out and one-click headers are due."""
        return compliance.needs_label(self.campaign)

    def render(self, recipient: Recipient, *, message_id: int | None = None) -> RenderedEmail:
        """Return the message for this person; without a message id a preview, whose links lead to their targets.

        Raises:
            ContentRefused: a field without a value or fallback (VAR_MISSING), or a limit of the language was hit.
        """
        addresses = self._addresses(message_id)
        fields = values(recipient)
        with_links = fields | addresses
        subject = _one_line(_fill(self.subject, fields))
        preheader = _one_line(_fill(self.preheader, fields))
        body, text = _fill(self.body, with_links), _fill(self.text, with_links)
        return self._dressed(subject, preheader, body, text, message_id)

    def _addresses(self, message_id: int | None) -> dict[str, object]:
        return {
            markup.link_variable(number): url if message_id is None else links.click_url(message_id, number)
            for number, url in enumerate(self.links, start=1)
        }

    def _dressed(self, subject: str, preheader: str, body: str, text: str, message_id: int | None) -> RenderedEmail:
        """Add what is not the author's: label, preheader, footer, pixel, headers."""
        opt_out = PREVIEW_UNSUBSCRIBE if message_id is None else links.unsubscribe_url(message_id)
        shown = opt_out if self.is_advertising else None
        footer = compliance.footer_html(self.account, unsubscribe_url=shown)
        footer_text = compliance.footer_text(self.account, unsubscribe_url=shown)
        return RenderedEmail(
            subject=compliance.labelled(subject) if self.is_advertising else subject,
            preheader=preheader,
            html=f"{self.head}{_hidden(preheader)}{body}{footer}{_pixel(message_id)}</body></html>",
            text=f"{text}\n\n{footer_text}\n",
            headers=compliance.opt_out_headers(opt_out) if self.is_advertising else {},
            links=list(enumerate(self.links, start=1)),
            unsubscribe_url=opt_out,
            label=compliance.LABEL if self.is_advertising else "",
            footer_html=footer,
            footer_text=footer_text,
        )


def check(variant: Variant) -> list[ContentProblem]:
    """Return everything to mend in a variant, unsaved ones too, warnings last; empty: it can be sent."""
    problems = [
        problem
        for name in ("subject", "preheader", "html", "text")
        for problem in language.problems_of(getattr(variant, name), field=name)
    ]
    if not problems:
        problems = list(compile_variant(variant).problems)
    if not variant.subject.strip():
        problems.append(ContentProblem("subject", _("The subject is empty.")))
    if not variant.html.strip():
        problems.append(ContentProblem("html", _("The content is empty.")))
    step = variant.step
    content = f"{variant.preheader} {variant.html} {variant.text}"
    problems += compliance.lint(step.campaign, step.account, subject=variant.subject, content=content)
    return sorted(problems, key=lambda problem: problem.is_warning)


def compile_variant(variant: Variant) -> CompiledVariant:
    """Parse a variant once: cleaned, styles inlined, links numbered in order of appearance.

    Raises:
        LiquidError: it is not well-formed; `check` says so in words.
    """
    way = markup.Markup()
    head, body, made_text = markup.prepare(variant.html, way)
    text = markup.prepare_text(variant.text, way) if variant.text.strip() else made_text
    campaign = variant.step.campaign
    tags = {"utm_source": "dangol", "utm_medium": "email", "utm_campaign": f"campaign-{campaign.pk}"}
    return CompiledVariant(
        campaign=campaign,
        account=variant.step.account,
        subject=language.parse(variant.subject, is_html=False),
        preheader=language.parse(variant.preheader, is_html=False),
        head=head,
        body=language.parse(body, is_html=True),
        text=language.parse(text, is_html=False),
        links=tuple(markup.tagged(url, tags) for url in way.links),
        problems=tuple(dict.fromkeys(way.problems)),
    )


def store_links(variant: Variant) -> int:
    """Write the variant's links with their numbers, so that clicks find their targets; return how many."""
    compiled = compile_variant(variant)
    Link.objects.bulk_create(
        [Link(variant=variant, number=number, url=url) for number, url in enumerate(compiled.links, start=1)],
        update_conflicts=True,
        unique_fields=["variant", "number"],
        update_fields=["url"],
    )
    variant.links.filter(number__gt=len(compiled.links)).delete()
    return len(compiled.links)


def render(variant: Variant, customer: Customer, *, message_id: int | None = None) -> RenderedEmail:
    """Return the message as this customer would get it; for many, compile once and use `CompiledVariant.render`.

    Raises:
        ContentRefused: see `CompiledVariant.render`.
    """
    compiled = compile_variant(variant)
    return compiled.render(recipient_of(customer, compiled.account), message_id=message_id)


def recipient_of(customer: Customer, account: ChannelAccount) -> Recipient:
    """Return the customer as templates see them; a customer without statistics has bought nothing yet."""
    stats = getattr(customer, "stats", None) or CustomerStats(customer=customer)
    return Recipient(customer=customer, stats=stats, account=account)


def _fill(template: BoundTemplate, fields: dict[str, object]) -> str:
    try:
        return template.render(fields)
    except UndefinedError as error:
        message = _("The customer has no “%s”, and the content has no fallback for it.") % error.message
        raise ContentRefused(SkipReason.VAR_MISSING, message) from error
    except (LiquidError, ArithmeticError, ValueError, TypeError) as error:
        raise ContentRefused("content", str(error)[:300]) from error


def _one_line(text: str) -> str:
    """Return the text without line breaks, which in a header would begin another header."""
    return LINE_BREAKS.sub(" ", text).strip()


def _hidden(preheader: str) -> str:
    return f'<div style="{HIDDEN}">{escape(preheader)}</div>' if preheader else ""


def _pixel(message_id: int | None) -> str:
    if message_id is None:
        return ""
    return format_html('<img src="{}" width="1" height="1" alt="">', links.open_url(message_id))
