"""Availability with one route more, which the product does not have: the floor under a day that is not kept.

The bare route does what no route that reads a tenant's row can do without: it takes a connection, opens the tenant's
transaction, reads one row by its key, commits, and answers, in the same process under the same framework.
"""

import os
import sys
from typing import Any, Final

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from services.availability.app import compose
from services.availability.use_cases.tools import Tools
from services.kernel.http import envelope
from services.kernel.http.envelope import Ok
from services.kernel.run import run

Has = NamedDependency[SkipValidation[Tools]]
_ROW: Final = "SELECT service_id, name, duration, step, active FROM services WHERE service_id = $1"


@get("/bench/{tenant_id:str}/{service_id:str}", include_in_schema=False)
async def bare(tools: Has, tenant_id: FromPath[str], service_id: FromPath[str]) -> Ok[dict[str, Any]]:
    async with tools.db.transaction(tenant_id) as tx:
        row = await tx.row(_ROW, service_id)
    return envelope.ok(dict(row or {}))


def main(port: int) -> None:
    context = compose(os.environ)
    context.routes = (*context.routes, bare)
    run(context, "serve", "127.0.0.1", port)


if __name__ == "__main__":
    main(int(sys.argv[1]))
