"""Who was called, and for what."""

from robo_trader.desk.effects import Alert, Severity
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.simulation.calls import Calls, explained


def calls(*told: tuple[Severity, str]) -> Calls:
    made = Calls()
    for severity, key in told:
        made.told(Alert(severity, key, "text with SPY in it"))
    return made


def test_only_a_critical_call_about_cover_is_about_cover():
    told = calls(
        (Severity.WARNING, "rejected/SPY"),
        (Severity.WARNING, "external/SPY"),
        (Severity.CRITICAL, "journal"),
        (Severity.CRITICAL, "given-up/gateway"),
        (Severity.CRITICAL, "drift/SPY"),
        (Severity.WARNING, "bare/SPY"),
    )
    assert told.about_cover == frozenset() and told.critical["given-up/gateway"] == 1
    assert calls((Severity.CRITICAL, "bare/SPY"), (Severity.CRITICAL, "uncovered/IBM")).about_cover == {"SPY", "IBM"}


def test_each_caller_ends_its_own_call():
    told = calls((Severity.CRITICAL, "bare/SPY"), (Severity.CRITICAL, "uncovered/SPY"), (Severity.INFO, "bare/SPY"))
    assert told.about_cover == {"SPY"}
    told.covered("SPY")
    assert told.about_cover == frozenset()


def test_a_desk_that_died_has_no_call_standing_and_the_second_eyes_have():
    told = calls((Severity.CRITICAL, "bare/SPY"), (Severity.CRITICAL, "uncovered/IBM"))
    told.desk_gone()
    assert told.about_cover == {"IBM"}


def test_a_halt_explains_its_symbol_if_its_reason_needs_a_person():
    halts = [Halt(str(n), HaltLevel.NO_NEW, HaltScope.SYMBOL, f"S{n}", reason, None, "desk", "") for n, reason in enumerate(REASONS)]
    assert explained(halts) == {"S0", "S1", "S2"}


REASONS = ("drift", "net-below-books", "protect-refused", "uncovered", "exit-refused", "test")
