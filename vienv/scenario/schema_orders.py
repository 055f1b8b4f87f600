"""What a scenario may say of administrators' orders, on hosts and on VMs' files, and of the files themselves."""

from typing import Annotated, Literal

from pydantic import Field

from vienv.scenario.schema_basics import MOST_HOSTS, Mb, Name, Seconds, Section

MOST_CLONES = 1000
"""Of one order."""


class FileSettings(Section):
    """What files take and what work on them takes; used where there are orders on files."""

    small_mb: Mb = 10.0  # configuration, NVRAM and logs of a VM; UNSOURCED
    customization_s: Seconds = 300.0  # sysprep's; UNSOURCED
    linked_clone_s: Seconds = 5.0  # UNSOURCED; "seconds" is all that is said
    create_stun_s: float = Field(default=0.5, ge=0, le=60)  # a laboratory saw 0 to 2
    commit_stun_least_s: float = Field(default=1.0, ge=0, le=60)  # a laboratory saw 1 to 7
    commit_stun_most_s: float = Field(default=7.0, ge=0, le=600)
    commit_stun_s_per_gb: float = Field(default=0.6, ge=0, le=600)  # of delta, on top of the least; UNSOURCED


class _Order(Section):
    at_s: Seconds  # when it is due: it begins then, or when its turn comes


class HostOrder(_Order):
    """Work on hosts; hosts' or groups' names, in their order."""

    hosts: list[str] = Field(min_length=1, max_length=MOST_HOSTS)


class Patch(HostOrder):
    """Rolling patches: maintenance, patch, boot, one host after another."""

    kind: Literal["patch"]
    patch_s: float = Field(default=900.0, ge=0, le=86_400)  # UNSOURCED; the boot comes on top
    at_once: int = Field(default=1, ge=1, le=MOST_HOSTS)  # Update Manager remediates one after another by default


class AddHost(HostOrder):
    """Hosts that join the cluster; absent before."""

    kind: Literal["add_host"]


class RemoveHost(HostOrder):
    """Hosts that are emptied and leave the cluster."""

    kind: Literal["remove_host"]
    at_once: int = Field(default=1, ge=1, le=MOST_HOSTS)


class FileOrder(_Order):
    """Work on VMs' files."""


class CarriedOrder(FileOrder):
    """What any host may do that reaches the datastores."""

    host: str | None = None  # which copies, and powers clones on; default: any, and clones wait to be placed


class Clone(CarriedOrder):
    """VMs made of another one's disks: `name-01` on, entries like the template's; linked ones share what it holds."""

    kind: Literal["clone", "linked_clone"]
    template: str  # the entry whose disks are copied or shared
    name: Name
    count: int = Field(default=1, ge=1, le=MOST_CLONES)
    customize: bool = False  # sysprep


class Backup(CarriedOrder):
    """A copy of a VM's disks elsewhere."""

    kind: Literal["backup"]
    vm: str
    datastore: str
    snapshot: bool = True  # of the running VM; else it is powered off


class VmOrder(CarriedOrder):
    """What needs no word but its VM's name."""

    kind: Literal["snapshot", "commit", "delete_disk", "restore", "retire"]
    vm: str


class StorageVmotion(FileOrder):
    """A running VM's files move to another datastore; its own host copies them."""

    kind: Literal["storage_vmotion"]
    vm: str
    datastore: str


Order = Annotated[Patch | AddHost | RemoveHost | Clone | Backup | StorageVmotion | VmOrder, Field(discriminator="kind")]
