"""What was sent after an instant."""

from __future__ import annotations

from robo_trader.simulated_gateway.verify_after import Watch, placed
from robo_trader.simulated_gateway.verify_records import FrameIn


def order_frame(at: int, action: str, quantity: str, ref: str = "rt:a:1:x", symbol: str = "SPY") -> FrameIn:
    fields = [""] * 30
    fields[0], fields[1], fields[3], fields[16], fields[17], fields[26] = "3", "12", symbol, action, quantity, ref
    return FrameIn(at, 1, 7, tuple(fields))


def watched(frames: list[FrameIn], ours: dict[str, int], after_ns: int = 10) -> Watch:
    watch = Watch(after_ns)
    for frame in frames:
        order = placed(frame)
        assert order is not None
        watch.take(frame, order, ours)
    return watch


def test_only_frames_read_after_the_instant_count() -> None:
    watch = watched([order_frame(9, "BUY", "100"), order_frame(10, "BUY", "100"), order_frame(11, "BUY", "100")], {})
    assert watch.orders == 1


def test_an_order_that_takes_the_position_further_from_zero_is_an_entry() -> None:
    watch = watched([order_frame(11, "BUY", "100"), order_frame(11, "SELL", "100"), order_frame(11, "SELL", "250")], {"SPY": 100})
    assert [entry.signed for entry in watch.entries] == [100, -250]


def test_orders_of_others_do_not_count() -> None:
    assert watched([order_frame(11, "BUY", "100", ref="manual")], {}).orders == 0


def test_the_report_says_which_entries_became_orders() -> None:
    watch = watched([order_frame(11, "BUY", "100.0", ref="rt:a:1:x"), order_frame(12, "BUY", "100", ref="rt:a:1:y", symbol="IBM")], {})
    report = watch.report(frozenset({"rt:a:1:y"}))
    assert (report.orders, report.entries, report.entries_accepted) == (2, 2, 1)
    assert report.entries_by_symbol == {"SPY": 1, "IBM": 1}
    assert report.entry_refs == ("rt:a:1:x", "rt:a:1:y")


def test_frames_that_are_no_orders_are_passed_over() -> None:
    assert placed(FrameIn(1, 1, 7, ("49", "1"))) is None
    assert placed(FrameIn(1, 1, 7, ("3", "1"))) is None
    assert placed(order_frame(1, "BUY", "many")) is None
    assert placed(order_frame(1, "BUY", "inf")) is None
