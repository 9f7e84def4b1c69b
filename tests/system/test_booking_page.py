"""The address that a business gives away, before there is anything to book."""

from tests.support.product import Product


def test_the_booking_page_says_whose_it_is(product: Product) -> None:
    with product.client() as client:
        person = product.sign_up(client, businessName="Bob's <b>Boilers</b>")
        for path in ("book", "widget"):
            page = client.get(f"/{path}/{person['tenant']['slug']}", headers={"accept": "text/html"})
            assert page.status_code == 200
            assert page.headers["content-type"].startswith("text/html")
            assert "Bob&#x27;s &lt;b&gt;Boilers&lt;/b&gt;" in page.text
            # It is made to stand in other people's pages.
            assert "frame-ancestors *" in page.headers["content-security-policy"]
            assert "x-frame-options" not in page.headers


def test_nobodys_address_is_a_page_too(product: Product) -> None:
    with product.client() as client:
        for slug in ("nobody-at-all", "UPPER", "a%20b", "ü"):
            page = client.get(f"/book/{slug}", headers={"accept": "text/html"})
            assert page.status_code == 404, slug
            assert page.headers["content-type"].startswith("text/html"), slug
