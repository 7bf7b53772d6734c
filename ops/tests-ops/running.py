"""What a running state does: it comes up, stays up, and goes down without a trace."""
import json
import os
import signal
import subprocess
import time

from state import State, wait_for


def test_up_and_down(folder):
    state = State(folder)
    text = state.up()
    try:
        assert f"http://localhost:{state.port}/" in text
        assert state.get("/healthz") == 200
        assert state.get("/readyz") == 200
        assert_unprivileged_and_local(state)
        pids = {name: state.pid(name) for name in ("postgres", "nginx", "web-1", "web-2", "streams", "engine-1")}
        started = time.monotonic()
        state.up()
        seconds = time.monotonic() - started
        assert seconds < 10, f"the second start took {seconds:.1f} s"
        assert pids == {name: state.pid(name) for name in pids}, "the second start restarted something"
    finally:
        state.down()
    assert state.get("/healthz") == 0
    state.down()


def assert_unprivileged_and_local(state):
    for pid, line in state.processes().items():
        owner = os.stat(f"/proc/{pid}").st_uid
        assert owner != 0, f"root runs {line}"
    sockets = subprocess.run(["ss", "-ltnpH"], stdout=subprocess.PIPE, text=True, check=False).stdout
    for line in sockets.splitlines():
        if any(f"pid={pid}," in line for pid in state.processes()):
            assert line.split()[3].startswith("127.0.0.1:"), f"listens beyond this machine: {line}"


def test_killed_processes_come_back(folder):
    with State(folder).running() as state:
        for name in ("web-1", "engine-1", "nginx"):
            # runit itself waits a second when a process ended in its first.
            before = wait_for(10, lambda: age(state.pid(name)) > 1.5 and state.pid(name), f"{name} to be steady")
            killed = time.monotonic()
            os.kill(before, signal.SIGKILL)
            wait_for(5, lambda: state.pid(name) not in (0, before), f"{name} to come back")
            seconds = time.monotonic() - killed
            assert seconds <= 1, f"{name} took {seconds:.2f} s"
        wait_for(5, lambda: state.get("/readyz") == 200, "the site to answer again")
        before = state.pid("postgres")
        os.kill(before, signal.SIGKILL)
        wait_for(30, lambda: state.pid("postgres") not in (0, before) and state.get("/readyz") == 200, "the database")


def age(pid):
    """Seconds since a process started, 0 when there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            ticks = int(file.read().rpartition(")")[2].split()[19])
    except OSError:
        return 0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")


def test_doctor_reports_a_crash_loop(folder):
    with State(folder).running() as state:
        status, report = doctor(state)
        assert status == 0 and report["ok"], report
        before = 0
        for _ in range(5):
            before = wait_for(20, lambda: state.pid("engine-1") not in (0, before) and state.pid("engine-1"), "engine-1")
            os.kill(before, signal.SIGKILL)
        wait_for(5, lambda: any(found["check"] == "crash_loop" and found["subject"] == "engine-1" and not found["ok"]
                                for found in doctor(state)[1]["findings"]), "doctor to name the crash loop")
        assert doctor(state)[0] == 1


def doctor(state):
    program = os.path.join(state.folder, "app", "bin", "tradecraft")
    result = subprocess.run([program, "doctor", "--state", state.folder, "--json"], stdout=subprocess.PIPE, text=True,
                            check=False)
    return result.returncode, json.loads(result.stdout)


def test_down_finds_all_without_a_supervisor(folder):
    with State(folder).running() as state:
        for pid, line in state.processes().items():
            if line.split()[0] in ("runsvdir", "runsv"):
                os.kill(pid, signal.SIGKILL)
        state.down()


def test_up_repairs_a_dead_supervisor(folder):
    with State(folder).running() as state:
        with open(f"{state.folder}/run/supervisor", encoding="ascii") as file:
            os.kill(int(file.read().split()[0]), signal.SIGKILL)
        state.up()
        assert state.get("/readyz") == 200
        supervisors = [line for line in state.processes().values() if line.startswith("runsvdir")]
        assert len(supervisors) == 1, supervisors


def test_down_spares_strangers(folder):
    state = State(folder)
    state.up()
    stranger = subprocess.Popen(["sleep", "600"], cwd=state.folder)
    try:
        # A process id on file may belong to somebody else by now.
        with open(f"{state.folder}/run/supervisor", encoding="ascii") as file:
            supervisor = int(file.read().split()[0])
        with open(f"{state.folder}/run/supervisor", "w", encoding="ascii") as file:
            file.write(f"{stranger.pid} 1\n")
        state.command("down")
        assert stranger.poll() is None, "ops/down ended a process that is not ours"
        assert supervisor not in state.processes(), "ops/down left the supervisor"
    finally:
        stranger.kill()
        stranger.wait()
        state.down()


def test_psql_is_the_owner(folder):
    with State(folder).running() as state:
        result = state.command("psql", "--no-align", "--tuples-only", "--command",
                               "SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")
        assert result.stdout.strip() == "tradecraft_owner|f", result.stdout


def test_options_change_on_a_running_state(folder):
    with State(folder).running("--workers", "1", "--engines", "1") as state:
        state.up("--workers", "2", "--engines", "2")
        assert state.pid("web-2") and state.pid("engine-2")
        state.up("--workers", "1", "--engines", "1")
        assert not os.path.exists(f"{state.folder}/services/web-2")
        assert state.get("/readyz") == 200
