"""A coupon in one sentence, as an operator checks it and a customer reads it."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm_project.templatetags.formats import day_text, number_text, won_text
from customers.models import Store
from loyalty.models import Coupon

Kind = Coupon.Kind
NAMED = 3


def benefit(coupon: Coupon) -> str:
    """Say what it gives: “10 % off, at most 5,000 won”."""
    if coupon.kind == Kind.AMOUNT:
        return _("%(amount)s off") % {"amount": won_text(coupon.amount)}
    if coupon.kind == Kind.FREE_SHIPPING:
        return _("free shipping")
    if coupon.kind == Kind.GIFT:
        return _("a gift: %(gift)s") % {"gift": coupon.gift or "…"}
    if coupon.most_off:
        return _("%(percent)s %% off, at most %(most)s") % {
            "percent": coupon.percent,
            "most": won_text(coupon.most_off),
        }
    return _("%(percent)s %% off") % {"percent": coupon.percent}


def sentence(coupon: Coupon) -> str:
    """Say the whole coupon: what it gives, on what, where, when, how often, and how one gets it."""
    parts = [benefit(coupon), goods(coupon), where(coupon), period(coupon), times(coupon), together(coupon)]
    return ", ".join(filter(None, [*parts, price(coupon)])) + "."


def short(coupon: Coupon) -> str:
    """Say what it gives on what, for a line of a list."""
    return ", ".join([benefit(coupon), goods(coupon)])


def conditions(coupon: Coupon) -> list[str]:
    """Return what stands in small print on the customer's coupon."""
    parts = [goods(coupon), where(coupon), period(coupon), times(coupon), together(coupon)]
    return [part[:1].upper() + part[1:] for part in parts if part]


def goods(coupon: Coupon) -> str:
    """Say on which goods, and from which amount on."""
    named = _listed([*coupon.categories, *coupon.products])
    if named and coupon.minimum_amount:
        return _("on %(goods)s from %(minimum)s on") % {"goods": named, "minimum": won_text(coupon.minimum_amount)}
    if named:
        return _("on %(goods)s") % {"goods": named}
    if coupon.minimum_amount:
        return _("on purchases of %(minimum)s or more") % {"minimum": won_text(coupon.minimum_amount)}
    return _("on any purchase")


def where(coupon: Coupon) -> str:
    """Say in which stores or online; nothing where it is good everywhere."""
    if coupon.stores:
        names = dict(Store.objects.filter(external_id__in=coupon.stores).values_list("external_id", "name"))
        return _("at %(stores)s") % {"stores": _listed([names.get(each, each) for each in coupon.stores])}
    return str(coupon.get_sales_channel_display()) if coupon.sales_channel else ""


def period(coupon: Coupon) -> str:
    """Say from when until when."""
    days = coupon.days_valid
    own = ngettext("for %(count)s day after its issue", "for %(count)s days after its issue", days or 0)
    parts = [
        _("from %(day)s") % {"day": day_text(coupon.valid_from)} if coupon.valid_from else "",
        own % {"count": number_text(days)} if days else "",
        _("until %(day)s") % {"day": day_text(coupon.valid_until)} if coupon.valid_until else "",
    ]
    return ", ".join(filter(None, parts))


def times(coupon: Coupon) -> str:
    """Say how often each customer and all of them may use it."""
    each, total = coupon.per_customer_limit, coupon.total_limit
    each_words = ngettext("%(count)s time per customer", "%(count)s times per customer", each or 0)
    total_words = ngettext("%(count)s time altogether", "%(count)s times altogether", total or 0)
    parts = [
        each_words % {"count": number_text(each)} if each else "",
        total_words % {"count": number_text(total)} if total else "",
    ]
    return ", ".join(filter(None, parts))


def together(coupon: Coupon) -> str:
    """Say whether other coupons may be used beside it."""
    if coupon.is_combinable:
        return _("together with other coupons that allow it")
    return _("not together with other coupons")


def price(coupon: Coupon) -> str:
    """Say for how many points one can have it."""
    return _("for %(points)s points") % {"points": number_text(coupon.points_price)} if coupon.points_price else ""


def _listed(names: list[str]) -> str:
    """Name a few, and how many more there are."""
    said = ", ".join(names[:NAMED])
    more = len(names) - NAMED
    if more <= 0:
        return said
    return ngettext("%(names)s and %(count)s more", "%(names)s and %(count)s more", more) % {
        "names": said,
        "count": number_text(more),
    }
