"""Thin shells around the pure core, and the only wiring: which broker, which journal, which clock is real is decided in `tree`."""
