"""Where each number comes from, and what its licence allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from stannary.atlas.cells import PartialDay

__all__ = ["Source"]


@dataclass(frozen=True, slots=True)
class Source:
    """A publication. `redistribution` says whether rows may be passed on.

    `allowed`: any number of rows, with the attribution. `single_fact`: single facts with the citation,
    no series. `forbidden`: rows stay in the user's own atlas.
    """

    id: str
    title: str
    publisher: str
    url: str
    published_on: PartialDay
    licence: str
    redistribution: Literal["allowed", "single_fact", "forbidden"]
    attribution: str
