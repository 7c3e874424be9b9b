"""Each notice at most once, whatever dies in between; never what is not true any more."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.core.errors import Conflict, Invalid, NotFound
from dispatch.core.ids import MerchantId
from dispatch.operations.book import Booked
from dispatch.operations.cancel import cancel
from dispatch.operations.notice_rules import NoticeRules
from dispatch.operations.notices import Channel, Kind, Notice, NoticeState, Outcome, Sent
from dispatch.operations.notify import note_events
from dispatch.operations.ports import Ports
from dispatch.operations.prepare import Act, act
from dispatch.operations.refuse_notices import choice_of, choices_of, choose
from dispatch.operations.retention import purge
from dispatch.operations.send_notices import CUT_OFF_AFTER, retry_notice, send_due, send_next
from dispatch.slots.service_levels import Mode
from tests.fakes.house import SHOP, clock_of, house
from tests.fakes.outbox import Outbox, writing
from tests.fakes.town import express_shops
from tests.operations.test_notify import noted
from tests.operations.test_prepare import order_by
from tests.operations.test_progress import given_tour, report
from tests.operations.test_run_wave import order

LATER = Sent(Outcome.LATER, "no_connection")


class _Killed(BaseException):
    """What a process that is killed leaves undone."""


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def told(ports: Ports, outbox: Outbox) -> Ports:
    ports = writing(ports, outbox)
    note_events(ports)
    return ports


def sent(ports: Ports, channel: Channel = Channel.EMAIL) -> list[Notice]:
    """Look once, as the jobs process does; return every notice of the channel as it is then."""
    note_events(ports)
    send_due(channel, ports)
    return [notice for notice in noted(ports) if notice.channel is channel]


def test_a_booking_is_told_once_however_often_it_is_looked_at(told: Ports, outbox: Outbox) -> None:
    booked = order(told).booking
    for _ in range(3):
        (notice,) = sent(told)
    assert (notice.state, notice.tries) == (NoticeState.SENT, 0)
    (letter,) = outbox.letters
    assert letter.to == booked.customer.email
    assert f"/suivi/{booked.tracking_token}" in letter.text


def test_who_is_killed_while_sending_has_told_it_at_most_once(told: Ports, outbox: Outbox) -> None:
    order(told)
    note_events(told)
    outbox.answers.append(_Killed())
    with pytest.raises(_Killed):
        send_next(Channel.EMAIL, told)
    again = writing(told, outbox)  # another process, on the same database
    assert send_next(Channel.EMAIL, again) is None
    clock_of(again).advance(minutes=CUT_OFF_AFTER.total_seconds() / 60 + 1)
    (notice,) = send_due(Channel.EMAIL, again)
    assert (notice.state, notice.why) == (NoticeState.FAILED, "cut_off")
    assert len(outbox.letters) == 1
    assert send_due(Channel.EMAIL, again) == ()


#: What may come of handing one over; None: the process is killed meanwhile.
COMES_OF_IT = st.sampled_from([*(Sent(outcome) for outcome in Outcome), None])


@settings(max_examples=40)
@given(st.lists(COMES_OF_IT, min_size=1, max_size=5), st.sampled_from([1, 11, 31]))
def test_whatever_comes_of_each_try_nobody_is_told_twice(
    comes: list[Sent | None], pause_min: int
) -> None:
    outbox = Outbox(answers=[_Killed() if one is None else one for one in comes])
    ports = writing(house(), outbox)
    note_events(ports)
    order(ports)
    for _ in comes:
        note_events(ports)
        with suppress(_Killed):
            send_due(Channel.EMAIL, ports)
        clock_of(ports).advance(minutes=pause_min)
    told = list(zip(outbox.letters, comes, strict=False))
    surely_not = (Outcome.LATER, Outcome.REFUSED)
    may_have_it = [one for _, one in told if one is None or one.outcome not in surely_not]
    assert len(may_have_it) <= 1
    (notice,) = noted(ports)
    assert (notice.state is NoticeState.SENT) == (Sent(Outcome.SENT) in may_have_it)


def test_of_two_processes_one_sends_it(told: Ports, outbox: Outbox) -> None:
    order(told)
    note_events(told)
    with told.store.reading() as tx:
        notice = tx.next_notice(Channel.EMAIL, told.clock.now(), frozenset(Kind))
    assert notice is not None
    with told.store.writing() as tx:
        assert tx.claim_notice(notice.notice_id, told.clock.now())
        assert not tx.claim_notice(notice.notice_id, told.clock.now())
    assert send_next(Channel.EMAIL, told) is None
    assert outbox.letters == []


def test_a_server_that_is_away_is_tried_again_while_it_is_of_use(
    told: Ports, outbox: Outbox
) -> None:
    order(told)
    outbox.answers += [LATER, LATER]
    (notice,) = sent(told)
    assert (notice.state, notice.tries, notice.why) == (NoticeState.WAITING, 1, "no_connection")
    sent(told)
    assert len(outbox.letters) == 1  # not before its time
    clock_of(told).advance(seconds=15)
    sent(told)
    clock_of(told).advance(seconds=60)
    (notice,) = sent(told)
    assert (notice.state, len(outbox.letters)) == (NoticeState.SENT, 3)


def test_a_server_that_is_away_is_not_asked_for_each_customer(told: Ports, outbox: Outbox) -> None:
    for _ in range(3):
        order(told)
    outbox.answers += [LATER] * 3
    sent(told)
    assert len(outbox.letters) == 1


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.UNSURE])
def test_what_was_refused_or_may_have_arrived_is_not_sent_again(
    told: Ports, outbox: Outbox, outcome: Outcome
) -> None:
    order(told)
    outbox.answers.append(Sent(outcome, "550"))
    (notice,) = sent(told)
    clock_of(told).advance(minutes=60)
    sent(told)
    assert (notice.state, notice.why) == (NoticeState.FAILED, "550")
    assert len(outbox.letters) == 1


def test_tries_end(told: Ports, outbox: Outbox) -> None:
    rules = NoticeRules(retry_after_s=(0, 1))
    told = replace(told, parameters=replace(told.parameters, notify=rules))
    order(told)
    outbox.answers += [LATER, LATER]
    sent(told)
    clock_of(told).advance(seconds=1)
    (notice,) = sent(told)
    assert (notice.state, notice.tries) == (NoticeState.FAILED, 2)


def test_a_mail_server_that_is_away_keeps_no_text_waiting(told: Ports, outbox: Outbox) -> None:
    shop = MerchantId(express_shops(told)[0])
    (parcel,) = order_by(Mode.COLLECT, shop, told).shipments
    act(Act.READY, parcel.shipment_id, shop, told)
    outbox.answers.append(LATER)
    sent(told)
    (text,) = sent(told, Channel.SMS)
    assert text.state is NoticeState.SENT
    assert parcel.handover_code in outbox.texts[0].text


def test_a_cancelled_order_is_not_confirmed(told: Ports, outbox: Outbox) -> None:
    booked = order(told).booking
    note_events(told)
    cancel(booked.booking_id, SHOP, told)
    (notice,) = sent(told)
    assert (notice.state, notice.why) == (NoticeState.SKIPPED, "not_true")
    assert outbox.letters == []


def test_a_courier_who_is_here_already_is_announced_once(told: Ports, outbox: Outbox) -> None:
    order(told)
    report(given_tour(told), told)  # fetched, and this is the next door
    states = {notice.kind: notice.state for notice in sent(told)}
    assert states[Kind.ON_THE_WAY] is NoticeState.SKIPPED
    assert states[Kind.NEXT_STOP] is NoticeState.SENT


def test_what_comes_too_late_is_not_sent(told: Ports, outbox: Outbox) -> None:
    order(told)
    note_events(told)
    clock_of(told).advance(minutes=24 * 60)
    (notice,) = sent(told)
    assert (notice.state, notice.why) == (NoticeState.SKIPPED, "too_late")


def test_what_waited_in_vain_all_evening_waits_for_the_morning_and_a_courier_does_not(
    told: Ports, outbox: Outbox
) -> None:
    order(told)
    report(given_tour(told), told)
    note_events(told)
    evening = NoticeRules(quiet_from="10:00", quiet_to="12:00", email_kinds=tuple(Kind))
    told = replace(told, parameters=replace(told.parameters, notify=evening))
    states = {notice.kind: notice.state for notice in sent(told)}
    assert states[Kind.BOOKED] is NoticeState.WAITING
    assert states[Kind.NEXT_STOP] is NoticeState.SENT
    clock_of(told).advance(minutes=120)
    assert {notice.kind: notice.state for notice in sent(told)}[Kind.BOOKED] is NoticeState.SENT


def test_who_is_forgotten_is_told_nothing(told: Ports, outbox: Outbox) -> None:
    booked = order(told).booking
    note_events(told)
    nobody = replace(booked.customer, name="", phone="", email=None)
    with told.store.writing() as tx:
        tx.put_booking(replace(booked, customer=nobody))
    (notice,) = sent(told)
    assert (notice.state, notice.why) == (NoticeState.SKIPPED, "nowhere")


def stop_messages(booked: Booked, channel: Channel, ports: Ports) -> str:
    chosen = {one.channel: one for one in choices_of(booked.booking.customer, ports)}[channel]
    assert not chosen.refused
    return choose(chosen.sealed, ports, refused=True).sealed


def test_who_wants_no_letters_gets_none_of_any_order_and_still_texts(
    told: Ports, outbox: Outbox
) -> None:
    sealed = stop_messages(order(told), Channel.EMAIL, told)
    shop = MerchantId(express_shops(told)[0])
    (parcel,) = order_by(Mode.COLLECT, shop, told).shipments
    act(Act.READY, parcel.shipment_id, shop, told)
    assert {(n.state, n.why) for n in sent(told)} == {(NoticeState.SKIPPED, "unwanted")}
    assert [n.state for n in sent(told, Channel.SMS)] == [NoticeState.SENT]
    choose(sealed, told, refused=False)
    order(told)
    assert sent(told)[-1].state is NoticeState.SENT
    assert len(outbox.letters) == 1


def test_a_refusal_keeps_no_address(told: Ports) -> None:
    booked = order(told)
    sealed = stop_messages(booked, Channel.EMAIL, told)
    assert booked.booking.customer.email is not None
    assert booked.booking.customer.email.split("@")[0] not in sealed
    assert choice_of(sealed, told).refused


@pytest.mark.parametrize("link", ["", "email-0-0", "é", "sms-" + "0" * 32 + "-" + "0" * 20])
def test_a_made_up_link_chooses_nothing(told: Ports, link: str) -> None:
    with pytest.raises(NotFound):
        choose(link, told, refused=True)


def test_a_failed_notice_may_be_sent_again_by_hand(told: Ports, outbox: Outbox) -> None:
    order(told)
    outbox.answers.append(Sent(Outcome.REFUSED, "550"))
    (notice,) = sent(told)
    retry_notice(notice.notice_id, told)
    (notice,) = sent(told)
    assert (notice.state, len(outbox.letters)) == (NoticeState.SENT, 2)
    with pytest.raises(Conflict, match="is sent, not failed"):
        retry_notice(notice.notice_id, told)
    with pytest.raises(NotFound):
        retry_notice("nothing", told)


def test_a_failed_notice_of_yesterday_stays_failed(told: Ports, outbox: Outbox) -> None:
    order(told)
    outbox.answers.append(Sent(Outcome.REFUSED, "550"))
    (notice,) = sent(told)
    clock_of(told).advance(minutes=24 * 60)
    with pytest.raises(Conflict, match="no use"):
        retry_notice(notice.notice_id, told)


def test_a_house_without_a_service_sends_nothing_and_knows_no_choices(ports: Ports) -> None:
    booked = order(ports)
    assert send_due(Channel.EMAIL, ports) == ()
    assert choices_of(booked.booking.customer, ports) == ()
    with pytest.raises(NotFound):
        choice_of("email-0-0", ports)


def test_a_channel_without_a_service_is_silent(ports: Ports, outbox: Outbox) -> None:
    ports = writing(ports, outbox, texts=False)
    note_events(ports)
    order(ports)
    assert sent(ports, Channel.SMS) == []
    assert send_due(Channel.SMS, ports) == ()


def test_notices_end_with_the_names(told: Ports) -> None:
    order(told)
    sent(told)
    clock_of(told).advance(minutes=(365 + 2) * 24 * 60)
    assert purge(told).notices == 1
    assert noted(told) == []


def test_nobody_carries_notices_says_what_to_set(ports: Ports, told: Ports) -> None:
    order(told)
    note_events(told)
    with pytest.raises(Invalid, match=r"notify\.smtp"):
        send_next(Channel.EMAIL, ports)
