"""Worlds in one process and virtual time: a seed makes one, and checkers that share nothing with the desk judge every step of it."""
