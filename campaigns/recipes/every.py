"""All recipes, in the order of the gallery: importing this module registers them."""

from campaigns.recipes import (  # noqa: I001, F401 - the order in which the gallery shows them
    welcome,
    first_purchase,
    visits,
    repeat_purchase,
    vip,
    occasions,
    win_back,
    membership,
    feedback,
)
from campaigns.recipes.base import RECIPES

__all__ = ["RECIPES"]
