"""Settings that would hurt in production are named before they do."""

import copy
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as project

from crm_project import checks, own_secrets
from crm_project import settings as environment_settings


def ids(found: list[object]) -> list[str]:
    return [each.id for each in found]


def spoilt_queue(cluster: str | None = None, **changes: object) -> dict[str, object]:
    values = copy.deepcopy(project.Q_CLUSTER)
    (values["ALT_CLUSTERS"][cluster] if cluster else values).update(changes)
    return values


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (spoilt_queue(), []),
        (spoilt_queue(name="worker"), ["dangol.E001"]),
        (spoilt_queue(retry=100), ["dangol.E002"]),
        (spoilt_queue("bulk", retry=1200), ["dangol.E002"]),
        (spoilt_queue("bulk", workers=1), ["dangol.E002"]),
        (spoilt_queue(timeout=45), ["dangol.E003"]),
        (spoilt_queue("bulk", timeout=500), ["dangol.E003"]),
    ],
)
def test_the_queue_s_times_must_fit(settings: object, values: dict[str, object], expected: list[str]) -> None:
    settings.Q_CLUSTER = values

    assert ids(checks.queue_settings()) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"CONN_MAX_AGE": None}, []),
        ({"CONN_MAX_AGE": 0}, ["dangol.E004"]),
        ({"OPTIONS": {"pool": True}}, ["dangol.E005"]),
    ],
)
def test_connections_are_kept_and_not_pooled(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, object], expected: list[str]
) -> None:
    monkeypatch.setattr(project, "DATABASES", {"default": {"CONN_MAX_AGE": 600} | changes})

    assert ids(checks.database_settings()) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://crm.example.com", []),
        ("http://127.0.0.1:8000", []),
        ("crm.example.com", ["dangol.E006"]),
        ("https://", ["dangol.E006"]),
        ("https://example.com/crm", ["dangol.E006"]),
    ],
)
def test_the_site_s_address_must_be_one(settings: object, address: str, expected: list[str]) -> None:
    settings.SITE_URL = address

    assert ids(checks.site_address()) == expected


@pytest.mark.parametrize(
    ("keys", "good"),
    [
        ("a-bare-secret", True),
        ("2:newer,1:older", True),
        ("2:newer, bare", True),
        ("", False),
        ("1:one,1:two", False),
        ("0:zero", False),
        ("256:many", False),
        ("new:secret", False),
    ],
)
def test_tracking_keys_must_be_readable(settings: object, keys: str, good: bool) -> None:
    settings.TRACKING_KEYS = keys

    assert ids(checks.link_keys()) == ([] if good else ["dangol.E007"])


def test_secrets_on_one_host_are_named_where_others_may_be(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEBUG = False
    monkeypatch.setenv("DATABASE_URL", "postgres://db.example.com/crm")
    monkeypatch.setenv("SECRET_KEY", "given")
    for name in checks.SECRETS[1:]:
        monkeypatch.delenv(name, raising=False)

    (warning,) = checks.shared_secrets()

    assert warning.id == "dangol.W002"
    assert warning.msg.startswith(", ".join(checks.SECRETS[1:]) + " lie on this host only")


@pytest.fixture
def deploy_check(tmp_path: object) -> Callable[..., subprocess.CompletedProcess[str]]:
    def check(**variables: str) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return subprocess.run(
            [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
            env=kept | {"VAR_DIR": str(tmp_path)} | variables,
            cwd=project.BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
        )

    return check


def test_a_production_environment_passes_the_deployment_check(
    deploy_check: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    secret = "a-long-secret-of-production-0123456789-abcdefghijklmnop"
    result = deploy_check(
        SITE_URL="https://crm.example.com",
        DATABASE_URL="postgres://db.example.com/crm",
        **dict.fromkeys(checks.SECRETS, secret),
    )

    assert result.returncode == 0, result.stderr
    assert "no issues" in result.stdout


def test_the_defaults_of_a_newcomer_do_not(deploy_check: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    result = deploy_check()

    assert result.returncode == 1
    assert "dangol.W001" in result.stderr


def test_a_secret_is_made_once_and_closed_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment_settings, "VAR_DIR", tmp_path)

    made = environment_settings.secret("PEPPER")

    assert len(made) == 64
    assert environment_settings.secret("PEPPER") == made
    assert [(path.name, path.stat().st_mode & 0o777) for path in (tmp_path / "secrets").iterdir()] == [
        ("pepper", 0o600)
    ]


def test_a_secret_whose_making_was_cut_off_is_not_an_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment_settings, "VAR_DIR", tmp_path)
    with monkeypatch.context() as cut:
        cut.setattr(own_secrets.secrets, "token_urlsafe", cut_off)
        with pytest.raises(KeyboardInterrupt):
            environment_settings.secret("PEPPER")

    assert len(environment_settings.secret("PEPPER")) == 64


def cut_off(_length: int) -> str:
    raise KeyboardInterrupt
