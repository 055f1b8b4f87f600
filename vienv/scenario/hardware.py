"""Servers by name: cores, clock, CPU class and the watts that SPECpower_ssj2008 measured at 0, 10, ... 100 % load.

The end points agree with SPEC's published results (result ids in the comments); interior points come from public
power models that cite these ids (CloudSim and others). Memory is the scenario's choice: the measured machines held
less than virtualization hosts do, and what more DIMMs draw is left out. vMotion needs equal CPU classes: vendor and
generation, as VMware's EVC baselines tell them apart (KB 1003212); with EVC newer hosts present themselves as the
baseline. Intel only; a class of a scenario's own has no EVC.
"""

from typing import NamedTuple


class Server(NamedTuple):
    """A host model; `watts` has 11 points."""

    cores: int
    core_mhz: float
    cpu_class: str
    watts: tuple[float, ...]


GENERATIONS = (
    "Intel Core 65 nm",  # "Merom"
    "Intel Core 45 nm",  # "Penryn"
    "Intel Nehalem",
    "Intel Westmere",
    "Intel Sandy Bridge",
    "Intel Haswell",
    "Intel Broadwell",
    "Intel Skylake",
)
"""EVC's baselines, oldest first; NetBurst is older than all."""
SERVERS: dict[str, Server] = {
    "HP ML110 G3": Server(2, 3000, "Intel NetBurst", (105, 112, 118, 125, 131, 137, 147, 153, 157, 164, 169)),
    # 20110127-00342
    "HP ML110 G4": Server(2, 1860, "Intel Core 65 nm", (86, 89.4, 92.6, 96, 99.5, 102, 106, 108, 112, 114, 117)),
    # 20110124-00339
    "HP ML110 G5": Server(2, 2660, "Intel Core 65 nm", (93.7, 97, 101, 105, 110, 116, 121, 125, 129, 133, 135)),
    # 20071128-00013; some public copies carry 0 in the idle slot, 157 W is the published value
    "Dell 2950 III": Server(8, 2830, "Intel Core 45 nm", (157, 173, 189, 204, 217, 230, 243, 253, 262, 270, 276)),
    # 20071205-00023; likewise, 160 W
    "HP DL160 G5": Server(8, 3000, "Intel Core 45 nm", (160, 174, 189, 203, 215, 227, 238, 247, 256, 264, 269)),
    # 20080116-00034
    "Fujitsu RX300 S4": Server(8, 2830, "Intel Core 45 nm", (166, 179, 191, 200, 212, 224, 235, 245, 252, 259, 265)),
    # 20080115-00026
    "Supermicro 6025B": Server(8, 2330, "Intel Core 65 nm", (220, 235, 249, 261, 273, 286, 298, 309, 319, 327, 334)),
    "IBM x3650 M2": Server(8, 2930, "Intel Nehalem", (81.4, 110, 125, 139, 153, 167, 182, 199, 214, 229, 244)),
    "IBM x3250 M3 X3470": Server(
        4, 2930, "Intel Nehalem", (41.6, 46.7, 52.3, 57.9, 65.4, 73, 80.7, 89.5, 99.6, 105, 113)
    ),
    "IBM x3250 M3 X3480": Server(
        4, 3070, "Intel Nehalem", (42.3, 46.7, 49.7, 55.4, 61.8, 69.3, 76.1, 87, 96.1, 106, 113)
    ),
    # 20100315-00239
    "IBM x3550 M3 X5670": Server(12, 2930, "Intel Westmere", (66, 107, 120, 131, 143, 156, 173, 191, 211, 229, 247)),
    # 20110406-00368
    "IBM x3550 M3 X5675": Server(12, 3070, "Intel Westmere", (58.4, 98, 109, 118, 128, 140, 153, 170, 189, 205, 222)),
    # 20120306-00434
    "Dell R620": Server(16, 2600, "Intel Sandy Bridge", (54.1, 78.4, 88.5, 99.5, 115, 126, 143, 165, 196, 226, 243)),
    # 20120306-00435
    "Dell R720": Server(16, 2600, "Intel Sandy Bridge", (51, 75, 84.5, 95, 110, 120, 137, 159, 187, 217, 231)),
    "HP DL360 Gen9": Server(36, 2300, "Intel Haswell", (45, 83.7, 101, 118, 133, 145, 162, 188, 218, 248, 276)),
    # 20160705-00737
    "Dell R830": Server(88, 2200, "Intel Broadwell", (86.4, 181, 215, 253, 287, 315, 340, 377, 421, 483, 562)),
    # 20170829-00781
    "Dell R640": Server(56, 2500, "Intel Skylake", (55, 125, 151, 176, 202, 232, 261, 301, 357, 421, 469)),
    # 20170829-00780
    "Dell R740": Server(56, 2500, "Intel Skylake", (52.3, 129, 147, 170, 195, 224, 255, 292, 344, 408, 457)),
    # 20171010-00789
    "Dell R940": Server(112, 2500, "Intel Skylake", (106, 245, 292, 336, 383, 437, 502, 583, 694, 820, 915)),
}
