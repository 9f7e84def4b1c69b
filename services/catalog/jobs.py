"""Catalog's clockwork."""

from services.catalog.store import untold
from services.catalog.use_cases.tools import Tools
from services.kernel.jobs import Job


def jobs(tools: Tools) -> list[Job]:
    return [Job("prune what was not told", 60, lambda: untold.prune(tools.db))]
