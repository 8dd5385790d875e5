"""Each of the 23 bugs of the negative control still applies to the sources, and is still caught; the sources as they are, are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.mutant_list import BY_SEEDS, PATCHES, SEEDS, SEEDS_MAX, WAYS, caught, complaint, copy_of_sources, verdict

MUTANTS = 23


def test_every_patch_has_a_way_to_be_caught_and_every_way_a_patch():
    assert {path.stem for path in PATCHES.glob("*.patch")} == set(WAYS)
    assert len(WAYS) == MUTANTS


@pytest.mark.parametrize("name", WAYS)
def test_a_mutant_still_applies(name: str):
    assert complaint(name) == "", "the sources moved on: write the patch anew, and see that it is still caught"


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", WAYS)
def test_a_mutant_is_caught(name: str, tmp_path: Path):
    found, words = caught(name, tmp_path / "mutated")
    assert found, words


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", [name for name in BY_SEEDS if not WAYS[name].startswith(SEEDS)])
def test_a_mutant_is_caught_by_seeded_worlds_too(name: str, tmp_path: Path):
    found, words = caught(name, tmp_path / "mutated", f"{SEEDS}{SEEDS_MAX}")
    assert found, words


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("way", sorted(set(WAYS.values())))
def test_the_sources_as_they_are_are_not_caught(way: str, tmp_path: Path):
    found, words = verdict(copy_of_sources(tmp_path / "sound"), way)
    assert not found, words
