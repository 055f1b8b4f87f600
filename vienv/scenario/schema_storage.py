"""What a scenario may say of where VMs' files lie. Left out: throughput."""

from typing import Literal

from pydantic import Field

from vienv.scenario.schema_basics import MOST_DATASTORES, MOST_HOSTS, Name, Section


class DatastoreGroup(Section):
    """Shared by all hosts or by those in `reached_by` (hosts' or groups' names); kind "local" belongs to one `host`."""

    name: Name = "lun"
    count: int = Field(default=1, ge=1, le=MOST_DATASTORES)
    kind: Literal["FC SAN", "iSCSI SAN", "NFS", "local"] = "FC SAN"
    host: str | None = None
    reached_by: list[str] | None = Field(default=None, min_length=1, max_length=MOST_HOSTS)
