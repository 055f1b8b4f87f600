"""A world's tariff, hour by hour from its midnight on, and the scale of its reward."""

from vienv.core.enums import CURVE_POINTS
from vienv.core.jit import kernel
from vienv.core.random import integer
from vienv.core.state import Clock, PowerCurves, Tariff
from vienv.scenario.keys import Stream
from vienv.scenario.recipe import PriceBlocks, PriceHours

LEAST_EUR_PER_KWH = 0.01
"""Of the reward's scale, on days on which power costs nothing."""
_HALF_LOAD = CURVE_POINTS // 2
_W_PER_KW = 1000.0
_S_PER_H = 3600.0


@kernel
def draw_tariff(tariff: Tariff, hours: PriceHours, blocks: PriceBlocks, seed: int) -> None:
    """Write the hours of one of the split's blocks of days; past the last price the first follows."""
    first = blocks.first_hour[integer(seed, Stream.PRICE, 0, 0, blocks.first_hour.size)]
    for hour in range(tariff.eur_per_kwh.size):
        tariff.eur_per_kwh[hour] = hours.eur_per_kwh[(first + hour) % hours.eur_per_kwh.size]


@kernel
def interval_scale(tariff: Tariff, curves: PowerCurves, clock: Clock, price_hours: int) -> float:
    """EUR: the energy of all hosts on at half load for one interval, at the episode's mean tariff."""
    mean = 0.0
    for hour in range(price_hours):
        mean += tariff.eur_per_kwh[hour] / price_hours
    watts = 0.0
    for h in range(curves.watts.size // CURVE_POINTS):
        watts += curves.watts[h * CURVE_POINTS + _HALF_LOAD]
    interval_h = clock.tick_s[0] * clock.ticks_per_interval[0] / _S_PER_H
    return watts / _W_PER_KW * interval_h * max(mean, LEAST_EUR_PER_KWH)
