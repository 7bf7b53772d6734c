"""What goes wrong on a machine, what is said about it, and that nothing half-made is left."""
import fcntl
import os
import signal
import socket
import stat
import subprocess
import time

from state import ROOT, State, wait_for


def assert_nothing_runs(state):
    left = state.processes()
    assert not left, f"left running: {left}"


def test_port_taken(folder):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        state = State(folder, port=holder.getsockname()[1])
        text = state.up(expect=1)
    assert f"port {state.port}" in text and "--port" in text, text
    assert not os.path.exists(state.folder), "a folder was made"
    assert_nothing_runs(state)


def test_database_of_another_version(folder):
    state = State(folder)
    os.makedirs(f"{state.folder}/postgres")
    for name, text in ((".identity", "0123"), ("postgres/PG_VERSION", "17\n")):
        with open(f"{state.folder}/{name}", "w", encoding="ascii") as file:
            file.write(text)
    before = sorted(os.listdir(state.folder))
    text = state.up(expect=1)
    assert "PostgreSQL 17" in text and "Nothing was changed" in text, text
    assert sorted(os.listdir(state.folder)) == before
    assert_nothing_runs(state)


def test_disk_full(folder):
    tools = os.path.join(folder, "tools")
    os.makedirs(tools)
    with open(f"{tools}/df", "w", encoding="ascii") as file:
        file.write("#!/bin/sh\necho Filesystem\necho /dev/full 1000 990 10 99% /\n")
    os.chmod(f"{tools}/df", 0o755)
    state = State(folder)
    text = state.up(expect=1, environment={"PATH": f"{tools}:{os.environ['PATH']}"})
    assert "10 MB left" in text, text
    assert not os.path.exists(state.folder)


def test_folder_of_somebody_else(folder):
    state = State(folder)
    os.makedirs(state.folder)
    with open(f"{state.folder}/thesis.txt", "w", encoding="ascii") as file:
        file.write("mine")
    assert "not empty" in state.up(expect=1)
    assert os.listdir(state.folder) == ["thesis.txt"]


def test_two_starts_at_once(folder):
    state = State(folder)
    os.makedirs(state.folder)
    with open(f"{state.folder}/.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another ops command" in state.up(expect=1)
    assert_nothing_runs(state)


def test_wrong_options(folder):
    for words in (["--port", "0"], ["--port", "99999"], ["--port", "http"], ["--workers"], ["--colour"]):
        result = subprocess.run([f"{ROOT}/ops/up", "--state", f"{folder}/state", *words], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert result.returncode == 64, f"{words}: {result.stdout}"
    assert not os.path.exists(f"{folder}/state")


def test_interrupted_start(folder):
    """Ctrl-C at several moments of a first start: nothing stays running, and the next start works."""
    for marker in ("postgres/PG_VERSION", "run/supervisor", "services/web-1/supervise/pid"):
        state = State(os.path.join(folder, marker.replace("/", "-")))
        os.makedirs(os.path.dirname(state.folder))
        start = subprocess.Popen([f"{ROOT}/ops/up", "--state", state.folder, "--port", str(state.port), "--empty"],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 start_new_session=True)
        wait_for(120, lambda: os.path.exists(f"{state.folder}/{marker}") or start.poll() is not None, marker)
        # A start that was quicker than our look is over already, and well.
        if start.poll() is None:
            os.killpg(start.pid, signal.SIGINT)
        output = start.communicate(timeout=90)[0]
        if start.returncode != 0:
            assert start.returncode in (130, -signal.SIGINT), f"{start.returncode} at {marker}: {output}"
            assert_nothing_runs(state)
        with state.running():
            assert state.get("/readyz") == 200


def test_state_below_a_closed_folder(folder):
    """Root's children are not root: they reach a state folder even where a folder above is root's alone."""
    closed = os.path.join(folder, "closed")
    os.makedirs(closed, mode=stat.S_IRWXU)
    state = State(closed)
    with state.running():
        assert state.get("/readyz") == 200
    backing = os.path.realpath(state.folder)
    if os.path.islink(state.folder):
        subprocess.run(["rm", "-rf", "--", backing], check=True)


def test_a_program_that_fails_at_once(folder):
    """A worker that cannot start ends ops/up with the end of its log, and takes the rest down with it."""
    broken = os.path.join(folder, "broken")
    os.makedirs(broken)
    real = os.environ.get("TRADECRAFT_BIN", f"{ROOT}/.build/release")
    for name in ("tradecraft", "tradecraft-sandbox"):
        with open(f"{broken}/{name}", "w", encoding="ascii") as file:
            file.write(f'#!/bin/sh\nif [ "$1" = engine ]; then echo "no engine today" >&2; exit 1; fi\n'
                       f'exec "{real}/{name}" "$@"\n')
        os.chmod(f"{broken}/{name}", 0o755)
    state = State(folder)
    started = time.monotonic()
    text = state.up(expect=1, environment={"TRADECRAFT_BIN": broken})
    assert "no engine today" in text and "engine-1" in text, text
    assert time.monotonic() - started < 60
    assert_nothing_runs(state)
