"""Payments with one route more, which the product does not have: the floor under the answer to a webhook.

The bare route does what no route that keeps something can do without: it reads the body, inserts one row, commits, and
answers, in the same process under the same framework.
"""

import os
import sys
from typing import Any, Final

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from services.kernel.ids import new_uuid
from services.kernel.run import run
from services.payments.app import compose
from services.payments.use_cases.tools import Tools

Has = NamedDependency[SkipValidation[Tools]]
PATH: Final = "/bench/kept"
_INSERT: Final = "INSERT INTO bench_kept (id, body) VALUES ($1, $2)"


@post(PATH, status_code=200, include_in_schema=False)
async def bare(request: Request[Any, Any, Any], tools: Has) -> Response[bytes]:
    body = await request.body()
    async with tools.db.at_once() as tx:
        await tx.run(_INSERT, new_uuid(), body)
    return Response(b'{"success":true}', media_type="application/json")


def main(port: int) -> None:
    context = compose(os.environ)
    context.routes = (*context.routes, bare)
    run(context, "serve", "127.0.0.1", port)


if __name__ == "__main__":
    main(int(sys.argv[1]))
