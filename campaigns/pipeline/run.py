"""One worker, one campaign, one account: a slice of claims at a time through gate, rendering, intent and gateway."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from campaigns import gateways
from campaigns.channels.base import Envelope, Rendered, channel_of
from campaigns.compliance import window
from campaigns.errors import ContentRefused
from campaigns.fingerprint import is_approved
from campaigns.gateways.base import LONGEST_WAIT_SECONDS, PreparedMessage
from campaigns.models import Campaign, ChannelAccount, Message, SkipReason
from campaigns.offers import giving
from campaigns.pipeline import claims, evidence
from campaigns.pipeline.brakes import Brake
from campaigns.pipeline.claims import Claim, PutOff, SetAside
from campaigns.pipeline.contents import Contents, LookedUp
from campaigns.pipeline.gate import Gate
from campaigns.pipeline.gate.journeys import Exits
from campaigns.pipeline.gate.ways import channels_of
from campaigns.pipeline.handing_over import hand_over
from campaigns.pipeline.people import People, Person
from campaigns.product_fields import showing
from campaigns.product_fields.showing import Showing
from campaigns.senders.prices import price_list
from campaigns.template_fields import Recipient
from crm_project.prepared_statements import together

# A claim with its content, whom it is for, and what they will read.
Said = tuple[Claim, Person, Rendered]
Made = TypeVar("Made")
# So long one moment is "now" for the gate, whose question costs more to put than to ask.
SAME_MOMENT_SECONDS = 1.0


class CampaignRun:
    """What one worker needs to send messages of one approved campaign over one account, the step's own by default."""

    def __init__(
        self,
        campaign: Campaign,
        deadline: float,
        account: ChannelAccount | None = None,
        *,
        approved: bool | None = None,
    ) -> None:
        """Make ready; `approved` is for whoever has just found out whether the campaign is."""
        self.made_at = time.monotonic()
        self.campaign = campaign
        self.deadline = deadline
        self.step = step = campaign.steps.select_related("account", "coupon").get()
        self.account = account or step.account
        self.channel = channel_of(self.account)
        fallbacks = [fallback.account for fallback in step.fallbacks.select_related("account")]
        self.channels = channels_of([step.account, *fallbacks])
        approved = is_approved(campaign) if approved is None else approved
        self.is_live = gateways.is_live(self.account) and approved
        self.gateway = gateways.gateway_for(self.account, approved=approved)
        self.contents = Contents(step, self.account)
        # What goes to the sandbox costs nothing.
        self.prices = price_list(self.account) if self.is_live else {}
        is_last = not fallbacks or fallbacks[-1].pk == self.account.pk
        self.brake = Brake(campaign, is_last_way=is_last)
        self.exits = Exits(campaign) if campaign.automation_id else None
        self._gate: Gate | None = None
        self._asked_at = 0.0

    @property
    def gate(self) -> Gate:
        """Return the gate as it stands now, to the second; the one before where a new one would ask the same."""
        if self._gate is None or time.monotonic() - self._asked_at > SAME_MOMENT_SECONDS:
            gate = Gate(self.campaign, self.account, timezone.now(), channels=self.channels)
            if self._gate is None or gate.circumstances != self._gate.circumstances:
                self._gate = gate
            self._asked_at = time.monotonic()
        return self._gate

    def hand_over(self, part: Sequence[Claim]) -> None:
        """Take a slice of claims to the wire and write what became of each."""
        gate = self.gate  # one for all: that of the next second may know other reasons, and other delays
        with transaction.atomic():
            part = self._still_inside(part)
            part = _first_of_each(part) if gate.is_capped else part
            verdicts, people = self._asked(part, gate)
            admitted = self._admitted(part, verdicts, gate.delays)
            drawn = giving.draw_coupons(self.step, self._whom_to_give(admitted))
            ready, prepared, showings = self._prepared(admitted, people)
            turns = self.gateway.waits([prepared[claim.message_id] for claim in ready])
            late = {message_id: wait for message_id, wait in turns.items() if wait > LONGEST_WAIT_SECONDS}
            marked_at = time.monotonic()
            in_turn = [claim for claim in ready if claim.message_id not in late]
            going_ids = claims.mark_sending(in_turn, is_sandbox=not self.is_live)
            going = [claim for claim in ready if claim.message_id in going_ids]
            giving.take_out(self.step, [message_id for message_id in drawn if message_id not in going_ids])
            giving.grant_points(self.step, self._whom_to_give(going))
            evidence.keep(gate, going)
            showing.keep(showings[claim.message_id] for claim in going if claim.message_id in showings)
            # What was not marked comes back at its turn, or was paused, stopped or lost by its lease: then it does not.
            held = [claim for claim in ready if claim.message_id not in going_ids]
            claims.give_back(held, status=Message.Status.CLAIMED, waits=late)
        outcomes = hand_over(
            self.gateway,
            going,
            prepared,
            lease_ends=marked_at + settings.SENDING_LEASE_SECONDS,
            deadline=self.deadline,
            prices=self.prices,
            turns=turns,
        )
        self.brake.look_at(outcomes)

    def _whom_to_give(self, part: Sequence[Claim]) -> giving.Going:
        """Return to whom of the slice the step's offer goes, by message; nobody where it has none."""
        if not self.step.has_offer:
            return {}
        return giving.whom_to_give({each.message_id: each.customer_id for each in part}, is_live=self.is_live)

    def _still_inside(self, part: Sequence[Claim]) -> Sequence[Claim]:
        """Set aside the messages of those who left the automation meanwhile; return the others."""
        if self.exits is None:
            return part
        exited = self.exits.met_by([claim.message_id for claim in part], timezone.now())
        out = [claim for claim in part if claim.message_id in exited]
        claims.set_aside([SetAside(claim, Message.Status.SKIPPED, reason=SkipReason.EXITED) for claim in out])
        return [claim for claim in part if claim.message_id not in exited]

    def _asked(self, part: Sequence[Claim], gate: Gate) -> tuple[dict[int, str], dict[int, Person]]:
        """Ask the gate once more, and for what content needs, in one trip; first of all lock where others count."""
        customers = [claim.customer_id for claim in part]
        locks = [claims.locking_caps(part)] if gate.is_capped else []
        *_locked, judged, found = together(*locks, gate.asking(customers), self._people.asking(customers))
        return gate.verdicts_in(judged, customers), self._people.found_in(found)

    def _admitted(
        self, part: Sequence[Claim], verdicts: Mapping[int, str], delays: Mapping[str, datetime]
    ) -> list[Claim]:
        """Put off those whom the gate refuses for now, and set aside the others it refuses."""
        refused = [(claim, reason) for claim in part if (reason := verdicts[claim.customer_id])]
        claims.put_off([PutOff(claim, reason, delays[reason]) for claim, reason in refused if reason in delays])
        claims.set_aside(
            [
                SetAside(claim, Message.Status.SKIPPED, reason=reason)
                for claim, reason in refused
                if reason not in delays
            ]
        )
        return [claim for claim in part if not verdicts[claim.customer_id]]

    def _prepared(
        self, admitted: Sequence[Claim], people: Mapping[int, Person]
    ) -> tuple[list[Claim], dict[int, PreparedMessage], dict[int, Showing]]:
        """Return what is ready for the wire, the claims with their content, and set aside what cannot be made.

        With it comes which products each message shows, where its content has any.
        """
        at = timezone.now()
        looked_up = self.contents.look_up(admitted)
        showings = {claim.message_id: Showing(claim.message_id, claim.attempt) for claim in admitted if looked_up}
        aside: list[SetAside] = []
        rendered = _made(
            [(claim, people[claim.customer_id]) for claim in admitted],
            lambda claim, person: self._render(claim, person, self._fields(claim, looked_up, showings)),
            aside,
        )
        composed = _made(rendered, lambda said, person, words: self._compose(said, person, words, at), aside)
        claims.set_aside(aside)
        return [said for said, _made in composed], {said.message_id: made for said, made in composed}, showings

    @staticmethod
    def _fields(claim: Claim, looked_up: LookedUp, showings: Mapping[int, Showing]) -> Mapping[str, object]:
        """Return the looked-up fields of a message; its showing notes which products content reads."""
        return showings[claim.message_id].watched(looked_up[claim.message_id]) if looked_up else {}

    @cached_property
    def _people(self) -> People:
        return People(self.gate, with_nights=self._has_arrival)

    @cached_property
    def _has_arrival(self) -> bool:
        """Tell whether messages must have arrived before the night (L-08)."""
        return self.gate.is_advertising and self.channel.is_bound_to_night

    def _render(self, claim: Claim, person: Person, looked_up: Mapping[str, object]) -> Said:
        """Return the claim with its content, the person, and what they will read."""
        wording = self.contents.wording(claim, person.locale)
        recipient = Recipient(person, person.stats, self.account, looked_up)
        rendered = wording.compiled.render(recipient, message_id=claim.message_id)
        said = Claim(
            claim.message_id, claim.attempt, claim.customer_id, wording.variant_id, claim.leg, kind=rendered.kind
        )
        return said, person, rendered

    def _compose(self, said: Claim, person: Person, rendered: Rendered, at: datetime) -> tuple[Claim, PreparedMessage]:
        """Look at the finished message once more, then return the claim with what goes over the wire."""
        violation = self.channel.violation(self.campaign, self.account, rendered)
        if violation:
            raise ContentRefused(violation, violation.label)
        envelope = Envelope(
            message_id=said.message_id,
            campaign_id=self.campaign.pk,
            account=self.account,
            address=person.address,
            at=at,
            arrive_by=self._arrive_by(person, at),
        )
        return said, self.channel.compose(rendered, envelope)

    def _arrive_by(self, person: Person, at: datetime) -> datetime | None:
        if not self._has_arrival:
            return None
        return window.arrive_by(self.account, at, has_night_consent=person.may_at_night)


