"""Requests to S3 are signed as Amazon's own code signs them."""

import string
from datetime import UTC, datetime
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from services.catalog.gateways.signature import signed
from tests.service.catalog.bucket import is_signed

names = st.text(string.ascii_letters + string.digits + "-_.~ /+@é", min_size=1, max_size=40)
values = st.text(string.ascii_letters + string.digits + "-/;= ", min_size=1, max_size=40).map(str.strip).filter(bool)


@given(
    st.sampled_from(["PUT", "DELETE", "GET"]),
    names,
    st.dictionaries(st.sampled_from(["content-type", "cache-control", "x-amz-acl"]), values),
    st.binary(max_size=200),
    st.text(string.printable, min_size=1, max_size=60),
    st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - Hypothesis adds it
)
def test_a_signature_is_amazons(  # noqa: PLR0917 - what Hypothesis draws
    method: str, key: str, headers: dict[str, str], body: bytes, secret: str, at: datetime
) -> None:
    url = f"https://storage.example.com:9000/bucket/{quote(key)}"
    sent = signed(method, url, headers, body, region="syd1", key_id="AKIA", secret=secret, at=at)
    assert is_signed(method, url, sent, body, secret)
    assert not is_signed(method, url, sent, body + b"!", secret)
    assert not is_signed(method, url + "x", sent, body, secret)
    assert not is_signed(method, url, sent, body, secret + "x")
