"""What a scenario may say of administrators' orders on VMs' files, and of the files themselves."""

from typing import Literal

from pydantic import Field

from vienv.scenario.schema_basics import Mb, Name, Seconds, Section

MOST_CLONES = 1000
"""Of one order."""


class FileSettings(Section):
    """What files take and what work on them takes; used where there are orders."""

    tasks_at_a_time: int = Field(default=8, ge=1, le=640)  # copies; UNSOURCED
    small_mb: Mb = 10.0  # configuration, NVRAM and logs of a VM; UNSOURCED
    customization_s: Seconds = 300.0  # sysprep's; UNSOURCED
    create_stun_s: float = Field(default=0.5, ge=0, le=60)  # a laboratory saw 0 to 2
    commit_stun_least_s: float = Field(default=1.0, ge=0, le=60)  # a laboratory saw 1 to 7
    commit_stun_most_s: float = Field(default=7.0, ge=0, le=600)
    commit_stun_s_per_gb: float = Field(default=0.6, ge=0, le=600)  # of delta, on top of the least; UNSOURCED


class FileOrder(Section):
    """One order on VMs' files, begun at `at_s` or when its turn comes."""

    kind: Literal["clone", "snapshot", "commit", "backup", "delete_disk", "restore", "retire"]
    at_s: Seconds
    vm: str | None = None  # of all but clone
    template: str | None = None  # of a clone: the entry whose disks are copied
    name: Name | None = None  # of clones: `name-01` on, entries like the template's
    count: int | None = Field(default=None, ge=1, le=MOST_CLONES)  # of clones; default 1
    customize: bool | None = None  # of clones: sysprep; default: not
    host: str | None = None  # which copies, and powers clones on; default: any, and clones wait to be placed
    datastore: str | None = None  # of a backup: where it goes
    snapshot: bool | None = None  # of a backup: of the running VM; else it is powered off; default: with one
