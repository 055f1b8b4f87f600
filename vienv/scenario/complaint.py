"""How a scenario file is refused: with its name, the field's path, the value, and what is allowed."""

from collections.abc import Iterable

from vienv.scenario.refusal import ScenarioError, nearest, shown


class Complaint:
    """Raises errors of one scenario file."""

    def __init__(self, label: str):
        self._label = label

    def __call__(self, place: str, value: object, allowed: str) -> ScenarioError:
        """The error for a value that is not allowed."""
        return ScenarioError(f"{self._label}: {place}: {shown(value)} is not allowed: {allowed}")

    def reference(self, place: str, name: str, what: str, names: Iterable[str]) -> None:
        """Refuse a name that does not exist."""
        known = list(names)
        if name not in known:
            raise ScenarioError(f"{self._label}: {place}: there is no {what} {shown(name)}{nearest(name, known)}")

    def unique(self, place: str, names: list[str], what: str) -> None:
        """Refuse a name that stands twice."""
        seen: set[str] = set()
        for name in names:
            if name in seen:
                raise ScenarioError(f"{self._label}: {place}: {what} {shown(name)} stands twice; names are unique")
            seen.add(name)
