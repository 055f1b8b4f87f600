"""What every section of a scenario is made of: its strictness, quantities with bounds, and the largest sizes."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST_HOSTS = 4096
MOST_VMS = 65536
MOST_DATASTORES = 1024
MOST_POOLS = 128
MOST_INCIDENTS = 4096
MOST_ORDERS = 4096
MOST_SESSIONS = 4096
MOST_RULES = 62
"""VM-host rules are bits of an integer."""
_OCTET = r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$"

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Address = Annotated[str, Field(pattern=rf"^{_OCTET}(\.{_OCTET}){{3}}$")]
Percent = Annotated[float, Field(ge=0, le=100)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=1e8)]
Mhz = Annotated[float, Field(ge=0, le=1e7)]
Mb = Annotated[float, Field(ge=0, le=1e8)]
Price = Annotated[float, Field(ge=0, le=1e6)]
Shares = Literal["low", "normal", "high"] | Annotated[int, Field(ge=1, le=1_000_000)]


class Section(BaseModel):
    """Strict types, finite numbers, no unknown keys, frozen."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True, frozen=True)
