"""The moves of a message on its way out, as statements: each conditional on state and attempt (`claims` makes them)."""

from crm_project.prepared_statements import PreparedStatement

MOST_ATTEMPTS = 5

# This transaction need not wait for the disk. Were the database to crash in the next moment, a claim would be planned
# again, and what was sent count as unknown; the intents do wait, and take both to the disk with them.
UNHURRIED = "unhurried AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))"
# Held while messages are claimed, so that all workers together keep to the account's rate.
LOCK_ACCOUNT = PreparedStatement(
    "SELECT paused_at, next_send_at, rate_per_second FROM campaigns_channelaccount WHERE id = $1 FOR NO KEY UPDATE",
    "bigint",
)
SEND_NEXT_AT = PreparedStatement(
    "UPDATE campaigns_channelaccount SET next_send_at = $2 WHERE id = $1", "bigint, timestamptz"
)
# Two workers were lost with it. Claimed alone from then on: if it kills its workers, it takes no other with it.
SUSPECT = "failure = 'worker_lost' AND attempt >= 2"
# Oldest first by an index of just this, so that what waits for the morning is not looked through at each claim.
CLAIM = f"""
    WITH {UNHURRIED}, due AS (
        SELECT id FROM campaigns_message
        WHERE campaign_id = %s AND account_id = %s AND status = 'planned' AND due_at <= %s AND ({SUSPECT}) = %s
        ORDER BY due_at LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE campaigns_message AS message
    SET status = 'claimed', attempt = attempt + 1, lease_until = %s, skip_reason = ''
    FROM due, campaigns_campaign AS campaign, unhurried
    WHERE message.id = due.id AND campaign.id = message.campaign_id AND campaign.status = 'active'
    RETURNING message.id, message.attempt, message.customer_id, message.variant_id, message.leg
"""
# IS TRUE: by their numbers, not by the index of the statuses, which leads through all that were ever claimed.
MARK_SENDING = PreparedStatement(
    """
    UPDATE campaigns_message AS message
    SET status = 'sending', sending_at = $1, lease_until = $2, is_sandbox = $3,
        variant_id = mine.variant_id, kind = mine.kind
    FROM unnest($4, $5, $6, $7) AS mine(id, attempt, variant_id, kind), campaigns_campaign AS campaign
    WHERE message.id = mine.id AND message.attempt = mine.attempt AND (message.status = 'claimed') IS TRUE
      AND message.lease_until > $1 AND campaign.id = message.campaign_id AND campaign.status = 'active'
    RETURNING message.id
    """,
    "timestamptz, timestamptz, boolean, bigint[], int[], bigint[], text[]",
)
# What goes back to be planned: of a campaign that was stopped meanwhile nothing does.
REPLANNED = "CASE WHEN campaign.status = 'cancelled' THEN 'stopped' ELSE 'planned' END"
# Attempts are counted for good, for they are the fence; each way has its share of them.
USED_UP = f"message.attempt >= {MOST_ATTEMPTS} * (message.leg + 1)"
# An `unknown` of the same attempt was never sent again, so a late answer still settles it. Waits: 1, 4, 16, 64 minutes.
# A message planned again that keeps its `sending_at` may have been accepted: a gateway that knows our ids ignores it.
RECORD = PreparedStatement(
    f"""
    WITH {UNHURRIED}
    UPDATE campaigns_message AS message
    SET status = CASE mine.fate
            WHEN 'retry' THEN CASE WHEN {USED_UP} THEN 'failed' ELSE {REPLANNED} END
            WHEN 'again' THEN CASE WHEN {USED_UP} OR campaign.status = 'cancelled' THEN 'unknown' ELSE 'planned' END
            ELSE mine.fate END,
        sent_at = CASE WHEN mine.fate = 'sent' THEN $1 ELSE message.sent_at END,
        sending_at = CASE WHEN mine.fate = 'retry' THEN NULL ELSE message.sending_at END,
        due_at = CASE WHEN mine.fate IN ('retry', 'again')
                      THEN $1 + interval '1 minute' * power(4, least(message.attempt - 1, 3))
                      ELSE message.due_at END,
        cost = CASE WHEN mine.fate IN ('sent', 'unknown') THEN mine.cost ELSE 0 END,
        failure = left(mine.failure, 30), failure_detail = left(mine.detail, 300), lease_until = NULL,
        provider_id = left(mine.provider_id, 100)
    FROM unnest($2, $3, $4, $5, $6, $7, $8) AS mine(id, attempt, fate, failure, detail, provider_id, cost),
         campaigns_campaign AS campaign, unhurried
    WHERE campaign.id = message.campaign_id AND message.id = mine.id AND message.attempt = mine.attempt
      AND (message.status IN ('sending', 'unknown')) IS TRUE
    RETURNING message.id, message.status
    """,
    "timestamptz, bigint[], int[], text[], text[], text[], text[], numeric[]",
)
# The same for messages of which nothing is to be said but that they were accepted, as nearly always.
RECORD_SENT = PreparedStatement(
    f"""
    WITH {UNHURRIED}
    UPDATE campaigns_message AS message
    SET status = 'sent', sent_at = $1, cost = mine.cost, failure = '', failure_detail = '', provider_id = '',
        lease_until = NULL
    FROM unnest($2, $3, $4) AS mine(id, attempt, cost), unhurried
    WHERE message.id = mine.id AND message.attempt = mine.attempt AND (message.status IN ('sending', 'unknown')) IS TRUE
    """,
    "timestamptz, bigint[], int[], numeric[]",
)
# Of one that may have been accepted at an earlier attempt nobody can say any more that it did not leave.
SET_ASIDE = """
    UPDATE campaigns_message AS message
    SET status = CASE WHEN message.sending_at IS NULL THEN mine.status ELSE 'unknown' END, skip_reason = mine.reason,
        failure = left(mine.failure, 30), failure_detail = left(mine.detail, 300), lease_until = NULL
    FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::text[], %s::text[], %s::text[])
         AS mine(id, attempt, status, reason, failure, detail)
    WHERE message.id = mine.id AND message.attempt = mine.attempt AND message.status = 'claimed'
    RETURNING message.id
"""
# Waiting is no attempt. Whoever puts it off holds it and lets go of it here, so the number may come again.
PUT_OFF = """
    UPDATE campaigns_message AS message
    SET status = CASE WHEN mine.until <= message.planned_at + %s THEN 'planned' ELSE 'skipped' END,
        skip_reason = mine.reason, due_at = mine.until, attempt = message.attempt - 1, lease_until = NULL
    FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::timestamptz[]) AS mine(id, attempt, reason, until)
    WHERE message.id = mine.id AND message.attempt = mine.attempt AND message.status = 'claimed'
    RETURNING message.id, message.status
"""
GIVE_BACK = f"""
    UPDATE campaigns_message AS message
    SET status = {REPLANNED}, lease_until = NULL, sending_at = NULL, attempt = message.attempt - 1,
        due_at = greatest(message.due_at, mine.due_at)
    FROM unnest(%s::bigint[], %s::int[], %s::timestamptz[]) AS mine(id, attempt, due_at), campaigns_campaign AS campaign
    WHERE campaign.id = message.campaign_id
      AND message.id = mine.id AND message.attempt = mine.attempt AND message.status = %s
"""
CAP_LOCKS = 0x646E6763  # "dngc": a key space of our own among the advisory locks of this database
LOCK_CAPS = PreparedStatement(
    "SELECT count(pg_advisory_xact_lock($1, (id % 2147483647)::int)) FROM unnest($2) AS customer(id)", "int, bigint[]"
)
TAKE_BACK = f"""
    UPDATE campaigns_message AS message
    SET status = CASE WHEN NOT {USED_UP} THEN 'planned'
                      WHEN message.sending_at IS NULL THEN 'failed' ELSE 'unknown' END,
        failure = 'worker_lost', lease_until = NULL
    WHERE status = 'claimed' AND lease_until < %(now)s
    RETURNING message.id, message.status
"""
# A gateway that knows our ids may be given the same message again: it sends it once.
LOSE_TRACK = f"""
    UPDATE campaigns_message AS message
    SET status = CASE WHEN campaign.status IN ('active', 'paused') AND NOT {USED_UP}
                       AND CASE WHEN message.is_sandbox THEN 'sandbox' ELSE account.gateway END = ANY(%(repeatable)s)
                      THEN 'planned' ELSE 'unknown' END,
        failure = 'worker_lost', lease_until = NULL
    FROM campaigns_campaign AS campaign, campaigns_channelaccount AS account
    WHERE campaign.id = message.campaign_id AND account.id = message.account_id
      AND message.status = 'sending' AND message.lease_until < %(now)s
"""
