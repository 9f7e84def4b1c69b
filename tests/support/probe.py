"""Two small contexts of the tests' own, on the real kernel: `probe` takes notes and tells of them, `echo` hears it.

`python -m tests.support.probe probe --role consume --port 8001` runs one as a process of its own.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any, ClassVar, Final

import asyncpg
from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET, Meta, Struct, UnsetType, field

from services.kernel import errors, ids, inbox, run, schema
from services.kernel.bus import Handler, Subscription
from services.kernel.clock import Clock
from services.kernel.context import Context, Tools
from services.kernel.db import Database, Tx
from services.kernel.events import Delivery, Event
from services.kernel.http import who
from services.kernel.http.bodies import Wire
from services.kernel.http.envelope import Listed, Ok, listed, ok
from services.kernel.idempotency import Idempotent
from services.kernel.limits import Limits
from services.kernel.migrate import migrate
from services.kernel.outbox import Outbox
from services.kernel.settings import Settings
from tests.support.servers import Servers, as_role

AnyRequest = Request[Any, Any, Any]

NAMES: Final = ("probe", "echo")

# Short enough for a test, and growing all the same.
DELAYS: Final = (0.1, 0.2, 0.4)

_TABLES: Final = f"""
CREATE TABLE notes (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    number int NOT NULL,
    words text NOT NULL
);
{schema.fence("notes")}

-- The constraint is looked at by the COMMIT.
CREATE TABLE pairs (
    id text COLLATE "C" PRIMARY KEY,
    other text COLLATE "C" REFERENCES pairs DEFERRABLE INITIALLY DEFERRED
);

