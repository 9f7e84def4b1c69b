"""PostgreSQL, Valkey, RabbitMQ and Traefik as programs of our own.

Each server is a small class that knows its folder, its port and its address, and nothing of
the rest of the stack. `start()` prepares what is missing, starts it and returns when it
answers; `stop()` ends it with all that belongs to it, `stop(at_once=True)` without ceremony.
Call both from a thread that lives as long as the server shall: a server whose starter is gone,
even by SIGKILL, is ended by the kernel.

    from stack.servers import Postgres, RabbitMQ, Valkey

    with Postgres(folder / "postgres", free_port(), durable=False) as postgres:
        postgres.url            # postgresql://postgres:…@127.0.0.1:PORT/peepopay (a superuser)
        postgres.url_of("w1")   # the same server, another database (created by you)

    with Valkey(folder / "valkey", free_port()) as valkey:
        valkey.url              # redis://:…@127.0.0.1:PORT/0, with databases 0 to 63

    with RabbitMQ(folder / "rabbitmq", RabbitPorts.free(), durable=False) as rabbit:
        rabbit.url              # amqp://peepopay:…@127.0.0.1:PORT/peepopay
        rabbit.add_vhosts(["w1", "w2"])
        rabbit.url_of("w1")

`durable=False` gives up what only a power cut would ask for, and is for tests. A folder may be
used again: PostgreSQL and RabbitMQ find their data, passwords are kept beside it.
Start several at once by calling `begin()` on each and then `wait()` on each:
`start()` is the two in one. RabbitMQ takes the longest, so begin it first.
"""

from stack.ports import free_port
from stack.servers.postgres import Postgres
from stack.servers.rabbitmq import RabbitMQ, RabbitPorts
from stack.servers.server import Server
from stack.servers.valkey import Valkey

__all__ = ["Postgres", "RabbitMQ", "RabbitPorts", "Server", "Valkey", "free_port"]
