"""The pages of a segment: build its rule with the live count beside it, or read it; and what they ask meanwhile."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from crm_project.charts import Chart, Series
from crm_project.queue import kick
from customers import access_log
from customers.customer_lists import CHANNEL_ICONS
from customers.masking import CustomerView
from customers.models import AccessLogEntry, Customer, Segment, SegmentMove, SegmentSize
from customers.models.consent import Channel
from customers.segments import preview, rules, uses
from customers.segments.conditions import CONDITIONS, Topic
from customers.segments.errors import PreviewTooSlowError, RuleError
from customers.segments.explain import explain
from customers.segments.pages.segment_form import SegmentForm, read_rule
from customers.segments.ready import ready_starts, start_in_address
from customers.segments.refresh import ONE_JOB
from customers.segments.values import Lookup

if TYPE_CHECKING:
    from customers.segments.pages.segment_admin import SegmentAdmin

DAYS_OF_CHART = 90
MOVES_SHOWN = 12


def edit(request: HttpRequest, admin: "SegmentAdmin", *, segment: Segment | None) -> HttpResponse:
    """Show the builder and store what it sends; the queue refreshes a changed segment at once."""
    start = start_in_address(request.GET) if segment is None else None
    given = {"rule": start.rule, "name": start.name} if start else {"rule": {"all": []}} if segment is None else None
    form = SegmentForm(request.POST or None, instance=segment, initial=given)
    if request.method == "POST" and form.is_valid():
        return _store(request, admin, form, is_new=segment is None)
    rule = form["rule"].value()
    context = _frame(request, admin, segment) | {
        "form": form,
        "schema": _schema(),
        "labels": _labels(segment.rule if segment and not form.is_bound else _read_leniently(rule)),
        "refused_at": list(form.refused_at) if form.refused_at is not None else None,
        "starts": ready_starts() if segment is None and not start else [],
    }
    return render(request, "segments/edit.html", context)


def read(request: HttpRequest, admin: "SegmentAdmin", *, segment: Segment) -> HttpResponse:
    """Show a segment to somebody who may look and not change."""
    context = _frame(request, admin, segment) | {"beside": _beside_saved(request, segment)}
    return render(request, "segments/read.html", context)


@require_POST
def measure(request: HttpRequest, admin: "SegmentAdmin") -> JsonResponse:
    """Answer the builder: the sentence, the count, ten members, and each condition's own count. Stores nothing."""
    _refuse_who_may_not_build(request, admin)
    segment_id = request.POST.get("segment", "")
    try:
        rule = read_rule(request.POST.get("rule", "")[: rules.MOST_BYTES * 2])
        rules.check(rule, segment_id=int(segment_id) if segment_id.isdecimal() else None)
        measured = preview.measure(rule)
        beside = _beside(request, rule, measured)
    except RuleError as error:
        return JsonResponse({"refused": str(error), "numbers": error.numbers})
    except ValidationError as error:
        return JsonResponse({"refused": " ".join(error.messages), "numbers": []})
    except PreviewTooSlowError as error:
        return JsonResponse({"sentence": rules.sentence(rule), "refused": str(error), "numbers": []})
    counts = [[list(numbers), count] for numbers, count in measured.by_place.items()]
    return JsonResponse({"sentence": rules.sentence(rule), "counts": counts, "beside": beside})


@require_GET
def choices(request: HttpRequest, admin: "SegmentAdmin") -> JsonResponse:
    """Find stores, categories, segments and the like for a field of a condition."""
    _refuse_who_may_not_build(request, admin)
    condition = CONDITIONS.get(request.GET.get("condition", ""))
    value = condition.lookup(request.GET.get("field", "")) if condition else None
    search = getattr(value, "search", None)
    found = search(request.GET.get("q", "").replace("\0", "")[:100]) if search else []
    return JsonResponse({"choices": [[name, str(label)] for name, label in found]})


@require_POST
def refresh_now(request: HttpRequest, admin: "SegmentAdmin", *, segment_id: int) -> HttpResponse:
    """Have the queue refresh the segment in full."""
    segment = get_object_or_404(Segment, pk=segment_id)
    if not admin.has_change_permission(request, segment):
        raise PermissionDenied
    kick(ONE_JOB, segment.pk)
    messages.info(request, _("“%(name)s” is being refreshed.") % {"name": segment})
    return HttpResponseRedirect(reverse("admin:customers_segment_change", args=[segment.pk]))


def state_of(segment: Segment) -> dict[str, str]:
    """Return the word and the tone for how the segment's refreshing goes."""
    if not segment.is_active:
        return {"word": _("inactive"), "tone": "quiet"}
    if segment.refresh_error:
        return {"word": _("refresh failed"), "tone": "bad"}
    if segment.refreshing_until and segment.refreshing_until < timezone.now():
        return {"word": _("refresh stuck"), "tone": "bad"}
    if segment.refreshing_until or segment.refreshed_at is None:
        return {"word": _("refreshing"), "tone": "busy"}
    return {"word": _("active"), "tone": "good"}


def _store(request: HttpRequest, admin: "SegmentAdmin", form: SegmentForm, *, is_new: bool) -> HttpResponse:
    segment = form.save(commit=False)
    if is_new:
        segment.created_by = request.user
    # Not what a refresh may have written since the form was read.
    segment.save(update_fields=None if is_new else form.changed_data)
    kick(ONE_JOB, segment.pk)
    changes = admin.construct_change_message(request, form, None, add=is_new)
    (admin.log_addition if is_new else admin.log_change)(request, segment, changes)
    messages.success(request, _("“%(name)s” is saved; its members are being counted.") % {"name": segment})
    return HttpResponseRedirect(reverse("admin:customers_segment_change", args=[segment.pk]))


