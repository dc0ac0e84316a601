"""Text from templates, which lie as files beside the code that fills them in."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def render(path: str, **values: object) -> str:
    """A template of the package, filled in; HTML is escaped, unless the template calls it safe.

    Example:
        >>> render("figures/explore/lines.html", lines=["1 < 2."], kind="words")
        '<p class="words">1 &lt; 2.</p>'
    """
    return _environment().get_template(path).render(values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=PackageLoader("update_magnitude", ""),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
