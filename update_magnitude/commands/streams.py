"""Standard output and standard error: never a reason to lose what was calculated.

Whatever an encoding has no characters for is written with stand-ins in ASCII. A stream that cannot
be written to is noticed before the command ends, and not by Python after it.
"""

from __future__ import annotations

import codecs
import io
import os
import re
import sys
import unicodedata
from contextlib import suppress
from itertools import groupby
from typing import TextIO

HANDLER = "update-magnitude-stand-ins"  # of errors, for codecs
MARKS = {"<super>": "^", "<sub>": "_"}  # by what Unicode says of a raised or a lowered letter
SIGNS = {
    **{"±": "+-", "∓": "-+", "−": "-", "–": "-", "—": "-", "×": "x", "·": "*", "⋅": "*", "•": "*"},
    **{"≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "≪": "<<", "≫": ">>", "→": "->", "←": "<-"},
    **{"√": "sqrt", "∞": "inf", "∫": "integral", "∂": "d", "∑": "Sum", "∏": "Prod", "Σ": "Sum"},
    **{"‖": "||", "∥": "||", "⊥": "perp", "⟨": "<", "⟩": ">", "⌈": "ceil(", "⌉": ")", "∈": " in "},
    **{"“": '"', "”": '"', "‘": "'", "’": "'", "′": "'", "°": " degrees", "⁄": "/", "‾": "-"},
    **{"⎛": "/", "⎝": "\\", "⎞": "\\", "⎠": "/", "⎡": "[", "⎣": "[", "⎤": "]", "⎦": "]"},
    **{"⎜": "|", "⎟": "|", "⎢": "|", "⎥": "|", "⎮": "|", "⎪": "|", "⌠": "/", "⌡": "/"},
    **{"╱": "/", "╲": "\\", "\N{COMBINING CIRCUMFLEX ACCENT}": "_hat"},
}


class OutputError(Exception):
    """Standard output cannot be written to."""


def prepare_streams() -> None:
    """Let both streams write any text, in any encoding; refuse a closed standard output."""
    codecs.register_error(HANDLER, _handle)
    if sys.stderr is None:  # else what is meant for it would be printed among the results
        sys.stderr = _nowhere(2)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=HANDLER)
    if sys.stdout is None:
        sys.stdout = _nowhere(1)
        raise OutputError("standard output is closed; send it to a file or to a terminal")


def flush_output() -> None:
    """Write all that was printed; a closed pipe or, for example, a full disk is an error."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:  # ValueError: it was closed
        reason = error.strerror if isinstance(error, OSError) else error
        raise OutputError(f"standard output cannot be written: {reason}") from error


def drop_output() -> None:
    """Send what was printed and could not be written nowhere, so that Python does not try again."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def say(line: str) -> None:
    """Print a line on standard error, if that can be written."""
    with suppress(OSError, ValueError):
        print(line, file=sys.stderr, flush=True)


def can_print(text: str) -> bool:
    """Whether standard output has all characters of a text."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def in_ascii(text: str) -> str:
    r"""The text with stand-ins for all that is not ASCII; what has none is an escape as in Python.

    Example:
        >>> in_ascii("‖θ*_1‖² ± √ξ, m ≥ 3⁻¹")
        '||theta*_1||^2 +- sqrt xi, m >= 3^-1'
        >>> in_ascii("й")
        '\\u0439'
    """
    text = re.sub(r"√(?=\w)", "sqrt ", text)  # a root of a letter is no name of its own
    return "".join(
        MARKS.get(kind, "") + "".join(map(_stand_in, letters))
        for kind, letters in groupby(text, _kind)
    )


def _kind(letter: str) -> str:
    """How Unicode makes a letter of others, as in <super>; empty or a number if in no such way."""
    return unicodedata.decomposition(letter).partition(" ")[0]


def _stand_in(letter: str) -> str:
    """What is written for one character."""
    if letter.isascii() or letter in SIGNS:
        return SIGNS.get(letter, letter)
    name = unicodedata.name(letter, "")
    if name.startswith("GREEK "):  # as in GREEK SMALL LETTER LAMDA WITH OXIA, GREEK THETA SYMBOL
        words = name.partition(" WITH ")[0].removesuffix(" SYMBOL").split()
        word = words[-1].replace("LAMDA", "LAMBDA")
        return word.capitalize() if "CAPITAL" in name else word.lower()
    if name.startswith("BOX DRAWINGS "):  # as in BOX DRAWINGS LIGHT HORIZONTAL
        across = any(word in name for word in ("HORIZONTAL", "LEFT", "RIGHT"))
        upwards = any(word in name for word in ("VERTICAL", "UP", "DOWN"))
        return "+" if across and upwards else "|" if upwards else "-"
    parts = unicodedata.normalize("NFKD", letter)
    plain = "".join(part for part in parts if not unicodedata.combining(part))
    if plain == letter or not all(part.isascii() or part in SIGNS for part in plain) or not plain:
        return letter.encode("ascii", "backslashreplace").decode("ascii")
    return "".join(SIGNS.get(part, part) for part in plain)


def _handle(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    following = error.object[error.end : error.end + 1]
    text = in_ascii(error.object[error.start : error.end] + following)
    return text.removesuffix(in_ascii(following)), error.end


def _nowhere(descriptor: int) -> TextIO:
    """A stream in the place of one that is closed, so that no file that is opened takes it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if nowhere != descriptor:
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
    return open(descriptor, "w", encoding="utf-8", closefd=False)
