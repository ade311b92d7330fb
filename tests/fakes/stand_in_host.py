"""A stand-in for the harness, for tests of the engine's side: it forks workers as PROTOCOL.md 1.1 says, and its workers
do what `params.do` names instead of running a model. Standard library only."""

import array
import ctypes
import json
import os
import select
import signal
import socket
import sys
import time

GREETING = {"protocol": 1, "harness": "stand-in", "python": "3", "packages": {}, "methods": ["probe"], "modules": 0}


def send(message, fd=4):
    data = (json.dumps(message) + "\n").encode()
    while data:
        data = data[os.write(fd, data):]


def stage(name):
    send({"event": "stage", "stage": name})


def reply(result=None, number=1):
    send({"id": number, "result": result or {"backends": []}})


def fork_child(work):
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return pid


def sleep_for_ever():
    while True:
        time.sleep(60)


def hog(size=1 << 30):
    blocks = []
    for _ in range(size >> 22):
        blocks.append(b"x" * (1 << 22))
        time.sleep(0.001)
    sleep_for_ever()


def ignore_terminate():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sleep_for_ever()


def escape():
    """A daemon as daemons are made: own session, parent gone, pipes kept open."""
    def first():
        os.setsid()
        fork_child(ignore_terminate)
    os.waitpid(fork_child(first), 0)


def escaped_hog():
    def first():
        os.setsid()
        fork_child(hog)
    os.waitpid(fork_child(first), 0)
    sleep_for_ever()


def write(text, fd=4):
    data = text if isinstance(text, bytes) else text.encode()
    while data:
        data = data[os.write(fd, data):]


def flood():
    while True:
        os.write(1, b"x" * 65536)


def stage_for_ever():
    while True:
        stage("load")
        time.sleep(0.02)


def fork_storm():
    for _ in range(200):
        fork_child(sleep_for_ever)
    sleep_for_ever()


def connect_outside():
    try:
        socket.create_connection(("127.0.0.1", int(os.environ["STAND_IN_PORT"])), timeout=2)
        return "connected"
    except OSError as error:
        return type(error).__name__


def probe_walls(params):
    found = {"environment": sorted(os.environ), "network": connect_outside()}
    for name, path in params.get("paths", {}).items():
        try:
            with open(path, "a", encoding="ascii") as file:
                file.write("x")
            found[name] = "written"
        except OSError as error:
            found[name] = os.strerror(error.errno)
    found["descriptors"] = sorted(int(fd) for fd in os.listdir("/proc/self/fd") if int(fd) > 4)
    reply({"backends": [], "found": found})


def behave(what, params):
    if what == "reply":
        reply({"backends": [], "echo": params})
    elif what == "stages":
        for name in ("load", "eager", "capture"):
            stage(name)
        send({"event": "note", "text": "half way"})
        reply()
    elif what == "error":
        stage("load")
        send({"id": 1, "error": {"kind": "internal", "message": "broken", "traceback": "Traceback: here"}})
    elif what == "refuse":
        send({"id": 1, "error": {"kind": "bad-request", "message": "no such thing", "traceback": ""}})
    elif what == "segfault":
        stage("compile")
        os.kill(os.getpid(), signal.SIGSEGV)
    elif what == "kill-self":
        os.kill(os.getpid(), signal.SIGKILL)
    elif what == "exit":
        stage("load")
        os._exit(params.get("code", 0))
    elif what == "hang":
        stage("run")
        print("still here", file=sys.stderr, flush=True)
        sleep_for_ever()
    elif what == "hang-before-stage":
        sleep_for_ever()
    elif what == "ignore-sigterm":
        stage("run")
        ignore_terminate()
    elif what == "stop-self":
        stage("run")
        os.kill(os.getpid(), signal.SIGSTOP)
    elif what == "forged-line":
        write('{"id":99,"result":{}}\n')
        reply()
    elif what == "two-replies":
        reply({"backends": [], "n": 1})
        reply({"backends": [], "n": 2})
    elif what == "not-json":
        write("PASS\n")
        reply()
    elif what == "no-newline":
        write("x" * (4 << 20))
    elif what == "bad-utf8":
        write(b'{"event":"note","text":"\xff\xfe"}\n')
        reply()
    elif what == "unknown-stage":
        stage("victory")
        reply()
    elif what == "half-line":
        reply()
        write('{"id":1,')
    elif what == "deep":
        write("[" * 100000 + "]" * 100000 + "\n")
    elif what == "close-replies":
        os.close(4)
        sleep_for_ever()
    elif what == "close-all":
        os.closerange(0, 64)
        sleep_for_ever()
    elif what == "escape":
        escape()
        reply()
    elif what == "escape-and-exit":
        escape()
        os._exit(0)
    elif what == "reply-then-crash":
        reply()
        os.kill(os.getpid(), signal.SIGSEGV)
    elif what == "reply-then-hang":
        reply()
        ignore_terminate()
    elif what == "hog":
        hog()
    elif what == "child-hogs":
        for _ in range(4):
            fork_child(lambda: hog(params["size"]))
        sleep_for_ever()
    elif what == "escaped-hog":
        escaped_hog()
    elif what == "bad-alloc":
        write("terminate called after throwing an instance of 'std::bad_alloc'\n", 2)
        os.abort()
    elif what == "flood":
        flood()
    elif what == "stage-for-ever":
        stage_for_ever()
    elif what == "fork-storm":
        fork_storm()
    elif what == "kill-host":
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(2)
        reply()
    elif what == "stop-host":
        os.kill(os.getppid(), signal.SIGSTOP)
        time.sleep(0.5)
        reply()
    elif what == "crash-host":
        write("die\n", int(os.environ["STAND_IN_TRAP"]))
        sleep_for_ever()
    elif what == "walls":
        probe_walls(params)
    elif what == "bad-shape":
        reply({"backends": [{"name": 7}]})
    else:
        raise ValueError(what)


