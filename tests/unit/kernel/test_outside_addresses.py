"""Which addresses lie outside, and which of them may be asked."""

import asyncio
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.outside import BadAddress, Exceptions, InsideAddress, Outside, Target, is_public
from services.kernel.settings import Settings, SettingsProblem

_INSIDE = (
    "0.0.0.1", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.9.9.9",
    "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1",
    "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "100::1", "2001::1", "2001:0:4136:e378::1",
    "2001:10::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254",
    "fdff:ffff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "ff0e::1", "fe80::1%eth0", "2606:4700::1%1",
)  # fmt: skip
_OUTSIDE = (
    "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1", "169.253.255.255",
    "192.167.1.1", "198.17.0.1", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "64:ff9b::808:808",
    "::ffff:8.8.8.8",
)  # fmt: skip


@pytest.mark.parametrize("text", _INSIDE)
def test_an_inside_address_is_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", _OUTSIDE)
def test_an_outside_address_is_public(text: str) -> None:
    assert is_public(ip_address(text))


@given(st.ip_addresses(v=4))
def test_nothing_is_public_that_the_standard_library_knows_to_be_inside(address: IPv4Address) -> None:
    is_inside = address.is_private or address.is_reserved or address.is_multicast or address.is_link_local
    assert not (is_inside and is_public(address))
    # The same address in each of its IPv6 spellings is no more public.
    for prefix in (0xFFFF << 32, 0x64FF9B << 96):
        assert is_public(IPv6Address(prefix | int(address))) == is_public(address)
    assert not is_public(IPv6Address(0x2002 << 112 | int(address) << 80))
    assert not is_public(IPv6Address(int(address)))


@given(st.ip_addresses(v=6))
def test_an_address_of_ipv6_is_public_only_where_the_internet_is(address: IPv6Address) -> None:
    if is_public(address):
        assert any(address in ip_network(network) for network in ("2000::/3", "64:ff9b::/96", "::ffff:0:0/96"))
        is_inside = address.is_multicast or address.is_loopback or address.is_site_local or address.is_link_local
        assert not is_inside


def _spellings(address: IPv4Address) -> list[str]:
    """As resolvers of the old school read them."""
    number = int(address)
    first, second, third, fourth = address.packed
    return [
        str(address), str(number), hex(number), f"0{number:o}", f"{first}.{number & 0xFFFFFF}",
        f"{first}.{second}.{number & 0xFFFF}", f"{first:#x}.{second:#x}.{third:#x}.{fourth:#x}",
        f"0{first:o}.0{second:o}.0{third:o}.0{fourth:o}", f"{address}.", f"[::ffff:{address}]",
        f"[::ffff:{number >> 16:x}:{number & 0xFFFF:x}]", f"{address}.nip.example",
    ]  # fmt: skip


