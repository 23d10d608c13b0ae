"""Make every channel known: a module a channel, found by lying here. Imported once the tables are there."""

from importlib import import_module
from pkgutil import iter_modules

import campaigns.channels

for _module in iter_modules(campaigns.channels.__path__):
    import_module(f"{campaigns.channels.__name__}.{_module.name}")
