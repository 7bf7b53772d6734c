"""Candles for the tests: recorded ones where they are, else made from a seed."""
import os
import random

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BAR_MS = 300_000
# 2025-08-20, a midnight of UTC.
START_MS = 1_755_648_000_000
DAYS = 20
SEED = 20250820


def folder(target):
    """A folder of CSV files, and whether they were recorded on a market."""
    shared = os.environ.get("TRADECRAFT_SHARED") or os.path.join(os.path.dirname(ROOT), "shared")
    data = os.path.join(shared, "data")
    if os.path.isdir(data):
        return data, True
    print(f"no recorded candles in {data}: the part that needs them is skipped, the rest runs on generated ones", flush=True)
    os.makedirs(target, exist_ok=True)
    chance = random.Random(SEED)
    for name, price in (("BTC", 110_000.0), ("ETH", 4_200.0)):
        write(os.path.join(target, f"{name}-5m.csv"), price, chance)
    return target, False


def write(path, price, chance):
    """A walk whose drift turns now and then, so that there are moves to trade."""
    drift = 0.0
    with open(path, "w", encoding="ascii") as file:
        file.write("open_time_ms,open,high,low,close,volume\n")
        for bar in range(DAYS * 288):
            if bar % 144 == 0:
                drift = chance.gauss(0, 0.0002)
            close = price * (1 + drift + chance.gauss(0, 0.001))
            high, low = max(price, close) * (1 + abs(chance.gauss(0, 0.0004))), min(price, close) * (1 - abs(chance.gauss(0, 0.0004)))
            file.write(f"{START_MS + bar * BAR_MS},{price:.2f},{high:.2f},{low:.2f},{close:.2f},{chance.uniform(10, 200):.3f}\n")
            price = round(close, 2)