class _Names:
    """A name server that says of every name what a test wants."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)


INSIDE_4 = st.sampled_from(
    ["10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "224.0.0.0/4"]
).flatmap(lambda network: st.ip_addresses(network=network))


@given(INSIDE_4.flatmap(lambda address: st.tuples(st.just(address), st.sampled_from(_spellings(IPv4Address(address))))))
def test_however_an_inside_address_is_spelled_it_is_refused(pair: tuple[IPv4Address, str]) -> None:
    address, spelled = pair
    names = _Names([str(address)])
    outside = Outside(resolve=names)
    assert _refusal(outside, f"http://{spelled}/calendar.ics") is not None
    assert _refusal(outside, f"https://{spelled}:8443/") is not None


def _refusal(outside: Outside, address: str) -> BadAddress | None:
    try:
        asyncio.run(outside.check(address))
    except BadAddress as refusal:
        return refusal
    return None


async def test_one_inside_address_among_a_name_s_many_is_enough_to_refuse_it() -> None:
    outside = Outside(resolve=_Names(["8.8.8.8", "2606:4700::1111", "10.0.0.1"]))
    with pytest.raises(InsideAddress):
        await outside.check("https://calendar.example.com/")
    await Outside(resolve=_Names(["8.8.8.8", "2606:4700::1111"])).check("https://calendar.example.com/")


@pytest.mark.parametrize(
    "address",
    ["", "calendar.example.com/x.ics", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/",
     "http://", "http:///x", "https://user@example.com/", "https://user:pass@example.com/", "https://:pw@example.com/",
     "http://example.com:22/", "http://example.com:25/", "http://example.com:0/", "http://example.com:1023/",
     "http://example.com:65536/", "http://example.com:-1/", "http://[fe80::1%25eth0]/", "http://[::1/",
     "http://exa mple.com/", "http://example.com\\@evil.example/", "http://example.com/\r\nHost: evil", "http://[1.2.3.4]/",
     "http://example.com/\0", "javascript:alert(1)", "http://" + "a" * 2100, "http://" + "a." * 130 + "com/", "http://./",
     "http://exa%00mple.com/"],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_refused(address: str) -> None:
    with pytest.raises(BadAddress):
        Target.read(address)


@pytest.mark.parametrize(
    ("address", "read"),
    [
        ("https://Example.COM/a/b.ics?x=1#part", "https://example.com/a/b.ics?x=1"),
        ("webcal://example.com/a.ics", "https://example.com/a.ics"),
        ("WEBCAL://example.com", "https://example.com/"),
        ("http://example.com.:80/", "http://example.com/"),
        ("https://example.com:8443/", "https://example.com:8443/"),
        ("http://example.com:443/", "http://example.com:443/"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("http://[2606:4700::1111]:8080/x", "http://[2606:4700::1111]:8080/x"),
    ],
)
def test_an_address_has_one_reading(address: str, read: str) -> None:
    target = Target.read(address)
    assert target.text == read
    assert Target.read(target.text) == target


@pytest.mark.parametrize(
    ("location", "leads"),
    [("/b.ics", "https://example.com/b.ics"), ("b.ics?x", "https://example.com/dir/b.ics?x"),
     ("//other.example/", "https://other.example/"), ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/"),
     ("webcal://other.example/c", "https://other.example/c")],
)  # fmt: skip
def test_a_redirect_leads_where_a_browser_would_go(location: str, leads: str) -> None:
    assert Target.read("https://example.com/dir/a.ics").joined(location).text == leads


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "http://example.com:22/", "https://a:b@example.com/", "ftp://x/"]
)
def test_a_redirect_is_judged_like_any_address(location: str) -> None:
    with pytest.raises(BadAddress):
        Target.read("https://example.com/a").joined(location)


async def test_an_operator_s_exceptions_allow_just_what_they_name() -> None:
    allowed = Exceptions.read(["calendar.intra:8443", "10.1.0.0/16", "[fd00::5]:443", "127.0.0.1"])
    await Outside(allowed, resolve=_Names(["192.168.0.9"])).check("https://Calendar.Intra.:8443/x")
    await Outside(allowed, resolve=_Names(["10.1.2.3"])).check("https://anything.example/")
    await Outside(allowed, resolve=_Names(["fd00::5"])).check("https://[fd00::5]/")
    await Outside(allowed, resolve=_Names(["127.0.0.1"])).check("http://localhost:8080/")
    for address, resolved in (
        ("https://calendar.intra/x", "192.168.0.9"),
        ("https://other.intra:8443/x", "192.168.0.9"),
        ("https://anything.example/", "10.2.0.1"),
        ("https://[fd00::6]/", "fd00::6"),
        ("http://localhost:8080/", "127.0.0.2"),
    ):
        with pytest.raises(InsideAddress):
            await Outside(allowed, resolve=_Names([resolved])).check(address)


def test_it_is_named_with_all_else_that_is_wrong() -> None:
    for allowed, count in (("10.0.0.0/8, calendar.intra", 1), ("10.0.0.0/8, calendar.intra:443", 0)):
        with pytest.raises(SettingsProblem) as caught:
            Settings.read({"OUTSIDE_ALLOWED": allowed})
        assert sum(problem.startswith("OUTSIDE_ALLOWED") for problem in caught.value.problems) == count


@pytest.mark.parametrize(
    "entry", ["calendar.intra", "10.0.0.0/33", "host:0", "host:99999", ":80", "10.0.0.1/8", "http://x"]
)
def test_an_exception_that_can_t_be_read_is_told_at_the_start(entry: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - it names the entry
        Exceptions.read([entry])
