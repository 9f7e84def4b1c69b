"""What auth needs to know of the world besides what every context does."""

from typing import ClassVar

from services.auth.domain.origins import origin_of
from services.kernel.settings import Secret, Settings


class AuthSettings(Settings, frozen=True, kw_only=True):
    """Google's addresses are Google's own unless somebody says otherwise."""

    google_client_id: str = ""
    google_client_secret: Secret = Secret("")
    # Where browsers are sent, and where this program asks; the second is the first where it is not given.
    google_base_url: str = ""
    google_server_url: str = ""
    google_issuer: str = ""

    _AUTHORIZE: ClassVar[str] = "https://accounts.google.com/o/oauth2/v2/auth"
    _EXCHANGE: ClassVar[str] = "https://oauth2.googleapis.com/token"
    _CERTIFICATES: ClassVar[str] = "https://www.googleapis.com/oauth2/v3/certs"
    _ISSUER: ClassVar[str] = "https://accounts.google.com"

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the product by https."""
        return self.public_url.startswith("https://")

    @property
    def origins(self) -> frozenset[str]:
        """Whose pages may act, and where browsers may be sent."""
        found = {origin_of(address) for address in (self.public_url, *self.trusted_origins)}
        return frozenset(origin for origin in found if origin)

    @property
    def google_authorize(self) -> str:
        return self._under(self.google_base_url, "/o/oauth2/v2/auth") or self._AUTHORIZE

    @property
    def google_token(self) -> str:
        return self._under(self.google_server_url or self.google_base_url, "/token") or self._EXCHANGE

    @property
    def google_certificates(self) -> str:
        return self._under(self.google_server_url or self.google_base_url, "/oauth2/v3/certs") or self._CERTIFICATES

    @property
    def google_issuers(self) -> frozenset[str]:
        """Google spells itself with and without the scheme."""
        issuer = self.google_issuer or self.google_base_url.rstrip("/") or self._ISSUER
        return frozenset({issuer, issuer.removeprefix("https://")})

    def problems(self) -> list[str]:
        found = super().problems()
        if bool(self.google_client_id) != bool(self.google_client_secret):
            found.append("GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET go together: give both or neither")
        found.extend(
            f"{variable} must be an address such as https://accounts.example.com"
            for variable, address in (
                ("GOOGLE_BASE_URL", self.google_base_url),
                ("GOOGLE_SERVER_URL", self.google_server_url),
            )
            if address and origin_of(address) is None
        )
        return found

    @staticmethod
    def _under(base: str, path: str) -> str:
        return f"{base.rstrip('/')}{path}" if base else ""
