"""Processes: stopping, dying, malformed peers."""
import os
import signal
import socket
import stat
import struct
import subprocess
import threading
import time

from gateway import standing
from stand import BIN, Browser, begin, record, wait_until


def names(pairs):
    out = b""
    for name, value in pairs:
        out += bytes([len(name), len(value)]) + name + value
    return out


def test_socket_is_for_its_group_alone(place, database):
    with standing(place, database) as s:
        mode = os.stat(s.web_sockets[0]).st_mode
        assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o660, oct(mode)


def test_second_process_on_a_socket_is_refused(place, database):
    with standing(place, database) as s:
        done = subprocess.run([BIN + "/tradecraft", "serve", "--socket", s.web_sockets[0]], capture_output=True, text=True,
                              env=database.environment())
        assert done.returncode != 0 and "another process listens" in done.stderr, done.stderr
        assert s.get("/healthz").status == 200


def test_serve_refuses_an_owner(place, database):
    done = subprocess.run([BIN + "/tradecraft", "serve", "--socket", place + "/x.sock"], capture_output=True, text=True,
                          env=database.environment(database=database.owner))
    assert done.returncode != 0 and "tradecraft_owner" in done.stderr, done.stderr


def test_silent_peers_are_cut_off(place, database):
    """A peer that begins a request and falls silent holds its thread for ten seconds, not for ever."""
    with standing(place, database, threads=2) as s:
        silent = []
        for start_of in [begin(), begin() + record(4, names([(b"REQUEST_METHOD", b"GET")])[:5])]:
            c = socket.socket(socket.AF_UNIX)
            c.connect(s.web_sockets[0])
            c.sendall(start_of)
            silent.append(c)
        took = wait_until("threads are free again", lambda: answers(s, 3), 30)
        assert took < 25, took
        for c in silent:
            c.close()


def answers(s, timeout):
    try:
        return s.get("/healthz", timeout=timeout).status == 200
    except OSError:
        return False


def test_malformed_record_ends_one_process_at_most(place, database):
    """libfcgi aborts on a name of 2 GB: the others serve, and the process can be started again on its socket."""
    with standing(place, database, processes=2) as s:
        victim = s.serving[s.web_sockets[0]]
        with socket.socket(socket.AF_UNIX) as c:
            c.connect(s.web_sockets[0])
            c.sendall(begin() + record(4, struct.pack("!II", 0xFFFFFFFE, 0xFFFFFFFE) + b"x" * 100) + record(4, b""))
            time.sleep(0.3)
        for _ in range(10):
            assert s.get("/healthz", timeout=5).status == 200
        if victim.poll() is not None:
            s.serve(s.web_sockets[0])
        for junk in [b"\0" * 64, b"GET / HTTP/1.1\r\n\r\n", os.urandom(4096), record(4, b"\x05"), record(9, b""), begin(role=99)]:
            with socket.socket(socket.AF_UNIX) as c:
                try:
                    c.connect(s.web_sockets[1])
                    c.sendall(junk)
                except OSError:
                    pass
        for _ in range(10):
            assert s.get("/healthz", timeout=15).status == 200


def test_graceful_stop_loses_nothing(place, database):
    """Two processes are restarted in turn under load: every request is answered well."""
    with standing(place, database, processes=2, threads=4) as s:
        stop, failures, count = threading.Event(), [], [0]

        def load():
            while not stop.is_set():
                try:
                    answer = s.get("/login", timeout=10)
                    if answer.status != 200:
                        failures.append(answer.status)
                except OSError as error:
                    failures.append(repr(error))
                count[0] += 1
        threads = [threading.Thread(target=load) for _ in range(6)]
        for t in threads:
            t.start()
        for _ in range(3):
            for path in s.web_sockets:
                before = count[0]
                process = s.serving[path]
                process.send_signal(signal.SIGTERM)
                assert process.wait(20) == 0, "a stop that was asked for ends with status 0"
                s.serve(path)
                wait_until("load goes on", lambda: count[0] > before + 20)
        stop.set()
        for t in threads:
            t.join()
        assert not failures, failures[:10]


def test_queued_connections_are_answered_at_a_stop(place, database):
    """More connections than threads wait in the socket when SIGTERM comes: each gets its answer."""
    with standing(place, database, threads=1) as s:
        path = s.web_sockets[0]
        process = s.serving[path]
        request = begin() + record(4, names([
            (b"REQUEST_METHOD", b"GET"), (b"REQUEST_URI", b"/login"), (b"REQUEST_HOST", b"x"), (b"REQUEST_SCHEME", b"http")])) \
            + record(4, b"") + record(5, b"")
        waiting = []
        for _ in range(30):
            c = socket.socket(socket.AF_UNIX)
            c.settimeout(20)
            c.connect(path)
            c.sendall(request)
            waiting.append(c)
        process.send_signal(signal.SIGTERM)
        for c in waiting:
            text = b""
            while chunk := c.recv(65536):
                text += chunk
            assert b"Status: 200" in text, text[:200]
            c.close()
        assert process.wait(20) == 0
        assert not os.path.exists(path)


def test_database_restart_is_survived(place, database):
    """Connections that the server ended are opened again; no request sees it twice."""
    with standing(place, database) as s:
        b = Browser(s)
        assert b.get("/readyz").status == 200
        for _ in range(8):
            s.get("/readyz")
        ended = database.tool("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = current_user "
                              "AND datname = current_database() AND pid <> pg_backend_pid()", database.web)
        assert int(ended) > 0
        for _ in range(8):
            assert s.get("/readyz").status == 200
