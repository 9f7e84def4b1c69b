"""`up`: everything made ready, started, seeded and shown; or nothing left behind."""

import asyncio
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from stack import browser, environment
from stack.composition import Composition, check_given, compose, from_environment, wait_for_door
from stack.display import Progress, table
from stack.errors import Trouble
from stack.home import Home
from stack.ports import is_free
from stack.seed import Demo, seed
from stack.servers.rabbitmq import obtain
from stack.state import holding, is_running, read_state, remove_leftovers
from stack.supervisor import EVERYTHING, Supervisor

INTERRUPTED = 130
DEFAULT_PORT = 8080
# Another `up` in the same home may be half way.
OTHER_TAKES = 120.0


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asked for."""

    # Nothing where none was asked for.
    asked_port: int | None
    detach: bool
    as_json: bool
    seeded: bool
    unlimited: bool

    @property
    def port(self) -> int:
        return self.asked_port or DEFAULT_PORT


def up(home: Home, wishes: Wishes) -> int:
    home.make()
    progress = Progress()
    if is_running(home):
        answer = answer_of_running(home)
        if wishes.asked_port not in (None, urlsplit(answer["url"]).port):
            raise Trouble(
                f"PeepoPay is running in {home.folder} at {answer['url']} already: "
                f"end that one with `down`, or choose another folder with --home."
            )
        progress.say(f"PeepoPay is running in {home.folder} already.")
        show(answer, home, wishes, attached=False)
        return 0
    with holding(home):
        ended = remove_leftovers(home)
        if ended:
            progress.say(f"Ended {ended} processes that a crash had left behind")
        composition = prepared(home, wishes, progress)
        names = [part.name for part in composition.parts]
        progress.expect(names)
        run = run_detached if wishes.detach else run_attached
        return run(home, wishes, composition, progress)


def answer_of_running(home: Home) -> dict[str, Any]:
    deadline = time.monotonic() + OTHER_TAKES
    while is_running(home) and time.monotonic() < deadline:
        state = read_state(home)
        if state is not None and state.ready and state.answer is not None:
            return state.answer
        time.sleep(0.2)
    raise Trouble(f"Another `up` in {home.folder} did not come to an end: try again.")


def prepared(home: Home, wishes: Wishes, progress: Progress) -> Composition:
    """All that can be found wrong is found here, before anything runs."""
    given = from_environment()
    if not is_free(wishes.port):
        raise Trouble(f"Port {wishes.port} is in use by another program: end that one, or choose another with --port.")
    check_given(given)
    origin = None
    if not given.get("RABBITMQ_URL"):
        origin = obtain(home.rabbitmq_copy, progress.say)
    browser.build(progress.say)
    if wishes.seeded and not environment.catches_mail(given):
        raise Trouble(
            "RESEND_API_KEY is set, so the demo business's mail would leave this machine: "
            "start with `--seed none`, or unset it."
        )
    return compose(home, given, web_port=wishes.port, unlimited=wishes.unlimited, rabbitmq=origin)


def greeting(home: Home, wishes: Wishes, composition: Composition) -> dict[str, Any]:
    """The one line of `--json`, with the demo business made first."""
    url = composition.url
    wait_for_door(composition.gateway)
    demo = seeded(home, composition) if wishes.seeded else None
    return {
        "url": url,
        "widget": f"{url}/book/{demo.slug}" if demo else f"{url}/embed.js",
        "dashboard": f"{url}/dashboard",
        "sandbox": f"{url}/sandbox",
        "docs": f"{url}/docs",
        "login": {"email": demo.email, "password": demo.password} if demo else None,
        "tenantSlug": demo.slug if demo else None,
    }


def seeded(home: Home, composition: Composition) -> Demo:
    simulates_payments = environment.simulates_payments(from_environment())
    return seed(home, composition.web_port, composition.database, simulates_payments=simulates_payments)


def show(answer: dict[str, Any], home: Home, wishes: Wishes, *, attached: bool) -> None:
    text = json.dumps(answer) if wishes.as_json else table(answer, home, attached=attached)
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def run_attached(home: Home, wishes: Wishes, composition: Composition, progress: Progress) -> int:
    def tell(name: str, state: str) -> None:
        progress.happened(name, state)
        if name == EVERYTHING and supervisor.state.answer is not None:
            progress.end()
            show(supervisor.state.answer, home, wishes, attached=True)

    supervisor = Supervisor(home, composition.parts, composition.url, tell)
    try:
        asyncio.run(supervisor.run(lambda: greeting(home, wishes, composition)))
    finally:
        progress.end()
    progress.say("PeepoPay has stopped.")
    return 0 if supervisor.state.ready else INTERRUPTED


def run_detached(home: Home, wishes: Wishes, composition: Composition, progress: Progress) -> int:
    reports_in, reports_out = os.pipe()
    waiting_in, waiting_out = os.pipe()
    if os.fork() == 0:
        os.close(reports_in)
        os.close(waiting_out)
        supervise_in_background(home, wishes, composition, reports_out, waiting_in)
    os.close(reports_out)
    os.close(waiting_in)
    try:
        with os.fdopen(reports_in, "rb") as reports:
            answer = follow(reports, progress, home)
    finally:
        progress.end()
        os.close(waiting_out)
    show(answer, home, wishes, attached=False)
    return 0


def follow(reports: BinaryIO, progress: Progress, home: Home) -> dict[str, Any]:
    for line in reports:
        report = json.loads(line)
        if "trouble" in report:
            raise Trouble(report["trouble"])
        if "answer" in report:
            answer: dict[str, Any] = report["answer"]
            return answer
        progress.happened(report["name"], report["state"])
    raise Trouble(f"The stack ended while it was starting: see {home.log('peepopay')}.")


def supervise_in_background(home: Home, wishes: Wishes, composition: Composition, reports: int, waiting: int) -> None:
    """The forked half. Reports until all is up; stops if nobody waits for that any more."""
    os.setsid()
    log = os.open(home.log("peepopay"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)

    def report(**facts: Any) -> None:
        try:
            os.write(reports, json.dumps(facts).encode() + b"\n")
        except OSError:
            # Whoever waited has its answer, or is gone and noticed elsewhere.
            return

    def tell(name: str, state: str) -> None:
        sys.stderr.write(f"{time.strftime('%FT%TZ', time.gmtime())} {name} {state}\n")
        sys.stderr.flush()
        if name == EVERYTHING:
            report(answer=supervisor.state.answer)
            os.close(reports)
        elif not supervisor.state.ready:
            report(name=name, state=state)

    supervisor = Supervisor(home, composition.parts, composition.url, tell)
    code = 1
    try:
        asyncio.run(supervised(supervisor, waiting, lambda: greeting(home, wishes, composition)))
        code = 0
    except Trouble as trouble:
        report(trouble=str(trouble))
    except Exception:  # noqa: BLE001, the outermost edge of a process
        # The edge of this process: nobody above could write it down.
        traceback.print_exc()
    finally:
        os._exit(code)


async def supervised(supervisor: Supervisor, waiting: int, when_up: Callable[[], dict[str, object]]) -> None:
    loop = asyncio.get_running_loop()

    def nobody_waits() -> None:
        loop.remove_reader(waiting)
        if not supervisor.state.ready:
            supervisor.stop()

    loop.add_reader(waiting, nobody_waits)
    await supervisor.run(when_up)
