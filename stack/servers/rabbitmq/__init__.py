"""RabbitMQ: where its program comes from, and a node of our own made of it."""

from stack.servers.rabbitmq.node import RabbitMQ, RabbitPorts
from stack.servers.rabbitmq.origin import Installation, installation, obtain

__all__ = ["Installation", "RabbitMQ", "RabbitPorts", "installation", "obtain"]
