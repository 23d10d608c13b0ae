"""The documents say what is there: every setting, every rule, no dead link, no picture too large."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import resolve

ROOT = Path(settings.BASE_DIR)
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LARGEST_PICTURE = 300_000  # bytes
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)|<img[^>]+src=\"([^\"]+)\"")
MENTIONED_PATH = re.compile(
    r"`((?:tests|docs|scripts|deploy|crm_project|customers|campaigns|loyalty|analytics|locale)/[\w./-]*)`"
)
SETTING_READ = re.compile(r"env\.\w+\(\s*\"(\w+)\"|secret\(\"(\w+)\"\)")
SETTING_TOLD = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)
APPS = ("crm_project", "customers", "loyalty", "campaigns", "analytics")
RULE = re.compile(r"\b([LPEUIFNKG]-\d\d)\b")
RULE_TOLD = re.compile(r"^\| ([LPEUIFNKG]-\d\d) \|", re.MULTILINE)
MAKE_TARGET = re.compile(r"`make ([\w-]+)")
API_ADDRESS = re.compile(r"`(/api/v1/[a-z]+/)`")


def targets(document: Path) -> set[str]:
    found = {link or image for link, image in LINK.findall(document.read_text("utf-8"))}
    return {target for target in found if not target.startswith(("http:", "https:", "mailto:"))}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    missing = {target for target in targets(document) if not (document.parent / target).exists()}

    assert missing == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_is_mentioned_exists(document: Path) -> None:
    mentioned = set(MENTIONED_PATH.findall(document.read_text("utf-8")))

    assert {path for path in mentioned if not (ROOT / path).exists()} == set()


def test_every_setting_read_from_the_environment_is_told_and_none_else() -> None:
    source = "".join((ROOT / "crm_project" / name).read_text("utf-8") for name in ("settings.py", "shop_policy.py"))
    read = {name or secret for name, secret in SETTING_READ.findall(source)}

    told = set(SETTING_TOLD.findall((ROOT / "docs" / "production.md").read_text("utf-8")))

    assert told == read


def test_every_address_of_the_api_that_is_told_exists() -> None:
    told = API_ADDRESS.findall((ROOT / "docs" / "integrators.md").read_text("utf-8"))

    assert len(told) >= 6
    for address in told:
        resolve(address)


def test_pictures_are_light() -> None:
    pictures = (ROOT / "docs" / "images").glob("*.png")

    assert {picture.name for picture in pictures if picture.stat().st_size > LARGEST_PICTURE} == set()


def test_every_rule_that_the_code_names_is_told_and_none_else() -> None:
    sources = [path for app in APPS for kind in ("*.py", "*.html") for path in (ROOT / app).rglob(kind)]
    named = {rule for path in sources for rule in RULE.findall(path.read_text("utf-8"))}

    told = set(RULE_TOLD.findall((ROOT / "docs" / "rules.md").read_text("utf-8")))

    assert told == named


def test_every_target_that_make_announces_has_a_rule() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    announced = set(re.findall(r'echo "make ([\w-]+)', makefile)) | set(
        re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()
    )
    told = {target for document in DOCUMENTS for target in MAKE_TARGET.findall(document.read_text("utf-8"))}
    ruled = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))

    assert len(announced) > 20
    assert (announced | told) - ruled == set()
