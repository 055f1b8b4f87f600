"""Scenarios from a preset's name, a TOML or JSON file, or a dict; whatever is wrong is said in one line.

The line names file, field path, value and what is allowed, with the nearest valid name. Sizes are checked before
anything is read or allocated; NaN and duplicate keys, which JSON lets through, are refused. YAML is left out on
purpose.
"""

import json
import tomllib
from collections.abc import Iterable
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, NoReturn, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError

from vienv.scenario.clones import with_clones
from vienv.scenario.references import check
from vienv.scenario.refusal import ScenarioError, nearest, read_regular, shown
from vienv.scenario.schema import Scenario

MOST_BYTES = 16 * 1024 * 1024
_PRESETS = Path(__file__).parent / "presets"
_BY_KIND, _KIND_AT = "orders", 2
_QUOTE = "'"
_LEAGUE = ("lab", "office", "rack", "datacenter", "rack-modern")
_SHOWS = (
    "failover",
    "partition",
    "vc-outage",
    "rules",
    "pools",
    "patch-week",
    "san-or-local",
    "template-rush",
    "backup-night",
    "hosted-to-esx",
)


def league_names() -> tuple[str, ...]:
    """Names of the scenarios that are played where none is named, small ones first."""
    return _LEAGUE


def preset_names() -> tuple[str, ...]:
    """Names of the shipped scenarios: the league's, then those that show a part of VMware Infrastructure at work."""
    return _LEAGUE + _SHOWS


def load(source: str | Path | dict[str, Any]) -> Scenario:
    """Read and check a scenario.

    Args:
        source: a preset's name, the path of a .toml or .json file, or a dict of the same shape.

    Raises:
        ScenarioError: one line that says what is wrong and what is allowed.
    """
    label, folder, data = "scenario", Path(), cast(object, source)
    if not isinstance(source, dict):
        path = _path_of(source)
        label, folder, data = str(source), path.parent, _parse(path, str(source))
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        raise ScenarioError(_sentence(label, error)) from None
    except RecursionError:
        raise ScenarioError(f"{label}: nested too deeply") from None
    scenario._folder = folder
    check(scenario, label)
    return with_clones(scenario)


def _path_of(source: str | Path) -> Path:
    if isinstance(source, str) and source in preset_names():
        return _PRESETS / f"{source}.toml"
    if not isinstance(source, str | Path):
        raise ScenarioError(f"scenario: {shown(source)} is not a preset's name, a path or a dict")
    path = Path(source)
    if path.suffix not in {".toml", ".json"}:
        what = "neither a preset nor the path of a .toml or .json file"
        raise ScenarioError(f"scenario: {shown(str(source))} is {what}{nearest(str(source), preset_names())}")
    return path


def _parse(path: Path, label: str) -> object:
    raw = read_regular(path, label, MOST_BYTES)
    try:
        text = raw.decode("utf-8")
        if path.suffix == ".toml":
            return tomllib.loads(text)
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_duplicates)
    except RecursionError:
        raise ScenarioError(f"{label}: nested too deeply") from None
    except ScenarioError as error:
        raise ScenarioError(f"{label}: {error}") from None
    except ValueError as error:  # decode errors, bad UTF-8, integers of thousands of digits
        raise ScenarioError(f"{label}: not valid {path.suffix[1:].upper()}: {error}") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ScenarioError(f"{name} is not a number that a scenario may hold; numbers must be finite")


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ScenarioError(f"key {shown(key)} stands twice in one object; it may stand once")
        found[key] = value
    return found


def _sentence(label: str, error: ValidationError) -> str:
    """The first of pydantic's complaints as one sentence, unknown keys first: they explain the missing ones."""
    complaints = error.errors(include_url=False, include_context=True)
    first = min(complaints, key=lambda e: e["type"] != "extra_forbidden")
    place = first["loc"]
    path = ".".join(_parts_of(place)) or "the whole"
    if first["type"] == "extra_forbidden":
        return f"{label}: {path}: unknown key{nearest(str(place[-1]), _fields_at(place[:-1]))}"
    if first["type"] == "missing":
        return f"{label}: {path}: missing; it is required"
    if first["type"] == "union_tag_not_found":
        return f"{label}: {path}.{first['ctx']['discriminator'].strip(_QUOTE)}: missing; it is required"
    value = first["input"]
    if first["type"] == "union_tag_invalid":
        tag, names = first["ctx"]["tag"], first["ctx"]["expected_tags"].replace(_QUOTE, "").split(", ")
        what = first["ctx"]["discriminator"].strip(_QUOTE)
        return f"{label}: {path}.{what}: {shown(tag)} is not allowed{nearest(tag, names)}"
    hint = ""
    if first["type"] == "literal_error" and isinstance(value, str):
        names = [part.strip("' ") for part in first["ctx"]["expected"].replace(" or ", ", ").split(",")]
        hint = nearest(value, names)
    return f"{label}: {path}: {shown(value)} is not allowed: {first['msg']}{hint}"


def _parts_of(place: tuple[int | str, ...]) -> list[str]:
    """A field's path as a user wrote it: pydantic puts an order's kind between its number and its fields."""
    return [str(part) for k, part in enumerate(place) if not (k == _KIND_AT and place[0] == _BY_KIND)]


def _fields_at(place: tuple[int | str, ...]) -> Iterable[str]:
    """Names of the fields of the section at this place of a scenario."""
    model: Any = Scenario
    for part in place:
        if isinstance(part, int):
            continue
        if get_origin(model) is Annotated:
            sections = get_args(get_args(model)[0])
            model = next(one for one in sections if part in get_args(one.model_fields["kind"].annotation))
            continue
        model = model.model_fields[part].annotation
        if get_origin(model) is list:
            model = get_args(model)[0]
        if get_origin(model) is UnionType:  # a section that may be missing
            model = get_args(model)[0]
    return model.model_fields if isinstance(model, type) and issubclass(model, BaseModel) else ()
