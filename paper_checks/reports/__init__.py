"""Reports of a run: the same document as JSON, Markdown, and one self-contained HTML page.

``document`` says what was found, in plain data; ``writing`` fills in the templates ``report.html``
and ``report.md`` with it and puts files where they belong, ``plots`` draws the pictures of the
claims. No report says when it was made or how long it took: the same run gives the same bytes.
"""

from update_magnitude.paper_checks.reports.document import SCHEMA as SCHEMA
from update_magnitude.paper_checks.reports.document import document as document
from update_magnitude.paper_checks.reports.writing import write_reports as write_reports
