"""No second ever holds more than forty messages, and ten of them are kept for cancels and reducing orders."""

from hypothesis import given
from hypothesis import strategies as st

from robo_trader.edge.rate_budget import MESSAGES_PER_WINDOW_MAX, RESERVED_FOR_REDUCING, WINDOW_NS, Kind, RateBudget
from robo_trader.values import NS_PER_SECOND

kinds = st.sampled_from(Kind)
steps = st.lists(st.tuples(kinds, st.one_of(st.just(0), st.integers(0, WINDOW_NS), st.integers(0, 20_000_000))), max_size=300)


def greedy(offers):
    """Send whatever is allowed when it is offered; the instants and kinds that went."""
    budget, now, sent = RateBudget(), 10**18, []
    for kind, pause in offers:
        now += pause
        if budget.may_send(kind, now):
            budget.spend(kind, now)
            sent.append((now, kind))
    return sent


@given(steps)
def test_no_closed_second_holds_more_than_forty_messages_whatever_is_offered(offers):
    instants = [instant for instant, _ in greedy(offers)]
    assert all(sum(start <= i <= start + NS_PER_SECOND for i in instants) <= MESSAGES_PER_WINDOW_MAX for start in instants)


@given(steps)
def test_entries_and_requests_never_use_the_reserve(offers):
    instants = [instant for instant, kind in greedy(offers) if kind is not Kind.REDUCING]
    free = MESSAGES_PER_WINDOW_MAX - RESERVED_FOR_REDUCING
    assert all(sum(start <= i <= start + NS_PER_SECOND for i in instants) <= free for start in instants)


@given(steps, kinds)
def test_a_message_may_go_exactly_from_the_instant_that_next_free_names(offers, kind):
    budget, now = RateBudget(), 10**18
    for offered, pause in offers:
        now += pause
        if budget.may_send(offered, now):
            budget.spend(offered, now)
    free = budget.next_free_ns(kind, now)
    assert budget.may_send(kind, free)
    assert free == now or not budget.may_send(kind, free - 1)


def test_cancels_pass_at_the_instant_at_which_entries_have_used_up_their_share():
    budget, now = RateBudget(), 10**18
    while budget.may_send(Kind.ENTRY, now):
        budget.spend(Kind.ENTRY, now)
    went = 0
    while budget.may_send(Kind.REDUCING, now):
        budget.spend(Kind.REDUCING, now)
        went += 1
    assert went == RESERVED_FOR_REDUCING


@given(st.lists(st.integers(0, NS_PER_SECOND), min_size=MESSAGES_PER_WINDOW_MAX, max_size=MESSAGES_PER_WINDOW_MAX).map(sorted))
def test_however_forty_messages_were_spread_an_eager_sender_never_makes_a_second_of_forty_one(spread):
    budget, now = RateBudget(), 10**18
    instants = []
    for offset in spread:
        budget.spend(Kind.REDUCING, now + offset)
        instants.append(now + offset)
    for _ in range(2 * MESSAGES_PER_WINDOW_MAX):
        instants.append(budget.next_free_ns(Kind.REDUCING, instants[-1]))
        budget.spend(Kind.REDUCING, instants[-1])
    apart = [later - earlier for earlier, later in zip(instants, instants[MESSAGES_PER_WINDOW_MAX:], strict=False)]
    assert min(apart) > NS_PER_SECOND
