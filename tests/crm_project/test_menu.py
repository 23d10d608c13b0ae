"""The menu shows what exists and what its reader may see."""

import pytest
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.test import RequestFactory

from crm_project import menu
from crm_project.menu import Entry, Section


@pytest.fixture
def sections(monkeypatch):
    entries = (
        Entry("users", "Users", "admin:auth_user_changelist", "auth.view_user"),
        Entry("roles", "Roles", "admin:auth_group_changelist", "auth.view_group"),
        Entry("later", "Later", "admin:page_that_is_not_built"),
    )
    home = Section("Home", "house", "h", (Entry("home", "Home", "admin:index"),))
    monkeypatch.setattr(menu, "SECTIONS", (home, Section("Settings", "settings", "e", entries)))


@pytest.fixture
def counts():
    kept = dict(menu.load_counts()._members)
    cache.clear()
    yield menu.MENU_COUNTS
    menu.MENU_COUNTS._members.clear()
    menu.MENU_COUNTS._members.update(kept)
    cache.clear()


def reader_with(*codenames: str) -> User:
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return User.objects.get(pk=user.pk)


def built(user: User, path: str = "/admin/") -> list[menu.Link]:
    request = RequestFactory().get(path)
    request.user = user
    return menu.build_menu(request)


@pytest.mark.django_db
def test_entries_without_a_page_or_permission_are_hidden(sections):
    drawn = built(reader_with("view_group"))

    assert [section.label for section in drawn] == ["Home", "Settings"]
    assert [link.label for link in drawn[1].links] == ["Roles"]
    assert drawn[1].url == "/admin/auth/group/"


@pytest.mark.django_db
def test_a_section_without_visible_entries_is_hidden(sections):
    assert [section.label for section in built(reader_with())] == ["Home"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "section", "entry"),
    [("/admin/", "Home", "Home"), ("/admin/auth/user/7/change/", "Settings", "Users"), ("/admin/nowhere/", None, None)],
)
def test_the_current_section_and_entry_are_marked(sections, path, section, entry):
    drawn = built(reader_with("view_user", "view_group"), path)

    assert [each.label for each in drawn if each.current] == ([section] if section else [])
    assert [link.label for each in drawn for link in each.links if link.current] == ([entry] if entry else [])


@pytest.mark.django_db
def test_counts_of_the_apps_stand_beside_their_entry_and_section(sections, counts):
    counts.register("users", lambda request: 3)

    drawn = built(reader_with("view_user", "view_group"))

    assert [link.count for link in drawn[1].links] == [3, 0]
    assert drawn[1].count == 3


@pytest.mark.django_db
def test_a_count_is_not_asked_for_on_every_page(sections, counts):
    asked = []
    counts.register("users", lambda request: asked.append(request.path) or 3)
    user = reader_with("view_user")

    built(user)
    built(user)

    assert len(asked) == 1


def test_letters_lead_to_one_section_each():
    letters = [section.letter for section in menu.SECTIONS]

    assert len(letters) == len(set(letters))
