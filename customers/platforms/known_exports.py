"""All exports that are known, and which of them a file is."""

from collections.abc import Iterable

from customers.platforms import cafe24_exports, shopify_exports, smartstore_exports
from customers.platforms.exports import Export
from customers.platforms.folding import fold

LABELS = {"cafe24": "Cafe24", "smartstore": "Naver Smartstore", "shopify": "Shopify"}
EXPORTS = (*cafe24_exports.EXPORTS, *smartstore_exports.EXPORTS, *shopify_exports.EXPORTS)
# One name that only this file has may be chance; two are not.
LEAST_SIGNS = 2


def of(platform: str, kind: str) -> Export | None:
    """Return the export of that platform and kind, where there is one."""
    return next((each for each in EXPORTS if (each.platform, each.kind) == (platform, kind)), None)


def recognise(names: Iterable[str], *, kind: str = "") -> Export | None:
    """Return the export whose signs these names of columns bear; None where they bear nobody's."""
    folded = {fold(name) for name in names}
    wanted = [each for each in EXPORTS if kind in ("", each.kind)]
    signs = {each: len({fold(name) for name in each.signature} & folded) for each in wanted}
    best = max(wanted, key=lambda each: signs[each], default=None)
    return best if best and signs[best] >= LEAST_SIGNS else None


def names_of(export: Export) -> dict[str, str]:
    """Return the folded names of the export's columns, with ours for each."""
    return {fold(theirs): ours for theirs, ours in export.columns.items()}
