"""What catalog needs to know: where logos are kept, and the built page of the widget."""

from typing import Final
from urllib.parse import urlsplit

from services.kernel.settings import Secret, Settings

_OF_A_BUCKET: Final = ("s3_bucket", "s3_region", "s3_access_key_id", "s3_secret_access_key", "s3_public_url")


class CatalogSettings(Settings, frozen=True, kw_only=True):
    """With S3_ENDPOINT logos go to that storage, without it to a folder that all processes share."""

    logo_folder: str = ".peepopay/logos"
    s3_endpoint: str = ""
    s3_bucket: str = ""
    s3_region: str = ""
    s3_access_key_id: str = ""
    s3_secret_access_key: Secret = Secret("")
    # Where anybody reads what is stored: the bucket's own address, or that of a CDN before it.
    s3_public_url: str = ""
    # The widget's page with its marker; until it is there, a plain page is shown.
    widget_page: str = "build/pages/book/index.html"

    @property
    def uses_bucket(self) -> bool:
        return bool(self.s3_endpoint)

    def problems(self) -> list[str]:
        found = super().problems()
        if not self.uses_bucket:
            return found
        found.extend(
            f"{name.upper()} is missing: S3_ENDPOINT needs it" for name in _OF_A_BUCKET if not getattr(self, name)
        )
        for name in ("s3_endpoint", "s3_public_url"):
            parts = urlsplit(getattr(self, name))
            if getattr(self, name) and (parts.scheme not in {"http", "https"} or not parts.hostname):
                found.append(f"{name.upper()} must be an address such as https://syd1.example.com")
        return found
