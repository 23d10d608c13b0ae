"""The other ends of gateways, on the loopback address: each checks what a real one checks and misbehaves as told.

A module a gateway, found by lying here; `tests/campaigns/gateways/test_contract.py` asks every gateway the same.
"""

from importlib import import_module
from pkgutil import iter_modules

from tests.loopback.provider import PROVIDERS as PROVIDERS

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
