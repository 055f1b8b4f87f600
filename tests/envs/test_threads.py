"""Threads share a batch: the same bytes for any number of them, and nothing of one step is changed by the next."""

import gc
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from tests.envs.play import MIXED, QUIET, actions, clusters, digest_parts
from vienv.envs import threads
from vienv.envs.cluster_env import ClusterEnv
from vienv.envs.vector_env import ClusterVectorEnv

SHORT = QUIET | {"duration_h": 1.0, "demand": {"imbalance_least": 0.0, "imbalance_most": 10.0}}

MANY = 32 if os.environ.get("NUMBA_DISABLE_JIT") == "1" else 1024
"""Plain Python would take minutes for more."""


def helpers():
    return [thread for thread in threading.enumerate() if thread.name == "vienv"]


@pytest.fixture(autouse=True)
def _nobody_is_left():
    yield
    gc.collect()
    for thread in helpers():
        thread.join(5.0)
    assert helpers() == []


def told(step):
    """What a step gave, as bytes."""
    observation, rewards, terminations, truncations, infos = step
    arrays = [
        rewards,
        terminations,
        truncations,
        *(infos[k] for k in sorted(infos) if not k.startswith(("final", "_"))),
    ]
    return digest_parts(observation) + b"".join(np.asarray(array).tobytes() for array in arrays)


@pytest.mark.parametrize("mode", ["NextStep", "SameStep", "Disabled"])
@pytest.mark.parametrize("scenario", ["lab", MIXED, SHORT])
def test_one_thread_and_several_give_the_same_bytes(scenario, mode):
    one, several = (clusters(7, scenario, mode, num_threads=n) for n in (1, 3))
    assert digest_parts(one.reset(seed=5)[0]) == digest_parts(several.reset(seed=5)[0])
    draws = [np.random.default_rng(e) for e in range(7)]
    for _ in range(40):
        taken = actions(one, draws)
        assert told(one.step(taken)) == told(several.step(taken))
        assert one.action_masks().tobytes() == several.action_masks().tobytes()
    several.close()


def test_a_thousand_clusters_of_mixed_worlds_are_as_many_single_environments():
    batch = ClusterVectorEnv(MANY, "lab", worlds=[3 * e % 1000 for e in range(MANY)], num_threads=2)
    single = ClusterEnv(scenario="lab")
    shown = [batch.reset()[0]]
    taken = [np.array([(e + k) % 21 for e in range(MANY)]) * (k % 3 > 0) for k in range(3)]
    steps = [batch.step(a) for a in taken]
    shown += [step[0] for step in steps]
    for e in range(MANY):
        alone, _ = single.reset(options={"world": 3 * e % 1000})
        for k in range(4):
            assert digest_parts({name: part[e] for name, part in shown[k].items()}) == digest_parts(alone)
            if k < 3:
                alone, reward, terminated, truncated, info = single.step(int(taken[k][e]))
                _, rewards, terminations, truncations, infos = steps[k]
                assert (reward, terminated, truncated) == (rewards[e], terminations[e], truncations[e])
                assert info == {name: infos[name][e] for name in info}
    batch.close()


def test_what_a_step_gave_is_not_changed_by_the_next():
    for env in (clusters(4, "lab", num_threads=2), clusters(4, "lab", obs="flat")):
        env.reset(seed=1)
        given = env.step([0, 1, 2, 3])
        kept = told(given)
        env.step([0, 0, 0, 0])
        env.reset(seed=9)
        assert told(given) == kept
        env.close()
    single = ClusterEnv(scenario="lab")
    single.reset(seed=1)
    observation, _, _, _, info = single.step(1)
    kept, said = digest_parts(observation), dict(info)
    info["world"] = -1  # it is the caller's
    assert single.step(1)[4]["world"] == 1
    single.step(0)
    assert digest_parts(observation) == kept
    assert said["world"] == 1


def test_a_single_environment_takes_one_thread():
    env = clusters(1, "lab", num_threads=8)
    env.reset(seed=0)
    env.step([0])
    assert helpers() == []
    with pytest.raises(ValueError, match="num_threads: 0 is not allowed"):
        clusters(2, num_threads=0)


def test_helpers_end_when_the_environment_is_closed_or_forgotten():
    env = clusters(4, "lab", num_threads=3)
    env.reset(seed=0)
    assert len(helpers()) == 2
    env.close()
    for thread in helpers():
        thread.join(5.0)
    assert helpers() == []
    again = clusters(4, "lab", num_threads=3)
    again.reset(seed=0)
    del again  # the fixture waits for its helpers


def test_what_a_helper_raises_reaches_the_caller_and_the_next_step_works(monkeypatch):
    env = clusters(64, "lab", num_threads=2)
    env.reset(seed=0)
    real, has_failed = threads.step, threading.Event()

    def fail_beside(job, *arguments):
        if job > 0 or has_failed.is_set():
            has_failed.wait(0.1)  # a helper that had just fallen asleep misses a step
            return real(job, *arguments)
        has_failed.set()
        raise MemoryError("no room for a helper")

    monkeypatch.setattr(threads, "step", fail_beside)
    with pytest.raises(MemoryError, match="no room for a helper"):
        for _ in range(50):
            env.step(np.zeros(64, int))
    monkeypatch.undo()
    assert env.step(np.zeros(64, int))[0]["hosts"].shape[0] == 64
    env.close()


def test_a_forked_child_steps_with_threads_of_its_own():
    code = f"""
import os, threading
import numpy as np
from tests.envs.play import clusters, digest_parts
env, other = clusters(6, {SHORT!r}, num_threads=2), clusters(6, {SHORT!r})
for each in (env, other):
    each.reset(seed=3)
env.step([0] * 6), other.step([0] * 6)
child = os.fork()
same = digest_parts(env.step([1] * 6)[0]) == digest_parts(other.step([1] * 6)[0])
counted = sum(thread.name == "vienv" for thread in threading.enumerate())
if child == 0:
    os._exit(0 if same and counted == 1 else 1)
print(same, counted, os.waitpid(child, 0)[1])
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout.split() == ["True", "1", "0"]


def test_a_process_that_finds_the_kernels_cached_gives_the_same_bytes_as_one_that_compiles(tmp_path):
    if os.environ.get("NUMBA_DISABLE_JIT") == "1":
        pytest.skip("nothing is compiled")
    code = """
import hashlib
from tests.envs.play import clusters, digest_parts
from vienv.core import jit
from vienv.envs import step
was_cached = jit.is_cached(step.step)
env = clusters(5, "lab", num_threads=2)
env.reset(seed=2)
print(was_cached, hashlib.sha256(b"".join(digest_parts(env.step([k % 9] * 5)[0]) for k in range(20))).hexdigest())
"""
    here = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    fresh, cached = (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=here, timeout=300)
        for _ in range(2)
    )
    assert fresh.stdout.split()[0] == "False"
    assert cached.stdout.split() == ["True", fresh.stdout.split()[1]]
