"""Make every form known: a module a channel, found by lying here."""

from importlib import import_module
from pkgutil import iter_modules

import campaigns.editor.channel_forms

for _module in iter_modules(campaigns.editor.channel_forms.__path__):
    import_module(f"{campaigns.editor.channel_forms.__name__}.{_module.name}")
