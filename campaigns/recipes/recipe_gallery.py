"""The gallery of recipes: what each does, for whom and when, how many it would reach, and the button that makes it."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.automation.versions import MAY_ADD
from campaigns.automation_pages.automation_standing import LOOKS, address
from campaigns.channels.base import CHANNELS
from campaigns.models import Automation, RecipeFigure
from campaigns.recipes import supplies
from campaigns.recipes.base import AD, ENGLISH, INFO, KOREAN, LANGUAGES, Goal, Recipe
from campaigns.recipes.drafting import make_draft
from campaigns.recipes.every import RECIPES
from campaigns.recipes.gaps import left_to_do
from campaigns.recipes.timing import Point, points
from crm_project.errors import BusinessError
from crm_project.queue import kick

COUNT_JOB = "campaigns.tasks.count_recipes"
MAY_SEE = "campaigns.view_automation"


@dataclass(slots=True)
class Card:
    """A recipe as it is drawn."""

    recipe: Recipe
    points: list[Point]
    channels: list[dict[str, object]]
    figure: RecipeFigure | None
    made: list[dict[str, object]] = field(default_factory=list)

    @property
    def purposes(self) -> list[Any]:
        """Return the classes of its messages, advertising first."""
        said = {message.purpose for message in self.recipe.messages}
        return [purpose for purpose in (AD, INFO) if purpose in said]

    @property
    def leads_to(self) -> str:
        """Return the address of the page where the shop has it already, "" for what can be made."""
        return reverse(self.recipe.leads_to) if self.recipe.leads_to else ""


class RecipeGallery:
    """The part of the automations' ModelAdmin that offers recipes."""

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("recipes/", guard(gallery), name="campaigns_recipes"),
            path("recipes/count/", guard(count_anew), name="campaigns_recipes_count"),
            path("recipes/<slug:key>/use/", guard(use), name="campaigns_recipe_use"),
            *super().get_urls(),
        ]


def gallery(request: HttpRequest) -> HttpResponse:
    """Show all recipes by goal."""
    if not request.user.has_perm(MAY_SEE):
        raise PermissionDenied
    cards = _cards()
    newest = max((card.figure.counted_at for card in cards if card.figure), default=None)
    context = admin.site.each_context(request) | {
        "title": _("Recipes"),
        "goals": [{"goal": goal, "cards": [card for card in cards if card.recipe.goal == goal]} for goal in Goal],
        "counted_at": newest,
        "may_use": request.user.has_perm(MAY_ADD),
        "languages": [(KOREAN, "한국어"), (ENGLISH, "English")],
        "language": _language(),
    }
    return render(request, "campaigns/recipes.html", context)


def use(request: HttpRequest, key: str) -> HttpResponse:
    """Make the draft of a recipe and open it in the editor."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    recipe = RECIPES.get(key)
    if recipe is None:
        raise Http404
    language = request.POST.get("language", "")
    language = language if language in LANGUAGES else _language()
    try:
        automation = make_draft(recipe, by=_user(request), language=language)
    except BusinessError as error:
        if not request.user.has_perm(MAY_ADD):
            raise PermissionDenied from error
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("admin:campaigns_recipes"))
    messages.success(request, _("“%s” is a draft now. Read its texts, try it, then ask for approval.") % automation)
    for sentence in left_to_do(recipe, language=language):
        messages.warning(request, sentence)
    return HttpResponseRedirect(address("change", automation))


def count_anew(request: HttpRequest) -> HttpResponse:
    """Have the queue count how many people each recipe would reach."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.has_perm(MAY_ADD):
        raise PermissionDenied
    kick(COUNT_JOB)
    messages.info(request, _("The recipes are being counted. That takes a minute or two; reload the page then."))
    return HttpResponseRedirect(reverse("admin:campaigns_recipes"))


def _cards() -> list[Card]:
    figures = RecipeFigure.objects.in_bulk()
    accounts = supplies.accounts()
    made = _made()
    language = _language()
    return [
        Card(
            recipe,
            points(recipe, language=language),
            [{"channel": CHANNELS[channel], "is_there": channel in accounts} for channel in recipe.channels],
            figures.get(recipe.key),
            made.get(recipe.key, []),
        )
        for recipe in RECIPES
    ]


def _made() -> dict[str, list[dict[str, object]]]:
    """Return the automations made of each recipe that are not stopped, with how they stand, in one query."""
    made = Automation.objects.exclude(recipe="").exclude(status=Automation.Status.STOPPED).order_by("pk")
    found: dict[str, list[dict[str, object]]] = {}
    for automation in made:
        tone, icon = LOOKS[Automation.Status(automation.status)]
        shown = {"automation": automation, "url": address("change", automation), "tone": tone, "icon": icon}
        found.setdefault(automation.recipe, []).append(shown)
    return found


def _language() -> str:
    """Return the language in which drafts are offered first: that of the reader."""
    return ENGLISH if (translation.get_language() or "").startswith(ENGLISH) else KOREAN


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
