"""Which lane of a split a customer goes: by a hash of split and customer, so it never changes, from version to version.

The hash is that of `campaigns/experiments.py`.
"""

import hashlib
from collections.abc import Mapping
from itertools import accumulate

from campaigns.automation.path import origins_of
from campaigns.experiments import BUCKETS
from campaigns.models import AutomationStep


def salt_of(step: AutomationStep) -> str:
    """Return what stands for the split in the hash: the number of the step from which all its copies come."""
    first = [step.pk, *origins_of(step)][-1]
    return f"split:{first}"


def lane_of(shares: Mapping[str, int], salt: str, customer_id: int) -> str:
    """Return the lane of a customer, in proportion to the shares (lane → percent)."""
    lanes = sorted(shares)
    ends = accumulate(shares[lane] * BUCKETS // 100 for lane in lanes)
    bucket = _bucket(f"{salt}:{customer_id}")
    return next((lane for lane, end in zip(lanes, ends, strict=True) if bucket < end), lanes[-1])


def _bucket(text: str) -> int:
    # No secret: the same as PostgreSQL draws a holdout.
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:8], 16) % BUCKETS
