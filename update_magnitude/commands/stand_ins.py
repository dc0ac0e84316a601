"""ASCII stand-ins for the characters of formulas and tables, where an output has no others."""

from __future__ import annotations

import codecs
import re
import unicodedata

NAME = "update-magnitude-stand-ins"  # of the error handler, for codecs

_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵀᵐᵗⁿⁱ", "0123456789+-=()Tmtni", strict=True))
_SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+-", strict=True))
_SIGNS = {
    **{"±": "+-", "∓": "-+", "−": "-", "–": "-", "—": "-", "×": "x", "·": "*", "⋅": "*", "•": "*"},
    **{"≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "≪": "<<", "≫": ">>", "→": "->", "←": "<-"},
    **{"√": "sqrt", "∞": "inf", "∫": "integral", "∂": "d", "∑": "Sum", "∏": "Prod", "Σ": "Sum"},
    **{"‖": "||", "∥": "||", "⊥": "perp", "⟨": "<", "⟩": ">", "⌈": "ceil(", "⌉": ")", "∈": " in "},
    **{"“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "′": "'", "″": "''", "°": " degrees"},
    **{"½": "1/2", "¼": "1/4", "¾": "3/4", "⁄": "/", "\N{COMBINING CIRCUMFLEX ACCENT}": "_hat"},
    **{"⎛": "/", "⎝": "\\", "⎞": "\\", "⎠": "/", "⎡": "[", "⎣": "[", "⎤": "]", "⎦": "]"},
    **{"⎜": "|", "⎟": "|", "⎢": "|", "⎥": "|", "⎮": "|", "⎪": "|", "⌠": "/", "⌡": "/"},
    **{"╱": "/", "╲": "\\", "╲╱": "\\/", "‾": "-"},
}
_RAISED = re.compile(f"[{''.join(_SUPERSCRIPTS)}]+")
_LOWERED = re.compile(f"[{''.join(_SUBSCRIPTS)}]+")


def in_ascii(text: str) -> str:
    r"""The text with stand-ins for all that is not ASCII; what has none is an escape as in Python.

    Example:
        >>> in_ascii("‖θ*_1‖² ± √ξ, m ≥ 3⁻¹")
        '||theta*_1||^2 +- sqrt xi, m >= 3^-1'
        >>> in_ascii("雪")
        '\\u96ea'
    """
    text = _RAISED.sub(lambda found: "^" + _each(found[0], _SUPERSCRIPTS), text)
    text = _LOWERED.sub(lambda found: "_" + _each(found[0], _SUBSCRIPTS), text)
    text = re.sub(r"√(?=\w)", "sqrt ", text)  # a root of a letter is no name of its own
    return "".join(letter if letter.isascii() else _stand_in(letter) for letter in text)


def register() -> None:
    """Make the stand-ins known to all codecs, as an error handler of the name ``NAME``."""
    codecs.register_error(NAME, _handle)


def _handle(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    following = error.object[error.end : error.end + 1]
    text = in_ascii(error.object[error.start : error.end] + following)
    return text.removesuffix(in_ascii(following)), error.end


def _each(letters: str, stand_ins: dict[str, str]) -> str:
    return "".join(stand_ins[letter] for letter in letters)


def _stand_in(letter: str) -> str:
    """What is written for one character."""
    if letter in _SIGNS:
        return _SIGNS[letter]
    name = unicodedata.name(letter, "")
    if name.startswith("GREEK "):
        return _greek(name)
    if name.startswith("BOX DRAWINGS "):
        return _line(name)
    plain = unicodedata.normalize("NFKD", letter)
    plain = "".join(part for part in plain if not unicodedata.combining(part))
    return plain if plain and plain.isascii() else _escaped(letter)


def _greek(name: str) -> str:
    """The name of a Greek letter, as in GREEK SMALL LETTER XI."""
    word = name.partition(" WITH ")[0].split()[-1]
    if word == "SYMBOL":  # GREEK THETA SYMBOL
        word = name.split()[-2]
    word = {"LAMDA": "LAMBDA"}.get(word, word)
    return word.capitalize() if "CAPITAL" in name else word.lower()


def _line(name: str) -> str:
    """A piece of a frame, as in BOX DRAWINGS LIGHT HORIZONTAL."""
    across = any(word in name for word in ("HORIZONTAL", "LEFT", "RIGHT"))
    upwards = any(word in name for word in ("VERTICAL", "UP", "DOWN"))
    return "+" if across and upwards else "|" if upwards else "-"


def _escaped(letter: str) -> str:
    return letter.encode("ascii", "backslashreplace").decode("ascii")
