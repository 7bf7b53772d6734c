"""Runs the browser tests one after the other on one stack."""
import os
import signal
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True
import site_under_test  # noqa: E402
import access  # noqa: E402
import factors  # noqa: E402
import reading  # noqa: E402
import story  # noqa: E402
import teams  # noqa: E402


def run_one(name, test, site):
    start = time.monotonic()
    try:
        test(site)
    except Exception:  # a test that fails must not keep the others from running
        print(f"FAIL {name} {time.monotonic() - start:.1f} s", flush=True)
        traceback.print_exc(file=sys.stdout)
        sys.stdout.flush()
        return False
    finally:
        site.close_contexts()
    print(f"ok   {name} {time.monotonic() - start:.1f} s", flush=True)
    return True


def main():
    # The time limit of ops/test ends with this signal: processes and database still go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = os.environ.get("TRADECRAFT_TEST_STATE") or tempfile.mkdtemp(prefix="tradecraft-browser-")
    os.makedirs(folder, exist_ok=True)
    wanted = sys.argv[1:]
    passed = failed = 0
    with site_under_test.running(folder) as site:
        for module in (story, teams, reading, access, factors):
            for name, test in list(vars(module).items()):
                if not name.startswith("test_") or (wanted and name not in wanted):
                    continue
                if run_one(name, test, site):
                    passed += 1
                else:
                    failed += 1
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


sys.exit(main())
