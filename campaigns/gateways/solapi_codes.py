"""What SOLAPI's four digits mean: 1xxx refused at the door, 2xxx at work, 3xxx with the carrier, 4000 received (G-23).

A code that is not here is unknown, never a success.
"""

from dataclasses import dataclass

from campaigns.gateways.base import Fate, ReportKind
from campaigns.gateways.failures import Failure

ON_ITS_WAY, WITH_THE_CARRIER, RECEIVED = "2000", "3000", "4000"
ACCEPTED = frozenset({ON_ITS_WAY, WITH_THE_CARRIER, RECEIVED})
# SOLAPI says itself that it does not know what became of these (K-10).
UNCERTAIN = frozenset({"3014", "3048"})
# Refused at the door for reasons of SOLAPI's own, so that the next attempt may pass.
PASSING = frozenset({"1024"})
BY_CLASS: dict[Failure, str] = {
    Failure.AUTH: "1020",
    Failure.ACCOUNT_BLOCKED: "2063",
    Failure.BALANCE: "1030 2230",
    Failure.SENDER: "1041 1062 2062 3013 3059 3101 3106",
    Failure.TEMPLATE: "1042 1043 1044 1045 1046 1047 1048 1049 1050 1052 1053 3103 3105",
    Failure.CONTENT: (
        "1010 1011 1013 1014 1021 1022 1023 1025 1027 1028 1029 1031 1032 1033 1034 1051 2011 3011 3060"
    ),
    Failure.DUPLICATE: "1026",
    Failure.INVALID_RECIPIENT: "3010 3032",
    # Refused over the 080 line that SOLAPI keeps for the shop, which is a withdrawal.
    Failure.OPTED_OUT: "1061 2061",
    Failure.SPAM_BLOCKED: "1060 1064 2060 2064 2254 3052 3054 3055",
    Failure.NIGHT_WINDOW: "3108",
    # The person's phone or KakaoTalk could not take it now; another way or another day may reach them.
    Failure.RETRYABLE: (
        "1024 1058 2024 3012 3024 3031 3040 3041 3042 3043 3044 3045 3046 3047 3050 3051 3053 3056 3057 3058 "
        "3102 3104 3107"
    ),
}  # fmt: skip
FAILURES: dict[str, Failure] = {code: failure for failure, codes in BY_CLASS.items() for code in codes.split()}
# The same for every message of the account, so nothing more is handed over.
FAULTS_OF_ACCOUNT = frozenset({"1020", "1030", "1062", "2062", "2063", "2230", "3059"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a code says about a message that was just handed over."""

    fate: Fate
    failure: Failure | str = ""


def at_hand_over(code: str) -> Verdict:
    """Return what became of a message that SOLAPI answered with this code."""
    if code in ACCEPTED:
        return Verdict(Fate.SENT)
    if code in PASSING:
        return Verdict(Fate.RETRY, FAILURES[code])
    if code in FAILURES:
        return Verdict(Fate.FAILED, FAILURES[code])
    return Verdict(Fate.UNKNOWN, Failure.UNKNOWN_CODE)


def later(code: str) -> tuple[ReportKind, Failure | str]:
    """Return what a code says about a message that was handed over earlier."""
    if code == RECEIVED:
        return ReportKind.DELIVERED, ""
    if code in ACCEPTED:
        return ReportKind.DEFERRED, ""
    if code in FAILURES and code not in UNCERTAIN:
        return ReportKind.FAILED, FAILURES[code]
    return ReportKind.UNKNOWN, Failure.UNKNOWN_CODE
