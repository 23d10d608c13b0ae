"""Make every form known: a module a channel, found by lying here."""

from importlib import import_module
from pkgutil import iter_modules

import campaigns.channel_forms

for _module in iter_modules(campaigns.channel_forms.__path__):
    import_module(f"{campaigns.channel_forms.__name__}.{_module.name}")
