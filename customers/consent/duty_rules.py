"""Which duties an expression opens and which a state ends, in SQL; `ledger` runs these in its own statements.

Days are those of Korea.

* Whoever agrees to advertising or refuses it is told the result within 14 days (L-12); whoever withdraws the
  marketing use of their data, within 10 (P-05).
* A consent to advertising is asked about again every two years, before the day on which it was given (L-13), and
  one without a date within 30 days (I-08). The question opens 30 days ahead.
"""

from customers.consent.expressions import Action
from customers.models import NoticeDuty
from customers.models.consent import UNDATED, Purpose

NOTICE_DAYS = 14
WITHDRAWAL_OF_USE_DAYS = 10
RECONFIRM_MONTHS = 24
UNDATED_DAYS = 30
OPENED_DAYS_AHEAD = 30

NOTICE, RECONFIRMATION = NoticeDuty.Kind.RESULT_NOTICE.value, NoticeDuty.Kind.RECONFIRMATION.value
NOTICED, ANSWERED = NoticeDuty.Outcome.NOTICED.value, NoticeDuty.Outcome.ANSWERED.value


def day_in_korea(moment: str) -> str:
    """Return the SQL of the day on which an SQL moment falls in Korea."""
    return f"({moment} AT TIME ZONE 'Asia/Seoul')::date"


TODAY = day_in_korea("%s::timestamptz")

# The rows of the ledger just written, as `written`, and what is owed for them.
OPEN_RESULT_NOTICES = f"""
    INSERT INTO customers_noticeduty (kind, customer_id, purpose, channel, entry_id, due_on, outcome, how)
    SELECT '{NOTICE}', customer_id, purpose, channel, id, {day_in_korea("occurred_at")}
           + CASE WHEN purpose = '{Purpose.MARKETING_USE}' THEN {WITHDRAWAL_OF_USE_DAYS} ELSE {NOTICE_DAYS} END, '', ''
    FROM written
    WHERE NOT is_undated AND (action = '{Action.WITHDRAWN}'
          OR (action = '{Action.GRANTED}' AND purpose <> '{Purpose.MARKETING_USE}'))
"""

# The last day on which a state counts, of what the projection knows about it.
RECONFIRM_BY = f"""
    CASE WHEN NOT is_granted OR purpose = '{Purpose.MARKETING_USE}' THEN NULL
         WHEN counted_from = '{UNDATED:%Y-%m-%d %H:%M:%S%z}' THEN {day_in_korea("recorded_at")} + {UNDATED_DAYS}
         ELSE ({day_in_korea("counted_from")} + interval '{RECONFIRM_MONTHS} months' - interval '1 day')::date END
"""

# What counts from when, of states `held_now`: the last word of the customer or the last re-confirmation notice, for who
# stays silent after it agrees for another two years (L-13). A join, which a planner can do for one row or a million.
COUNTED = f"""
    SELECT held.*, greatest(confirmed_at, max(notice.done_at)) AS counted_from
    FROM held_now held
    LEFT JOIN customers_noticeduty notice ON notice.customer_id = held.customer_id AND notice.purpose = held.purpose
        AND notice.channel = held.channel AND notice.kind = '{RECONFIRMATION}' AND notice.outcome = '{NOTICED}'
    GROUP BY held.customer_id, held.purpose, held.channel, is_granted, since, confirmed_at, held.entry_id, recorded_at
"""

OPEN_RECONFIRMATIONS = f"""
    INSERT INTO customers_noticeduty (kind, customer_id, purpose, channel, entry_id, due_on, outcome, how)
    SELECT '{RECONFIRMATION}', customer_id, purpose, channel, entry_id, reconfirm_by, '', ''
    FROM customers_consentstate
    WHERE is_granted AND reconfirm_by <= {TODAY} + {OPENED_DAYS_AHEAD}
"""
OPENED_ONCE = "ON CONFLICT (entry_id, kind, due_on) DO NOTHING"
OF_WRITTEN = "customer_id IN (SELECT customer_id FROM consent_written)"
END_ANSWERED = f"""
    UPDATE customers_noticeduty duty SET done_at = %s, outcome = '{ANSWERED}'
    WHERE duty.kind = '{RECONFIRMATION}' AND duty.done_at IS NULL AND duty.{OF_WRITTEN}
      AND NOT EXISTS (SELECT 1 FROM customers_consentstate state
                      WHERE state.customer_id = duty.customer_id AND state.purpose = duty.purpose
                        AND state.channel = duty.channel AND state.is_granted AND state.reconfirm_by <= duty.due_on)
"""
