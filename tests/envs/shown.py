"""Everything that is shown of a hand-made cluster, for tests of the observation."""

import numpy as np
import pytest

from tests.managed import look
from vienv.core import admission, headroom
from vienv.core.columns import ClusterColumn, HostColumn, RecommendationColumn, VmColumn
from vienv.core.enums import ONE_CLUSTER
from vienv.envs import observation, observation_of_cluster, observation_of_parts
from vienv.envs.recommendation import recommend

H, V, C, R = HostColumn, VmColumn, ClusterColumn, RecommendationColumn
NUM_C = len(ClusterColumn)


class Shown:
    """Rows as an environment gives them; `shown.host(0, H.ON)` compares as float32."""

    def __init__(self, c):
        look(c)
        n = c.sizes
        self.hosts, self.vms = (np.zeros((rows, len(of)), np.float32) for rows, of in ((n.hosts, H), (n.vms, V)))
        self.placement, self.cluster = np.zeros(n.vms, np.float32), np.zeros(NUM_C + len(V), np.float32)
        self.recommendations = np.zeros((n.recommendations, len(R)), np.float32)
        hs, vs = c.host_statistics, c.vm_statistics
        headroom.survey(c.largest, c.vms, c.datastores, c.hosts, c.paths, c.power_curves)
        observation.write_hosts(self.hosts, c.hosts, c.vms, c.migrations, hs, vs, c.largest, c.power_curves, c.clock)
        observation.write_vms(
            self.vms, self.placement, self.hosts, c.hosts, c.vms, c.migrations, vs, c.largest, c.vmotion, c.clock
        )
        if c.clock.has_more[0] == 1:
            observation_of_parts.write_hosts(self.hosts, c.hosts, c.host_networks, c.adapters, c.lines, c.clock)
            observation_of_parts.write_vms(self.vms, c.vms, c.volumes, c.disks, c.orders, c.scores, c.clock)
            observation_of_parts.write_cluster(
                self.cluster, c.hosts, c.host_networks, c.volumes, c.orders, c.cluster_score, c.clock
            )
        observation_of_cluster.write_cluster(
            self.cluster, self.vms, c.hosts, c.vms, hs, c.tariff, c.ledger, c.clock, c.virtual_center
        )
        failover = admission.failover(c.hosts, c.vms, c.migrations, c.ha, ONE_CLUSTER)
        slack = admission.failover_slack(c.hosts, c.ha, failover, c.power.minimum_hosts_on)
        observation_of_cluster.write_slack(self.cluster, c.hosts, slack)
        recommend(
            c.recommendations,
            c.clusters,
            c.pools,
            c.hosts,
            c.vms,
            c.migrations,
            c.paths,
            vs,
            hs,
            c.vmotion,
            c.ha,
            c.virtual_center,
            c.preferences,
            True,
            False,
        )
        observation.write_recommendations(
            self.recommendations, c.recommendations, self.cluster, self.vms, c.clusters, c.hosts, c.vms, hs, vs
        )

    def all(self):
        return np.concatenate([self.hosts.ravel(), self.vms.ravel(), self.placement, self.cluster])

    def host(self, h, *columns):
        return pytest.approx(self.hosts[h, list(columns)].tolist(), rel=1e-6, abs=1e-7)

    def vm(self, v, *columns):
        return pytest.approx(self.vms[v, list(columns)].tolist(), rel=1e-6, abs=1e-7)

    def of_cluster(self, *columns):
        return pytest.approx(self.cluster[list(columns)].tolist(), rel=1e-6, abs=1e-7)
