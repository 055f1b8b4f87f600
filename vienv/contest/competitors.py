"""Who competes: baselines by name and trained agents by folder, each with what its cells must be told apart by."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from vienv import baselines
from vienv.baselines.policy import Policy
from vienv.contest.agent import OnnxAgent
from vienv.contest.card import CARD, AgentError
from vienv.contest.ranking import YARDSTICK


@dataclass(frozen=True)
class Competitor:
    """A policy before it plays; small, so that it travels to other processes."""

    spec: str  # what the command line said: a baseline's name or an agent's folder
    name: str
    env_id: str
    env_settings: tuple[tuple[str, Any], ...]
    policy_hash: str
    training_seed: int
    trained_on: tuple[str, ...] | None  # None: not trained
    is_ranked: bool
    foresight_samples: int

    def policy(self) -> Policy:
        """The policy itself, made anew."""
        if self.trained_on is not None:
            return OnnxAgent(Path(self.spec))
        return baselines.make(self.spec)

    def is_zero_shot(self, scenario: str, data_hash: str) -> bool:
        """Whether it was trained, and never on this scenario with its own demand."""
        return self.trained_on is not None and (scenario not in self.trained_on or bool(data_hash))


def resolve(specs: Iterable[str]) -> list[Competitor]:
    """Competitors from names and folders, the yardstick first; each once.

    Raises:
        AgentError: a name or a folder that is none; the message is one line.
    """
    found: dict[tuple[str, int], Competitor] = {}
    for spec in (YARDSTICK, *specs):
        competitor = _competitor(spec)
        key = (competitor.name, competitor.training_seed)
        if found.setdefault(key, competitor).policy_hash != competitor.policy_hash:
            raise AgentError(
                f"--policies: {found[key].spec} and {spec} are both {competitor.name!r} with training seed "
                f"{competitor.training_seed}; each policy competes once"
            )
    return list(found.values())


def by_name(competitors: Iterable[Competitor]) -> dict[str, list[Competitor]]:
    """Training seeds of one agent compete as one: name -> its competitors, in order of their seeds."""
    grouped: dict[str, list[Competitor]] = {}
    for competitor in sorted(competitors, key=lambda c: c.training_seed):
        grouped.setdefault(competitor.name, []).append(competitor)
    return grouped


def _competitor(spec: str) -> Competitor:
    if spec in baselines.names():
        return _described(spec, baselines.make(spec), None)
    folder = Path(spec)
    if not folder.exists():
        raise AgentError(f"--policies: {spec!r} is neither a policy nor a folder with {CARD}; {_hint(spec)}")
    agent = OnnxAgent(folder)
    if agent.name in baselines.names():
        raise AgentError(f"{folder / CARD}: name = {agent.name!r} is a baseline's name; choose another one")
    return _described(str(folder.resolve()), agent, tuple(agent.card.scenarios))


def _described(spec: str, policy: Any, trained_on: tuple[str, ...] | None) -> Competitor:
    settings: Mapping[str, Any] = getattr(policy, "env_settings", {})
    return Competitor(
        spec=spec,
        name=policy.name,
        env_id=policy.env_id,
        env_settings=tuple(sorted(settings.items())),
        policy_hash=getattr(policy, "settings_hash", "") or _hash_of(policy),
        training_seed=getattr(policy, "training_seed", 0),
        trained_on=trained_on,
        is_ranked=getattr(policy, "ranked", True),
        foresight_samples=getattr(policy, "foresight_samples", 0),
    )


def _hash_of(policy: Any) -> str:
    """A baseline's identity: its name, its settings and what it is given; its source is in the kernels' hash."""
    settings = getattr(policy, "settings", None)
    foresight = getattr(policy, "foresight_samples", 0)
    return hashlib.sha256(f"{policy.name} {policy.env_id} {settings!r} {foresight}".encode()).hexdigest()


def _hint(spec: str) -> str:
    names = baselines.names()
    close = get_close_matches(spec, names, 1, 0.5)
    return f"nearest is {close[0]!r}" if close else f"policies are {', '.join(names)}"
