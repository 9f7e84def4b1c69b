from services.auth.domain import places


def test_every_country_has_a_zone_and_a_currency_that_are_known() -> None:
    assert len(places._PLACES) == 249
    for place in places._PLACES.values():
        assert places.is_zone(place.timezone)
        assert places.is_currency(place.currency)


def test_what_follows_from_a_country() -> None:
    assert places.place_of("NZ") == ("NZD", "Pacific/Auckland")
    assert places.place_of("DE") == ("EUR", "Europe/Berlin")
    assert places.place_of("??") == ("USD", "UTC")


def test_what_is_no_country_zone_or_currency_is_told() -> None:
    assert not places.is_country("nz")
    assert not places.is_country("XX")
    assert not places.is_zone("Mars/Base")
    assert not places.is_zone("../etc/passwd")
    assert not places.is_zone("Factory")
    assert not places.is_currency("nzd")
    assert not places.is_currency("XXX")
