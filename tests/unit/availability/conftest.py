"""What the tests of availability's domain share."""

from tests.support.zones import server_zone

__all__ = ["server_zone"]
