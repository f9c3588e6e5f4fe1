"""Files that were damaged or forged by chance are a safe picture or a refusal; `make fuzz` tries for longer."""

from random import Random

import pytest

from tests.fuzz.images import corpus, take
from tests.fuzz.mutations import mutated

FILES = 400


@pytest.fixture(scope="module")
def seeds() -> list[bytes]:
    return corpus()


def test_every_file_that_mutations_begin_with_is_taken_or_refused(seeds: list[bytes]) -> None:
    for data in seeds:
        take(data)


@pytest.mark.parametrize("part", range(4))
def test_damaged_files_are_taken_or_refused(seeds: list[bytes], part: int) -> None:
    for number in range(part, FILES, 4):
        take(mutated(seeds, Random(number)))
