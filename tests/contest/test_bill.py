import numpy as np
import pytest

from vienv.contest import ranking
from vienv.contest.bill import Bill, bill_of
from vienv.contest.statistics import draw_worlds
from vienv.scenario.schema_money import PricesSection

NONE = {
    name: np.zeros((1, 1))
    for name in (
        "energy_cost", "imbalance", "migrations", "unserved_cpu_ghz_h", "unserved_memory_gb_h", "vm_down_s",
        "vmotion_downtime_s", "power_cycles",
    )
} | {"hosts": np.array([[16.0]]), "hours": np.array([[24.0]])}  # fmt: skip


@pytest.mark.parametrize(
    ("units", "eur"),
    [
        ({"energy_cost": 15.0}, 15.0),
        ({"imbalance": 0.16}, 0.16 * 16 * 24 * 0.10),
        ({"migrations": 200.0}, 1.0),
        ({"unserved_cpu_ghz_h": 10.0}, 1.0),
        ({"unserved_memory_gb_h": 10.0}, 0.5),
        ({"vm_down_s": 7200.0}, 2.0),
        ({"vmotion_downtime_s": 1800.0}, 0.5),
        ({"power_cycles": 5.0}, 0.10),
    ],
)
def test_a_unit_costs_what_the_price_list_says(units, eur):
    totals = NONE | {name: np.array([[value]]) for name, value in units.items()}
    assert bill_of(totals, PricesSection()).total()[0, 0] == pytest.approx(eur)


def test_licences_cost_by_host_and_day_whatever_else_happens():
    totals = NONE | {"hours": np.array([[36.0]])}
    bill = bill_of(totals, PricesSection(vc_licence_eur_per_host_day=2.0))
    assert bill.licence[0, 0] == bill.total()[0, 0] == pytest.approx(16 * 1.5 * 2.0)
    assert bill_of(totals, PricesSection()).total()[0, 0] == 0.0


def test_halving_a_price_halves_its_term_only():
    bill = Bill(*(np.array([[float(i)]]) for i in (1, 2, 3, 4, 5, 6, 7, 0)))
    assert bill.total()[0, 0] == 28.0
    assert bill.total(imbalance=0.5)[0, 0] == 27.0
    assert bill.total(energy=2.0)[0, 0] == 29.0


def _bill(energy, imbalance):
    zero = np.zeros((1, 8))
    return Bill(np.full((1, 8), energy), np.full((1, 8), imbalance), zero, zero, zero, zero, zero, zero)


def test_the_order_turns_when_the_price_on_which_it_rests_is_halved():
    bills = {"static": _bill(10.0, 10.0), "saver": _bill(5.0, 10.0), "balancer": _bill(10.0, 4.0)}
    orders = {(price, factor): [name for name, _ in order] for price, factor, order in ranking.orders_by_price(bills)}
    assert orders["none", 1.0] == ["balancer", "saver", "static"]
    assert orders["imbalance", 0.5] == ["saver", "balancer", "static"]
    assert orders["energy", 2.0] == ["saver", "balancer", "static"]


def _standings(**bills):
    arrays = {name: np.atleast_2d(np.asarray(bill, dtype=float)) for name, bill in bills.items()}
    return ranking.standings(list(arrays), ranking.differences(arrays, draw_worlds(arrays["static"].shape[1], (1,))))


def test_policies_that_cannot_be_told_apart_share_a_rank():
    noise = np.random.default_rng(1).normal(0.0, 1.0, (2, 12))
    found = _standings(static=np.full(12, 100.0), a=60.0 + noise[0], b=60.0 + noise[1], twin=np.full(12, 100.0))
    assert found["a"] == found["b"] == (1, True)
    assert found["static"] == found["twin"] == (3, True)


def test_a_clear_winner_stands_alone():
    found = _standings(static=np.full(12, 100.0), a=np.full(12, 50.0), b=np.full(12, 70.0))
    assert found == {"a": (1, False), "b": (2, False), "static": (3, False)}


def test_three_worlds_leave_everybody_tied():
    found = _standings(static=np.full(3, 100.0), a=np.full(3, 50.0))
    assert found["a"] == found["static"] == (1, True)
