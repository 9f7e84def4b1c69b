"""The command line: which commands there are, and what each one takes."""

import argparse
import sys
from collections.abc import Callable, Container, Sequence
from pathlib import Path
from typing import NoReturn

from stack.environment import APPLICATIONS
from stack.errors import Trouble
from stack.home import DEFAULT_HOME, Home

WRONG_USE = 2
INTERRUPTED = 130
LARGEST_PORT = 65_535


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the whole usage before it."""

    def error(self, message: str) -> NoReturn:
        sentence = message[0].upper() + message[1:].rstrip(".")
        self.exit(WRONG_USE, f"{sentence}. `./peepopay --help` shows what there is.\n")


Handler = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str]) -> int:
    parser, known, handed_on = make_parser()
    if not arguments or arguments[0] == "help":
        parser.print_help()
        return 0 if arguments else WRONG_USE
    if arguments and arguments[0] in handed_on:
        # Their arguments are somebody else's to read, `--help` included.
        chosen = argparse.Namespace(handler=handed_on[arguments[0]], rest=list(arguments[1:]))
    else:
        if arguments and not arguments[0].startswith("-") and arguments[0] not in known:
            parser.error(f"there is no command `{arguments[0]}`")
        chosen = parser.parse_args(arguments)
    try:
        handler: Handler = chosen.handler
        return handler(chosen)
    except Trouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped.\n")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        sys.stderr.close()
        return 0


def make_parser() -> tuple[Parser, Container[str], dict[str, Handler]]:
    parser = Parser(prog="./peepopay", description="PeepoPay, the whole product in one program.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    handed_on: dict[str, Handler] = {}

    def command(name: str, text: str, handler: Handler, *, with_home: bool = False) -> Parser:
        made: Parser = commands.add_parser(name, help=text, description=text)
        made.set_defaults(handler=handler)
        if with_home:
            made.add_argument(
                "--home",
                type=Path,
                default=DEFAULT_HOME,
                metavar="DIR",
                help="the stack's folder (default: .peepopay)",
            )
        return made

    def hand_on(name: str, text: str, handler: Handler) -> None:
        command(name, text, handler)
        handed_on[name] = handler

    up = command("up", "start the whole product on this machine", run_up, with_home=True)
    up.add_argument("--port", type=port, help="where it answers (default: 8080)")
    up.add_argument("--detach", action="store_true", help="leave it running in the background")
    up.add_argument("--json", action="store_true", help="print one line of JSON when it is up")
    up.add_argument(
        "--seed", choices=("demo", "none"), default="demo", help="whether to sign up a demo business (default: demo)"
    )
    up.add_argument("--unlimited", action="store_true", help="lift the rate limits, for benches")

    command("down", "stop it, and leave nothing running", run_down, with_home=True)

    status = command("status", "what runs, where, since when", run_status, with_home=True)
    status.add_argument("--json", action="store_true", help="print one line of JSON")

    logs = command("logs", "what the programs say", run_logs, with_home=True)
    logs.add_argument("service", nargs="?", metavar="SERVICE", help="one of them only")
    logs.add_argument("-f", "--follow", action="store_true", help="go on as more is said")

    command("doctor", "is this machine fit for it?", run_doctor, with_home=True)
    command("check", "style, types and walls of the code", run_check)
    hand_on("test", "all tests; arguments go to pytest", run_test)
    hand_on("bench", "how fast it is, against floors measured in the same run", run_module("bench"))
    hand_on("serve", "the web side of one context", run_application("serve"))
    hand_on("consume", "the event side of one context", run_application("consume"))
    hand_on("migrate", "bring the database up to date", run_module("services.kernel.migrate"))
    hand_on(
        "fee",
        "what the platform takes of a business's payments",
        run_operation("payments", "services.payments.commands.fee"),
    )
    hand_on(
        "reconcile",
        "the ledger against Stripe's books",
        run_operation("payments", "services.payments.commands.reconcile"),
    )
    hand_on("replay", "publish facts again, or work again on what was given up", run_replay)
    lock = command("lock", "make uv.lock anew from pyproject.toml", run_lock)
    lock.add_argument("--upgrade", action="store_true", help="take newer versions")
    return parser, commands.choices, handed_on


def port(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"`{text}` is no port: take a number from 1 to 65535")
    return number


# What a command needs is imported when it is run: `down` shall not wait for what `up` needs.


def run_up(chosen: argparse.Namespace) -> int:
    from stack.up import Wishes, up

    wishes = Wishes(
        asked_port=chosen.port,
        detach=chosen.detach,
        as_json=chosen.json,
        seeded=chosen.seed == "demo",
        unlimited=chosen.unlimited,
    )
    return up(Home(chosen.home), wishes)


def run_down(chosen: argparse.Namespace) -> int:
    from stack.state import ask_to_stop, is_running, remove_leftovers

    home = Home(chosen.home)
    if is_running(home):
        ask_to_stop(home)
        sys.stderr.write("PeepoPay has stopped.\n")
    elif remove_leftovers(home):
        sys.stderr.write("Ended what a crash had left behind.\n")
    else:
        sys.stderr.write(f"Nothing is running in {home.folder}.\n")
    return 0


def run_status(chosen: argparse.Namespace) -> int:
    from stack.status import status

    return status(Home(chosen.home), as_json=chosen.json)


def run_logs(chosen: argparse.Namespace) -> int:
    from stack.logs import logs

    return logs(Home(chosen.home), chosen.service, follow=chosen.follow)


def run_doctor(chosen: argparse.Namespace) -> int:
    from stack.doctor import doctor

    return doctor(Home(chosen.home))


def run_check(_chosen: argparse.Namespace) -> int:
    from stack.check import check

    return check()


def run_test(chosen: argparse.Namespace) -> int:
    from stack.passing import run_tests

    return run_tests(chosen.rest)


def run_lock(chosen: argparse.Namespace) -> int:
    from stack.lock import relock

    relock(upgrade=chosen.upgrade)
    return 0


def run_module(module: str) -> Handler:
    def run(chosen: argparse.Namespace) -> int:
        from stack.passing import become

        return become(module, *chosen.rest)

    return run


def run_operation(context: str, module: str) -> Handler:
    def run(chosen: argparse.Namespace) -> int:
        from stack.operating import operate

        return operate(context, module, chosen.rest)

    return run


def run_replay(chosen: argparse.Namespace) -> int:
    from stack.operating import operate
    from stack.passing import become

    if chosen.rest and chosen.rest[0] in APPLICATIONS:
        return operate(chosen.rest[0], "services.kernel.replay", chosen.rest)
    return become("services.kernel.replay", *chosen.rest)


def run_application(role: str) -> Handler:
    def run(chosen: argparse.Namespace) -> int:
        from stack.passing import become

        if not chosen.rest or chosen.rest[0] not in APPLICATIONS:
            raise Trouble(f"Say which context to {role}: one of {', '.join(APPLICATIONS)}.")
        return become("services.kernel.run", *chosen.rest, "--role", role)

    return run