def _refuse_who_may_not_build(request: HttpRequest, admin: "SegmentAdmin") -> None:
    if not (admin.has_add_permission(request) or admin.has_change_permission(request)):
        raise PermissionDenied


def _frame(request: HttpRequest, admin: "SegmentAdmin", segment: Segment | None) -> dict[str, Any]:
    context = admin.admin_site.each_context(request) | {
        "title": segment.name if segment else _("New segment"),
        "opts": Segment._meta,
        "segment": segment,
    }
    if segment is None:
        return context
    return context | {
        "state": state_of(segment),
        "sentence": _sentence_or_error(segment.rule),
        "chart": _size_chart(segment),
        "moves": _moves(request, segment),
        "uses": uses.uses_of([segment])[segment.pk],
        "explanation": _explanation(request, segment),
        "explained": request.GET.get("customer", ""),
        "may_delete": admin.has_delete_permission(request, segment),
    }


def _sentence_or_error(rule: object) -> str:
    try:
        return rules.sentence(rule)
    except RuleError as error:
        return str(error)


def _beside(request: HttpRequest, rule: object, measured: preview.Measured) -> str:
    """Return the column at the right as HTML: figures for whoever builds, members for whoever may see customers."""
    members = None
    if request.user.has_perm("customers.view_customer"):
        members = [(customer, CustomerView(customer)) for customer in preview.sample(rule)]
    channels = [
        {"icon": CHANNEL_ICONS[channel], "label": Channel(channel).label, "count": count}
        for channel, count in measured.reachable.items()
    ]
    context = {"measured": measured, "channels": channels, "members": members, "now": timezone.now()}
    return render_to_string("segments/beside.html", context, request=request)


def _beside_saved(request: HttpRequest, segment: Segment) -> str:
    try:
        return _beside(request, segment.rule, preview.measure(segment.rule))
    except (RuleError, PreviewTooSlowError) as error:
        return render_to_string("segments/beside.html", {"refused": str(error)}, request=request)


def _size_chart(segment: Segment) -> Chart | None:
    sizes = list(SegmentSize.objects.filter(segment=segment).order_by("-day")[:DAYS_OF_CHART])[::-1]
    if len(sizes) < 2:
        return None
    return Chart(
        title=_("Members by day"),
        labels=[f"{size.day:%m-%d}" for size in sizes],
        series=[Series(_("Members"), [size.size for size in sizes])],
        x=_("Day"),
        y=_("Members"),
        way="number",
        axis_way="number_short",
        height=180,
    )


def _moves(request: HttpRequest, segment: Segment) -> list[tuple[SegmentMove, CustomerView]]:
    if not request.user.has_perm("customers.view_customer"):
        return []
    moves = SegmentMove.objects.filter(segment=segment).select_related("customer").order_by("-moved_at", "-pk")
    return [(move, CustomerView(move.customer)) for move in moves[:MOVES_SHOWN]]


def _explanation(request: HttpRequest, segment: Segment) -> dict[str, Any] | None:
    number = request.GET.get("customer", "").replace("\0", "").strip()
    if not number or not request.user.has_perm("customers.view_customer"):
        return None
    customer = Customer.objects.living().filter(external_id=number[:100]).first()
    if customer is None:
        return {"problem": _("There is no customer %(number)s.") % {"number": number[:100]}}
    access_log.record(request, AccessLogEntry.Action.VIEW, customer=customer)
    try:
        return {"tree": explain(segment.rule, customer), "customer": customer}
    except RuleError as error:
        return {"problem": str(error)}


def _schema() -> dict[str, Any]:
    """Return what the builder knows: topics, conditions, its words, and the order of a condition's fields."""
    return {
        "topics": [[value, str(label)] for value, label in Topic.choices],
        "conditions": [condition.schema() for condition in CONDITIONS],
        # Translators: the fields of one condition in the order of a sentence. Reorder the words; keep every one.
        "order": pgettext("order of fields", "condition detail operator value more window").split(),
        "words": _words(),
    }


def _words() -> dict[str, str]:
    return {
        "all": _("all of these"),
        "any": _("any of these"),
        "match": _("Customers for whom"),
        "not": _("not"),
        "add_condition": _("Condition"),
        "add_group": _("Group"),
        "duplicate": _("Duplicate"),
        "move": _("Pull to move, or press the arrow keys"),
        "narrow": _("narrow down …"),
        "fold": _("Fold up"),
        "unfold": _("Unfold"),
        "negate": _("Turn into its opposite"),
        "remove": _("Remove"),
        "remove_one": _("Remove %(name)s"),
        "empty": _("Nothing here yet. Add a condition."),
        "any_choice": _("any"),
        "find": _("Type to search"),
        "people": _("%(count)s people"),
        "from": _("from"),
        "to": _("to"),
        "counting": _("counting …"),
        "offline": _("The count could not be fetched. It is tried again at the next change."),
    }


def _read_leniently(text: Any) -> Any:
    """Return the rule that is shown in the form, or None where it cannot be read."""
    if not isinstance(text, str):
        return text
    try:
        return read_rule(text)
    except ValidationError:
        return None


def _labels(rule: Any) -> dict[str, str]:
    """Return how the rule's looked-up values are shown: "condition field value" → label."""
    try:
        nodes = list(rules.conditions_of(rules.parse(rule)))
    except RuleError:
        return {}
    labels = {}
    for node in nodes:
        for key in set(node.part) - {"is", "op"}:
            kind = node.condition.lookup(key)
            if isinstance(kind, Lookup):
                said = zip(node.part[key], kind.words_of(node.part[key]), strict=True)
                labels |= {f"{node.condition.name} {key} {value}": label for value, label in said}
    return labels
