"""What came of a run: its verdicts, as a list that shows itself as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from update_magnitude.paper_checks.profiles import Profile
from update_magnitude.paper_checks.verdicts import Verdict


@dataclass(frozen=True, repr=False)
class Outcome(Sequence[Verdict]):
    """What came of a run; a list of its verdicts, with what they rest on."""

    verdicts: list[Verdict]  # one per question that was answered
    profile: Profile
    seed: int
    engines: tuple[str, ...]
    interrupted: bool = False
    notes: tuple[str, ...] = ()  # what else a user should know
    subject: tuple[str, ...] = ()  # what was asked for: claims, or a scenario; all claims if empty

    @overload
    def __getitem__(self, place: int) -> Verdict: ...
    @overload
    def __getitem__(self, place: slice) -> list[Verdict]: ...
    def __getitem__(self, place: int | slice) -> Verdict | list[Verdict]:
        return self.verdicts[place]

    def __len__(self) -> int:
        return len(self.verdicts)

    def __repr__(self) -> str:
        """The table of the command, and its sentences."""
        from update_magnitude.paper_checks.showing import in_lines

        return "\n".join((in_lines(self.verdicts), *(f"note: {note}" for note in self.notes)))

    def _repr_html_(self) -> str:
        """A row for each verdict, in a notebook."""
        from update_magnitude.paper_checks.showing import in_html

        return in_html(self.verdicts)
