"""What the shop decides: limits, days and thresholds, each from the environment. `settings.py` takes all of it in."""

import environ

env = environ.Env()

# --- Imports ----------------------------------------------------------------------------------------------------------

# Uploaded files of customers, orders … and what is read of them; deleted so many days after they came.
IMPORT_KEEP_DAYS = env.int("IMPORT_KEEP_DAYS", default=14)
IMPORT_MOST_MEGABYTES = env.int("IMPORT_MOST_MEGABYTES", default=1_000)
# Memory of the process that unfolds a workbook; a file of 5 kB can ask for hundreds of gigabytes.
IMPORT_WORKBOOK_MEGABYTES = env.int("IMPORT_WORKBOOK_MEGABYTES", default=2_048)
# From this share of refused lines on, an import needs a person's word that it shall go on without them (I-05).
IMPORT_REFUSED_PERCENT = env.int("IMPORT_REFUSED_PERCENT", default=5)

# --- Sending ---------------------------------------------------------------------------------------------------------

# The law advertising is sent under: "korea", or "none" for a shop elsewhere (crm_project/country_rules.py).
COUNTRY_RULES = env.str("COUNTRY_RULES", default="korea")
# When advertising is handed over to customers without a consent for the night (L-07): the law's day, less what is
# still on its way at its end. E-mail is not bound to it.
ADS_FROM = env.str("ADS_FROM", default="08:00")
ADS_UNTIL = env.str("ADS_UNTIL", default="20:50")
# Advertising a customer gets at most, over all campaigns (U-30); 0 is no limit. Days and weeks are those of Asia/Seoul.
# They hold while no frequency cap is entered in the admin.
ADS_PER_DAY = env.int("ADS_PER_DAY", default=1)
ADS_PER_WEEK = env.int("ADS_PER_WEEK", default=3)
# Percent of all customers who get no advertising at all, so that what it earns together can be measured (U-32).
GLOBAL_HOLDOUT_PERCENT = env.int("GLOBAL_HOLDOUT_PERCENT", default=0)
# A message that waits for the morning, or for a cap, waits so many days at most; then it is left out.
DEFER_DAYS_AT_MOST = env.int("DEFER_DAYS_AT_MOST", default=3)
# From this many recipients on, the approver types their number (U-04).
APPROVAL_COUNT_FROM = env.int("APPROVAL_COUNT_FROM", default=1_000)
# … and from this cost on, in won. From the second pair on, two approvers must agree. 0 turns a threshold off.
APPROVAL_COST_FROM = env.int("APPROVAL_COST_FROM", default=100_000)
SECOND_APPROVAL_COUNT_FROM = env.int("SECOND_APPROVAL_COUNT_FROM", default=100_000)
SECOND_APPROVAL_COST_FROM = env.int("SECOND_APPROVAL_COST_FROM", default=1_000_000)
# Age, gender and region that fewer people share are left out of an export of pseudonyms (P-12).
PSEUDONYM_SMALLEST_GROUP = env.int("PSEUDONYM_SMALLEST_GROUP", default=5)
# A campaign pauses itself when so many percent of what a worker handed over last failed, or of what was sent came back
# or was called spam; judged from this many messages on. 0 turns a brake off.
PAUSE_FAILED_PERCENT = env.float("PAUSE_FAILED_PERCENT", default=20)
PAUSE_BOUNCED_PERCENT = env.float("PAUSE_BOUNCED_PERCENT", default=5)
PAUSE_COMPLAINED_PERCENT = env.float("PAUSE_COMPLAINED_PERCENT", default=0.3)
PAUSE_JUDGED_FROM = env.int("PAUSE_JUDGED_FROM", default=50)
# Hosts of the shop's own network whose links may be tried before a campaign is approved; the internet needs no entry.
LINK_CHECK_INTERNAL_HOSTS = env.list("LINK_CHECK_INTERNAL_HOSTS", default=[])
# A name such as 민지😀 goes into a text message without what phones cannot show. Off: that customer gets none (G-02).
STRIP_UNKNOWN_CHARACTERS = env.bool("STRIP_UNKNOWN_CHARACTERS", default=True)
# Push services of browsers that are written to; subscriptions of others are refused. Names cover their subdomains.
WEB_PUSH_SERVICES = env.list(
    "WEB_PUSH_SERVICES",
    default=["fcm.googleapis.com", "push.services.mozilla.com", "web.push.apple.com", "notify.windows.com"],
)
# Each mail has a link that no reader sees, so that programs which follow all links give themselves away.
TRAP_LINKS = env.bool("TRAP_LINKS", default=True)
# After this a claimed message is taken back from a worker that died, and one being handed over becomes unknown.
CLAIM_LEASE_SECONDS = env.int("CLAIM_LEASE_SECONDS", default=90)
SENDING_LEASE_SECONDS = env.int("SENDING_LEASE_SECONDS", default=300)
# After this a message that a gateway took, and of which it never said what became of it, counts as expired (G-23).
REPORT_AWAITED_HOURS = env.int("REPORT_AWAITED_HOURS", default=72)
# Tests and codes that one member of staff may have sent within an hour.
STAFF_MESSAGES_PER_HOUR = env.int("STAFF_MESSAGES_PER_HOUR", default=30)

# --- Personal data ---------------------------------------------------------------------------------------------------

# From so many rows on, or unmasked, an export of personal data waits for a second person. Files live this long.
EXPORT_APPROVAL_FROM = env.int("EXPORT_APPROVAL_FROM", default=1_000)
EXPORT_KEPT_HOURS = env.int("EXPORT_KEPT_HOURS", default=24)
# Days after which the written bodies of messages are destroyed (P-18), and the access log (P-14, at least 365).
MESSAGE_BODIES_KEPT_DAYS = env.int("MESSAGE_BODIES_KEPT_DAYS", default=90)
ACCESS_LOG_KEPT_DAYS = env.int("ACCESS_LOG_KEPT_DAYS", default=731)
# Days after which an app or browser that was not seen since is forgotten (P-06); 0 keeps them.
DEVICES_KEPT_DAYS = env.int("DEVICES_KEPT_DAYS", default=730)
# Days after which visits and other events are destroyed; 0 keeps them.
EVENTS_KEPT_DAYS = env.int("EVENTS_KEPT_DAYS", default=0)
# Hours in which people and the authority hear of an incident, and from how many people on the authority does (P-13).
INCIDENT_HOURS = env.int("INCIDENT_HOURS", default=72)
INCIDENT_REPORTED_FROM = env.int("INCIDENT_REPORTED_FROM", default=1_000)
# From so many people on, the shop owes each a yearly notice of use (P-16).
USAGE_NOTICE_FROM = env.int("USAGE_NOTICE_FROM", default=1_000_000)
