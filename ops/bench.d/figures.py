"""What every benchmark needs: one figure a line on standard output, and an orderly end when ops/bench is stopped."""
import math
import os
import signal
import sys


def figure(name, value, unit):
    """Prints `name value unit`, with three significant digits and every digit before the point."""
    digits = 0 if value == 0 else max(0, 2 - math.floor(math.log10(abs(value))))
    print(f"{name} {value:.{digits}f} {unit}", flush=True)


def percentile(values, share):
    """The smallest value that at least `share` (0 to 1) of them don't exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def setting(name):
    """An environment variable that ops/bench sets."""
    value = os.environ.get(name)
    if not value:
        raise SystemExit(f"{name} is not set; start this through ops/bench.")
    return value


# So that what a benchmark started ends with it.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
