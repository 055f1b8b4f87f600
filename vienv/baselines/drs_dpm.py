"""DRS and DPM together, as VirtualCenter runs them: hard fixes, then DRS's moves, then DPM's power, every 300 s.

DPM runs alone with DRS at its first threshold, but a host woken for a full one takes load off it: without that,
waking would help nobody. The clairvoyant is DRS and DPM on statistics that show the true means of the next hour; it
is shown, not ranked, and no bound, since its rules are the same. `tuned.toml` holds the settings of drs-dpm-tuned.
"""

import tomllib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vienv.baselines import dpm, drs
from vienv.baselines.dpm import DpmSettings
from vienv.baselines.drs import DrsSettings
from vienv.baselines.policy import COMMIT, RECOMMENDATIONS, Observation, block
from vienv.baselines.reading import Mask, Placement, Rows
from vienv.core.jit import crossing, kernel, ready

TUNED = Path(__file__).with_name("tuned.toml")
FORESIGHT_SAMPLES = 12
"""Five-minute means that the clairvoyant is shown: one hour."""
_NUM_DRS = len(DrsSettings._fields)


@kernel
def choose(
    hosts: Rows,
    vms: Rows,
    placement: Placement,
    cluster: Rows,
    recommendations: Rows,
    mask: Mask,
    drs_settings: DrsSettings,
    dpm_settings: DpmSettings,
) -> int:
    """The next action on Recommendations-v0 in one cluster; 0, commit, when nothing is worth it.

    hosts (H, HostColumn), vms (V, VmColumn), placement (V,) planned host or -1, cluster (ClusterColumn ..,),
    recommendations (K, RecommendationColumn), mask (1 + K + H,), nonzero where legal. Any real dtype.
    """
    action = drs.choose(cluster, recommendations, mask, drs_settings)
    if action != COMMIT:
        return action
    return dpm.choose(hosts, vms, placement, cluster, recommendations, mask, dpm_settings)


@crossing(
    "void(int64[::1], float32[:,:,::1], float32[:,:,::1], int32[:,::1], float32[:,::1], float32[:,:,::1], int8[:,::1],"
    " float64[::1])"
)
def _play(
    actions: NDArray[np.int64],
    hosts: Rows,
    vms: Rows,
    placement: Placement,
    cluster: Rows,
    recommendations: Rows,
    mask: Mask,
    packed: NDArray[np.float64],
) -> None:
    """Choose in every cluster of the batch."""
    drs_settings, dpm_settings = drs.unpack(packed), dpm.unpack(packed[_NUM_DRS:])
    for e in range(actions.size):
        actions[e] = choose(
            hosts[e], vms[e], placement[e], cluster[e], recommendations[e], mask[e], drs_settings, dpm_settings
        )


class DrsDpm:
    """DRS and DPM with given settings, under a given name."""

    env_id = RECOMMENDATIONS

    def __init__(
        self, name: str, settings: tuple[DrsSettings, DpmSettings], ranked: bool = True, foresight_samples: int = 0
    ) -> None:
        """Above 0, foresight_samples asks the contest to show the true means of so many samples to come."""
        self.name = name
        self.settings = settings
        self.ranked = ranked
        self.foresight_samples = foresight_samples
        self._packed = np.array(settings[0] + settings[1], dtype=np.float64)
        ready(_play)

    def reset(self, num_envs: int, seed: int = 0) -> None:
        """Nothing is remembered."""

    def act(self, observation: Observation, action_mask: NDArray[np.int8]) -> NDArray[np.int64]:
        """The next move or toggle in each cluster, else commit."""
        actions = np.zeros(len(action_mask), dtype=np.int64)
        hosts, vms, placement = (block(observation, name) for name in ("hosts", "vms", "placement"))
        cluster, recommendations = block(observation, "cluster"), block(observation, "recommendations")
        mask = np.ascontiguousarray(action_mask, dtype=np.int8)
        _play(actions, hosts, vms, placement, cluster, recommendations, mask, self._packed)
        return actions


def drs_dpm() -> DrsDpm:
    """Both at VirtualCenter's defaults."""
    return DrsDpm("drs-dpm", (DrsSettings(), DpmSettings()))


def dpm_alone() -> DrsDpm:
    """DPM at its defaults; of DRS only hard fixes, and moves off hosts above DPM's band."""
    band = DpmSettings()
    relief = drs.of_threshold(drs.MANDATORY_PRIORITY)._replace(relief_load=band.target + band.tolerance)
    return DrsDpm("dpm", (relief, band))


def tuned() -> DrsDpm:
    """Both with the settings of `tuned.toml`."""
    return DrsDpm("drs-dpm-tuned", tuned_settings())


def clairvoyant() -> DrsDpm:
    """drs-dpm that is shown the hour to come."""
    return DrsDpm("clairvoyant", (DrsSettings(), DpmSettings()), ranked=False, foresight_samples=FORESIGHT_SAMPLES)


def tuned_settings(path: Path = TUNED) -> tuple[DrsSettings, DpmSettings]:
    """The settings in a file like `tuned.toml`: tables [drs] and [dpm], missing ones at their defaults."""
    document = tomllib.loads(path.read_text())
    return DrsSettings(**document["drs"]), DpmSettings(**document["dpm"])