-- Nothing forbids that the same event is applied twice, so that a test sees it.
CREATE TABLE heard (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id text NOT NULL,
    subject text NOT NULL,
    number int NOT NULL,
    heard_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""


class NoteTaken(Event, frozen=True, kw_only=True):
    """Somebody took a note."""

    TYPE: ClassVar[str] = "probe.note.taken.v1"

    note_id: str
    number: int


class NoteBurnt(Event, frozen=True, kw_only=True):
    """Somebody burnt a note; nobody listens."""

    TYPE: ClassVar[str] = "probe.note.burnt.v1"

    note_id: str


class Place(Wire, frozen=True, kw_only=True):
    """Where a note was taken."""

    city: Annotated[str, Meta(min_length=1, max_length=50)]
    postcode: int | None = None


def _even(number: int) -> str | None:
    return None if number % 2 == 0 else "must be even"


class NoteRequest(Wire, frozen=True, kw_only=True):
    """A body with something of everything that a body can hold."""

    CHECKS: ClassVar = {"pages": _even}

    number: Annotated[int, Meta(ge=0, le=1_000_000)]
    words: Annotated[str, Meta(min_length=1, max_length=200)]
    pages: int = 2
    is_public: bool = False
    weight: float | None = None
    place: Place | None = None
    places: list[Place] = field(default_factory=list)
    labels: Annotated[list[Annotated[str, Meta(min_length=2)]], Meta(max_length=3)] = field(default_factory=list)
    remark: str | UnsetType | None = UNSET


class NoteView(Struct, frozen=True, kw_only=True, rename="camel"):
    """A note as the API shows it."""

    note_id: str
    number: int
    words: str


async def take_note(tx: Tx, outbox: Outbox, note_id: str, number: int, words: str = "words") -> str:
    """A change and the event of it, in one transaction; answers the event's id."""
    await tx.run(
        "INSERT INTO notes (id, tenant_id, number, words) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (id) DO UPDATE SET number = excluded.number",
        note_id,
        tx.tenant_id,
        number,
        words,
    )
    return await outbox.add(tx, NoteTaken(note_id=note_id, number=number), about=note_id)


class Busy(errors.Conflict):
    """Not now; in a moment it may do."""

    code = "BUSY"
    retryable = True


@post("/api/notes", guards=[who.member], middleware=[Idempotent()])
async def create(
    data: JSONBody[NoteRequest], db: NamedDependency[Database], outbox: NamedDependency[Outbox], request: AnyRequest
) -> Ok[NoteView]:
    """Take a note."""
    note = NoteView(note_id=ids.new_id("note"), number=data.number, words=data.words)
    async with db.transaction(who.person(request).tenant) as tx:
        await take_note(tx, outbox, note.note_id, note.number, note.words)
    if data.words == "break afterwards":
        raise RuntimeError("a bug, after the commit")
    if data.words == "busy afterwards":
        raise Busy
    return ok(note)


@get("/api/notes", guards=[who.member])
async def index(
    db: NamedDependency[Database],
    request: AnyRequest,
    page: Annotated[int, QueryParameter(ge=1)] = 1,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Listed[NoteView]:
    """A business's notes."""
    async with db.transaction(who.person(request).tenant) as tx:
        total = await tx.value("SELECT count(*) FROM notes")
        rows = await tx.rows(
            "SELECT id AS note_id, number, words FROM notes ORDER BY id LIMIT $1 OFFSET $2", limit, (page - 1) * limit
        )
    return listed([NoteView(**dict(row)) for row in rows], page=page, limit=limit, total=total)


@get("/api/notes/{note_id:str}", guards=[who.member])
async def show(note_id: FromPath[str], db: NamedDependency[Database], request: AnyRequest) -> Ok[NoteView]:
    """One note."""
    async with db.transaction(who.person(request).tenant) as tx:
        row = await tx.row("SELECT id AS note_id, number, words FROM notes WHERE id = $1", note_id)
    if row is None:
        raise errors.NotFound
    return ok(NoteView(**dict(row)))


@delete("/api/notes", guards=[who.Allowed("owner")], status_code=200)
async def burn(db: NamedDependency[Database], request: AnyRequest) -> Ok[int]:
    """Burn all notes, which only an owner may."""
    async with db.transaction(who.person(request).tenant) as tx:
        return ok(await tx.run("DELETE FROM notes"))


@post("/api/public", middleware=[Idempotent()])
async def public(data: JSONBody[Place]) -> Ok[str]:
    """Anybody may; every answer is another."""
    return ok(f"{data.city} {ids.new_uuid()}")


@post("/api/pairs", middleware=[Idempotent()])
async def pair(db: NamedDependency[Database], outbox: NamedDependency[Outbox]) -> Ok[str]:
    """The statement succeeds; the commit doesn't, for there is no such other half."""
    async with db.transaction() as tx:
        await tx.run("INSERT INTO pairs (id, other) VALUES ($1, 'nobody')", ids.new_id("pair"))
        await outbox.add(tx, NoteBurnt(note_id="pair"), about="pair")
    return ok("kept")


@post("/api/swallowed")
async def swallowed(db: NamedDependency[Database], outbox: NamedDependency[Outbox]) -> Ok[str]:
    """A statement fails and the code goes on as if nothing were."""
    async with db.transaction() as tx:
        await outbox.add(tx, NoteBurnt(note_id="swallowed"), about="swallowed")
        with suppress(asyncpg.NotNullViolationError):
            await tx.run("INSERT INTO pairs (id) VALUES (NULL)")
    return ok("kept")


@post("/api/mistyped")
async def mistyped(db: NamedDependency[Database]) -> Ok[str]:
    """A bug: PostgreSQL is asked with a value of the wrong type."""
    async with db.transaction() as tx:
        return ok(str(await tx.value("SELECT $1::int", "one")))


@post("/api/metered")
async def metered(limits: NamedDependency[Limits]) -> Ok[str]:
    """Ten at once, then one every minute."""
    await limits.spend("metered", "everybody", per_minute=1, burst=10)
    return ok("went on")


@get("/internal/notes/{note_id:str}", guards=[who.another_context])
async def internal(note_id: FromPath[str]) -> Ok[str]:
    """For other contexts only."""
    return ok(note_id)


ROUTES: Final = (create, index, show, burn, public, pair, swallowed, mistyped, metered, internal)


def applying(db: Database, order: inbox.Order = "any") -> Handler:
    """The usual handler: applies an event once, in one transaction."""

    async def apply(delivery: Delivery[Any]) -> None:
        async with db.transaction(delivery.tenant_id) as tx:
            if await inbox.take(tx, delivery, order=order):
                await record(tx, delivery)

    return apply


async def record(tx: Tx, delivery: Delivery[Any]) -> None:
    await tx.run(
        "INSERT INTO heard (event_id, subject, number) VALUES ($1, $2, $3)",
        delivery.id,
        delivery.subject,
        delivery.event.number,
    )


def compose(
    name: str,
    environ: Mapping[str, str],
    *,
    clock: Clock | None = None,
    handler: Handler | None = None,
    order: inbox.Order = "any",
    delays: Sequence[float] = DELAYS,
) -> Context:
    """`probe` tells, `echo` hears."""
    tools = Tools.build(name, Settings.read(environ), clock)
    heard = [Subscription("probe", {NoteTaken: handler or applying(tools.db, order)})] if name == "echo" else []
    return Context(
        tools,
        about="A context of the tests' own.",
        routes=ROUTES,
        provides={"db": tools.db, "outbox": tools.outbox, "limits": tools.limits},
        subscriptions=heard,
        published=[NoteTaken, NoteBurnt],
        delays=delays,
    )


async def make_schemas(servers: Servers) -> None:
    """Roles, schemas and tables of both, in the worker's database."""
    urls = {f"{name.upper()}_DATABASE_URL": as_role(servers.postgres, name) for name in NAMES}
    await migrate({"MIGRATION_DATABASE_URL": servers.postgres, **urls}, NAMES)
    connection = await asyncpg.connect(servers.postgres)
    try:
        for name in NAMES:
            await connection.execute(f"SET search_path = {name}; {schema.CHASSIS}; {_TABLES}")
    finally:
        await connection.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="probe", description=__doc__)
    parser.add_argument("context", choices=NAMES)
    parser.add_argument("--role", choices=("all", "serve", "consume"), default="all")
    parser.add_argument("--port", type=int, default=8000)
    chosen = parser.parse_args()
    run.run(compose(chosen.context, os.environ), chosen.role, "127.0.0.1", chosen.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
