"""Rules in words: "Every purchase earns 1 point per 100 won, from 10,000 won." What staff and operators read."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm_project.templatetags.formats import day_text, number_text
from customers.models import Order, Segment, Store
from loyalty.earning.calculation import Award
from loyalty.earning.rule_sets import Reward, Rule
from loyalty.models import EarningRule, Tier

Kind = EarningRule.Kind
NAMED = 3


@dataclass(frozen=True)
class Names:
    """What the numbers in rules are called."""

    stores: dict[int, str] = field(default_factory=dict)
    tiers: dict[int, str] = field(default_factory=dict)
    segments: dict[int, str] = field(default_factory=dict)


def names_for(rules: Iterable[Rule]) -> Names:
    """Look up the names that these rules need, in three queries at most."""
    rules = list(rules)
    stores = {pk for rule in rules for pk in rule.stores}
    tiers, segments = {rule.tier for rule in rules} - {None}, {rule.segment for rule in rules} - {None}
    return Names(
        stores=dict(Store.objects.filter(pk__in=stores).values_list("pk", "name")) if stores else {},
        tiers=dict(Tier.objects.filter(pk__in=tiers).values_list("pk", "name")) if tiers else {},
        segments=dict(Segment.objects.filter(pk__in=segments).values_list("pk", "name")) if segments else {},
    )


def sentence(rule: Rule, names: Names) -> str:
    """Return what a rule gives, for what and under which conditions."""
    said = ", ".join([_main(rule, names) % {"gives": gives(rule)}, *_conditions(rule, names)])
    return _("%(said)s.") % {"said": said}


def gives(rule: Rule) -> str:
    """Return what a rule gives."""
    number = number_text(abs(rule.value))
    if rule.reward == Reward.WON_PER_POINT:
        return _("1 point per %(number)s won") % {"number": number}
    if rule.reward == Reward.PERCENT_OF_BASE and rule.value < 0:
        return _("%(number)s %% fewer points than usual") % {"number": number}
    if rule.reward == Reward.PERCENT_OF_BASE:
        return _("%(number)s %% more points than usual") % {"number": number}
    points = ngettext("%(number)s point", "%(number)s points", abs(rule.value)) % {"number": number}
    return _("%(points)s per 1,000 won") % {"points": points} if rule.reward == Reward.PER_MILLE else points


def reason(award: Award) -> str:
    """Return how a rule came to its points: "12,900 won · 1 point per 100 won → 129"."""
    parts = {"won": number_text(award.won), "gives": gives(award.rule), "points": f"{award.points:,}"}
    if award.points == 0 and award.won < award.rule.minimum_won:
        least = number_text(award.rule.minimum_won)
        return _("%(won)s won, less than %(least)s won → 0") % {"won": parts["won"], "least": least}
    if award.rule.most_points is not None and award.points == award.rule.most_points:
        return _("%(won)s won · %(gives)s → %(points)s, the most it gives") % parts
    return _("%(won)s won · %(gives)s → %(points)s") % parts


def _main(rule: Rule, names: Names) -> str:
    """Return the clause with a place for what is given; what the kind itself says is not said again."""
    fixed = {
        Kind.BASE: _("Every purchase earns %(gives)s"),
        Kind.FIRST_PURCHASE: _("The first purchase earns %(gives)s"),
        Kind.BIRTHDAY: _("A purchase in the month of the birthday earns %(gives)s"),
        Kind.REVIEW: _("A review earns %(gives)s"),
        Kind.SURVEY: _("An answered survey earns %(gives)s"),
        Kind.REFERRAL: _("A referral earns %(gives)s"),
        Kind.VISIT: _("A visit earns %(gives)s"),
    }
    if rule.kind in fixed:
        return fixed[Kind(rule.kind)]
    clause, who = {
        Kind.CATEGORY: (_("Goods of %(what)s earn {gives}"), _listed(rule.categories)),
        Kind.STORE: (_("A purchase at %(what)s earns {gives}"), _stores(rule, names)),
        Kind.CHANNEL: (_("A purchase %(what)s earns {gives}"), _channel(rule)),
        Kind.TIER: (_("A purchase by %(what)s earns {gives}"), names.tiers.get(rule.tier or 0, "?")),
        Kind.CAMPAIGN: (_("A purchase by the segment %(what)s earns {gives}"), _segment(rule, names)),
    }[Kind(rule.kind)]
    # A name may hold a percent sign; the place for what is given must not be taken for one of its own.
    return (clause % {"what": who}).replace("%", "%%").replace("{gives}", "%(gives)s")


def _conditions(rule: Rule, names: Names) -> list[str]:
    said = [
        (rule.categories and rule.kind != Kind.CATEGORY, _("only goods of %s") % _listed(rule.categories)),
        (rule.stores and rule.kind != Kind.STORE, _("only at %s") % _stores(rule, names)),
        (rule.channel and rule.kind != Kind.CHANNEL, _("only %s") % _channel(rule)),
        (rule.tier and rule.kind != Kind.TIER, _("only %s") % names.tiers.get(rule.tier or 0, "?")),
        (rule.segment and rule.kind != Kind.CAMPAIGN, _("only the segment %s") % _segment(rule, names)),
        (rule.minimum_won, _("from %s won") % number_text(rule.minimum_won)),
        (rule.most_points is not None, _("at most %s points") % number_text(rule.most_points or 0)),
        (rule.times_per_month is not None, _("at most %s times a month") % rule.times_per_month),
        (rule.starts_on, _("from %s on") % (rule.starts_on and day_text(rule.starts_on))),
        (rule.ends_on, _("until %s") % (rule.ends_on and day_text(rule.ends_on))),
    ]
    return [clause for is_said, clause in said if is_said]


def _channel(rule: Rule) -> str:
    return _("in a store") if rule.channel == Order.SalesChannel.STORE else _("online")


def _stores(rule: Rule, names: Names) -> str:
    return _listed([names.stores.get(pk, "?") for pk in rule.stores])


def _segment(rule: Rule, names: Names) -> str:
    return f"“{names.segments.get(rule.segment or 0, '?')}”"


def _listed(words: Iterable[str]) -> str:
    """Return words one after the other, of many the first few and how many more there are."""
    words = list(words)
    shown = ", ".join(words[:NAMED])
    more = len(words) - NAMED
    return _("%(shown)s and %(more)s more") % {"shown": shown, "more": more} if more > 0 else shown
