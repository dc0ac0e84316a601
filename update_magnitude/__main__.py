"""``python -m update_magnitude`` is ``update-magnitude``."""

from update_magnitude.commands import main

main()
