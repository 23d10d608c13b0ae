"""The rules of the house that a machine can check: who may import whom, and how rooms are named."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("customers", "loyalty", "campaigns", "analytics")
MAY_IMPORT = {
    "floor": set(),
    "customers": {"floor"},
    "loyalty": {"floor", "customers"},
    "campaigns": {"floor", "customers", "loyalty"},
    "analytics": {"floor", "customers", "loyalty", "campaigns"},
}
# The modules of crm_project that know every app. Everything else there is the floor.
ROOF = {"urls", "api", "schedules", "demo", "management", "home"}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "services", "service", "managers", "manager", "common", "misc"}
LONGEST_MODULE = 300
TRANSLATING = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}


def modules() -> list[Path]:
    return sorted(
        path for top in ("crm_project", *APPS) for path in (ROOT / top).rglob("*.py") if "migrations" not in path.parts
    )


def floor_of(module: str) -> str | None:
    """Return the level a dotted module belongs to; None for the roof and for what is not ours."""
    parts = module.split(".")
    if parts[0] in APPS:
        return parts[0]
    if parts[0] == "crm_project" and not (len(parts) > 1 and parts[1] in ROOF):
        return "floor"
    return None


def imported_modules(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            yield node.lineno, node.module or ""
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_imports_go_down_only() -> None:
    wrong = []
    for path in modules():
        level = floor_of(dotted(path))
        if level is None:
            continue
        for line, imported in imported_modules(path):
            target = floor_of(imported)
            is_roof = imported.startswith("crm_project.") and target is None
            if is_roof or (target and target != level and target not in MAY_IMPORT[level]):
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {imported}")

    assert wrong == []


def test_only_the_queue_module_knows_the_queue_library() -> None:
    allowed = {"crm_project/queue.py", "crm_project/schedules.py", "crm_project/admin.py", "crm_project/supervisor.py"}
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in modules()
        if str(path.relative_to(ROOT)) not in allowed and "management" not in path.parts
        for line, imported in imported_modules(path)
        if imported.split(".")[0] == "django_q"
    ]

    assert wrong == []


def test_no_room_has_a_vague_name() -> None:
    assert [str(path) for path in modules() if {*path.parts, path.stem} & VAGUE_NAMES] == []


def test_no_module_is_longer_than_one_idea() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}

    assert {path: length for path, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_no_workflow_hangs_on_a_signal() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in modules()
        for line, imported in imported_modules(path)
        if imported.startswith(("django.dispatch", "django.db.models.signals"))
    ]

    assert wrong == []


def test_nothing_is_translated_inside_an_f_string() -> None:
    """What collects the texts for translators does not look in there, so it would stay English."""
    hidden = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in modules()
        for text in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in TRANSLATING
    ]

    assert hidden == []


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    if not source.strip():
        return  # an empty package marker

    assert ast.get_docstring(ast.parse(source)), f"{path.relative_to(ROOT)} opens without a docstring"
