"""The exit statuses of the command: 1 means that a prediction was refuted, and nothing else."""

from __future__ import annotations

ALL_HOLD = 0  # or the command did what it was asked for, where nothing is compared
REFUTED = 1
BAD_INPUT = 2
INCONCLUSIVE = 3
FAILED = 4
INTERRUPTED = 130
PIPE_CLOSED = 141  # what a shell gives for a program that was ended by a closed pipe

IN_WORDS = (
    "Exit status: 0 all hold, 1 a prediction was refuted (and nothing else), 2 bad input, "
    "3 inconclusive, 4 anything else that went wrong, 130 interrupted with Ctrl-C, 141 the reader "
    "of the output closed the pipe."
)