def _first_of_each(part: Sequence[Claim]) -> Sequence[Claim]:
    """Give back all but the first message of each customer: those behind it are asked when it counts for the caps."""
    first = {claim.customer_id: claim for claim in reversed(part)}
    again = [claim for claim in part if first[claim.customer_id] is not claim]
    claims.give_back(again, status=Message.Status.CLAIMED)
    return [claim for claim in part if first[claim.customer_id] is claim]


def _made(items: Iterable[tuple], make: Callable[..., Made], aside: list[SetAside]) -> list[Made]:
    """Make something of each claim and what comes with it; what is refused is set aside.

    One step for all, then the next: a processor that repeats itself is faster by a seventh.
    """
    made = []
    for claim, *given in items:
        try:
            made.append(make(claim, *given))
        except ContentRefused as refusal:
            aside.append(_set_aside(claim, refusal))
    return made


def _set_aside(claim: Claim, refusal: ContentRefused) -> SetAside:
    """Return a refusal of content as the row stores it: skipped for a reason of the gate's list, else failed."""
    if refusal.reason in SkipReason.values:
        return SetAside(claim, Message.Status.SKIPPED, reason=refusal.reason, detail=str(refusal))
    return SetAside(claim, Message.Status.FAILED, failure=refusal.reason, detail=str(refusal))
