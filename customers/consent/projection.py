"""How the consent ledger adds up to states, in SQL; `ledger` alone writes what it yields."""

from customers.consent.duty_rules import COUNTED, RECONFIRM_BY
from customers.consent.expressions import Action
from customers.models.consent import Purpose

# Whose entries decide a state: those of the customer and of whoever was merged into it, read as one ledger.
SPEAKERS = """
    SELECT states.*, states.customer_id AS speaker_id FROM states
    UNION ALL
    SELECT states.*, merged.id FROM states JOIN customers_customer merged ON merged.merged_into_id = states.customer_id
"""
# Which entries: those of its own terms, and for the night the withdrawals of advertising itself.
DECIDING = f"""
    SELECT state.customer_id, state.purpose, state.channel, entry.id, entry.action, entry.occurred_at,
           entry.recorded_at
    FROM ({SPEAKERS}) state
    JOIN customers_consententry entry ON entry.customer_id = state.speaker_id AND entry.channel = state.channel
        AND (entry.purpose = state.purpose OR (state.purpose = '{Purpose.AD_NIGHT}'
             AND entry.purpose = '{Purpose.AD_RECEIVE}' AND entry.action = '{Action.WITHDRAWN}'))
"""

# The run of a state begins with the first expression of its kind after the last of the other kind.
PROJECTION = f"""
    WITH states AS ({{states}}), deciding AS ({DECIDING}), ends AS (
        SELECT *, max(occurred_at) FILTER (WHERE action = '{Action.GRANTED}') OVER terms AS granted_at,
                  max(occurred_at) FILTER (WHERE action = '{Action.WITHDRAWN}') OVER terms AS withdrawn_at
        FROM deciding WINDOW terms AS (PARTITION BY customer_id, purpose, channel)
    ), held AS (
        SELECT *, coalesce(granted_at > withdrawn_at, granted_at IS NOT NULL) AS is_granted FROM ends
        WHERE granted_at IS NOT NULL OR withdrawn_at IS NOT NULL
    ), decided AS (
        SELECT *, CASE WHEN is_granted THEN '{Action.GRANTED}' ELSE '{Action.WITHDRAWN}' END AS deciding_action
        FROM held
    ), held_now AS (
        SELECT customer_id, purpose, channel, is_granted,
               min(occurred_at) FILTER (WHERE action = deciding_action) AS since,
               max(occurred_at) FILTER (WHERE is_granted AND action <> '{Action.WITHDRAWN}') AS confirmed_at,
               (array_agg(id ORDER BY occurred_at DESC, id DESC) FILTER (WHERE action = deciding_action))[1]
                   AS entry_id,
               min(recorded_at) AS recorded_at
        FROM decided
        WHERE occurred_at > coalesce(CASE WHEN is_granted THEN withdrawn_at ELSE granted_at END, '-infinity')
           OR (NOT is_granted AND occurred_at = withdrawn_at)
        GROUP BY customer_id, purpose, channel, is_granted
    )
    SELECT customer_id, purpose, channel, is_granted, since, confirmed_at, {RECONFIRM_BY} AS reconfirm_by, entry_id
    FROM ({COUNTED}) counted
"""

SAME_STATE = "(t.is_granted, t.since, t.confirmed_at, t.reconfirm_by, t.entry_id)"
