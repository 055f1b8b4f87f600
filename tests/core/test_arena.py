"""The arenas: every field of every tuple has its own place, and a view is that place."""

import numpy as np
import pytest

from vienv.core import arena, params
from vienv.core.state import FloatArray, IntArray
from vienv.core.view import stride_of

SIZES = arena.Sizes(
    hosts=3, vms=5, datastores=2, pools=1, samples=4, tariff_hours=6, incidents=2, recommendations=7,
    networked_hosts=3, parted=6, protected_hosts=3, guests=5, counters=5, direct_vms=5, sessions=2,
    devices=5, volumes=2, disks=5, adapters=3, copies=4, orders=4, filed_vms=5, feeds=2, clusters=2,
    preferring_vms=5, offers=1,
    reached_vms=5, waiting_vms=5, scored_vms=5, io_vms=5,
)  # fmt: skip
OF = {kind: getattr(arena, f"{''.join('_' + x.lower() if x.isupper() else x for x in kind.__name__)[1:]}_of")
      for kind in arena.KINDS}  # fmt: skip
STATE = [kind for kind in arena.KINDS if kind.__module__ != params.__name__]
SETTINGS = [kind for kind in arena.KINDS if kind.__module__ == params.__name__]


def arenas():
    spans, num_floats, num_ints = arena.spans_of(SIZES)
    return np.zeros(num_floats), np.zeros(num_ints, np.int64), spans


def values_of(kind, number):
    """A settings tuple of consecutive numbers from `number` on."""
    return kind(*(hint(number + k) for k, hint in enumerate(kind.__annotations__.values())))


def test_no_entry_belongs_to_two_fields_and_none_lies_outside():
    floats, ints, spans = arenas()
    for kind in STATE:
        for field in OF[kind](floats, ints, spans):
            field[:] += 1
    written = sum(len(kind._fields) * arena.KINDS[kind](SIZES) for kind in STATE)
    for kind in SETTINGS:
        begins = spans[list(arena.KINDS).index(kind)]
        hints = list(kind.__annotations__.values())
        floats[begins[1] : begins[1] + hints.count(float)] += 1
        ints[begins[2] : begins[2] + hints.count(int)] += 1
        written += len(hints)
    assert max(floats.max(), ints.max()) == 1
    assert floats.sum() + ints.sum() == written


def test_fields_begin_with_a_cache_line_and_lie_an_odd_number_of_them_apart():
    spans, _, _ = arena.spans_of(SIZES._replace(vms=512))
    assert (spans[:, 1:] % 8 == 0).all()
    for rows in (2, 8, 9, 64, 512, 1052):
        assert stride_of(rows) >= rows
        assert stride_of(rows) % 16 == 8
    assert stride_of(1) == 1


@pytest.mark.parametrize("kind", STATE, ids=lambda kind: kind.__name__)
def test_a_field_has_one_entry_a_row_and_its_annotated_type(kind):
    floats, ints, spans = arenas()
    for name, hint in kind.__annotations__.items():
        field = getattr(OF[kind](floats, ints, spans), name)
        assert hint in (FloatArray, IntArray)
        assert field.size == arena.KINDS[kind](SIZES)
        assert field.dtype == (np.float64 if hint is FloatArray else np.int64)


@pytest.mark.parametrize("kind", STATE, ids=lambda kind: kind.__name__)
def test_what_is_written_through_a_view_is_read_through_another(kind):
    floats, ints, spans = arenas()
    for k, field in enumerate(OF[kind](floats, ints, spans)):
        field[:] = k + 1
    for k, field in enumerate(OF[kind](floats, ints, spans)):
        assert (field == k + 1).all()


def test_settings_come_back_as_they_were_written():
    floats, ints, spans = arenas()
    written = [values_of(kind, 100 * k) for k, kind in enumerate(SETTINGS)]
    for values in written:
        arena.write_params(floats, ints, spans, values)
    assert [OF[kind](floats, ints, spans) for kind in SETTINGS] == written


@pytest.mark.parametrize("kind", STATE, ids=lambda kind: kind.__name__)
def test_a_batch_s_view_holds_each_cluster_s_own_row(kind):
    spans, num_floats, num_ints = arena.spans_of(SIZES)
    floats, ints = np.zeros((2, num_floats)), np.zeros((2, num_ints), np.int64)
    for k, field in enumerate(OF[kind](floats[1], ints[1], spans)):
        field[:] = k + 1
    for k, field in enumerate(arena.batch_of(kind, floats, ints, spans)):
        assert field.shape == (2, arena.KINDS[kind](SIZES))
        assert (field[0] == 0).all()
        assert (field[1] == k + 1).all()


def test_a_copy_of_two_rows_is_a_snapshot():
    floats, ints, spans = arenas()
    hosts = OF[STATE[1]](floats, ints, spans)
    hosts.power_state[:] = 3
    kept = floats.copy(), ints.copy()
    hosts.power_state[:] = 5
    assert (OF[STATE[1]](*kept, spans).power_state == 3).all()