def run_worker(params):
    os.chdir(params["cwd"])
    send(GREETING)
    line = b""
    while not line.endswith(b"\n"):
        chunk = os.read(3, 65536)
        if not chunk:
            os._exit(0)
        line += chunk
    request = json.loads(line)
    behave(request["params"].get("do", "reply"), request["params"])


def fork_worker(channel, params, fds, trap):
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            os.environ["STAND_IN_TRAP"] = str(trap)
            high = [os.dup(fd) for fd in fds]
            keep = max(high) + 1
            high = [os.dup2(fd, keep + i) for i, fd in enumerate(high)]
            trap_copy = os.dup2(trap, keep + len(high), inheritable=True)
            os.environ["STAND_IN_TRAP"] = str(trap_copy)
            for number, fd in enumerate(high):
                os.dup2(fd, number)
            for fd in [int(name) for name in os.listdir("/proc/self/fd")]:
                if fd > 4 and fd != trap_copy:
                    try:
                        os.close(fd)
                    except OSError:
                        pass
            run_worker(params)
        finally:
            os._exit(0)
    return pid


def children():
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        return [int(pid) for pid in file.read().split()]


def reap(pid, workers):
    try:
        os.killpg(pid, signal.SIGKILL)
    except OSError:
        pass
    _, status, usage = os.wait4(pid, 0)
    strays = 0
    while orphans := [child for child in children() if child not in workers]:
        for orphan in orphans:
            os.kill(orphan, signal.SIGKILL)
            os.waitpid(orphan, 0)
            strays += 1
    return {"event": "exited", "pid": pid, "status": status, "peak_rss_bytes": usage.ru_maxrss * 1024, "strays": strays}


def main():
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    if "--silent" in sys.argv:
        sleep_for_ever()
    if "--dies" in sys.argv:
        sys.exit("the stand-in was told to die")
    channel = socket.socket(fileno=3)
    greeting = dict(GREETING, protocol=99) if "--newer" in sys.argv else GREETING
    channel.send(json.dumps(greeting).encode())
    trap_read, trap_write = os.pipe()
    workers = {}
    while True:
        ready = select.select([channel, trap_read, *workers.values()], [], [])[0]
        if trap_read in ready:
            os.abort()
        for pid in [pid for pid, fd in workers.items() if fd in ready]:
            os.close(workers.pop(pid))
            channel.send(json.dumps(reap(pid, workers)).encode())
        if channel not in ready:
            continue
        packet, rights, _, _ = channel.recvmsg(65536, socket.CMSG_SPACE(64))
        if not packet:
            return
        fds = array.array("i")
        for _, _, data in rights:
            fds.frombytes(data)
        message = json.loads(packet)
        pid = fork_worker(channel, message["params"], list(fds), trap_write)
        for fd in fds:
            os.close(fd)
        workers[pid] = os.pidfd_open(pid)
        answer = json.dumps({"id": message["id"], "result": {"pid": pid}}).encode()
        channel.sendmsg([answer], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [workers[pid]]))])


if __name__ == "__main__":
    main()
