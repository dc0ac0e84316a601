"""The documentation as a static site: ``python -m docs.site`` builds it.

``staging`` brings the pages together in one folder: those of ``docs/``, the tutorials as notebooks,
and pages that are made from the project itself: ``atlas`` (theorems), ``claims`` and ``paper``
(what the committed run of ``check`` found, read by ``evidence``) and ``reference``. ``navigation``
is the bar at the side. Sphinx, set up by ``conf.py``, makes the site of them.
``python -m docs.site.check`` tests what came out: ``links`` by reading it, ``browser`` in a real
browser.
"""
