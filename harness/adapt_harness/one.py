"""Serves one request without an engine: for developers and pattern authors. Prints the reply as JSON."""

from __future__ import annotations

import json
import os
import sys


def main(text: str, entry: str) -> int:
    """`text` is {"method":..., "params":...}. Events go to stderr, the result to stdout; 1 when it is not ok."""
    message = {"id": 1, **json.loads(text)}
    request_out, request_in = os.pipe()
    reply_out, reply_in = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(2, 1)  # what the model prints is no result
        high = [os.dup(fd) for fd in (request_out, reply_in)]
        for source, target in zip(high, (3, 4)):
            os.dup2(source, target, inheritable=True)
        os.execv(sys.executable, [sys.executable, "-I", "-B", "-X", "faulthandler", entry, "--worker"])
    os.close(request_out)
    os.close(reply_in)
    os.write(request_in, json.dumps(message).encode() + b"\n")
    os.close(request_in)
    status = 1
    with os.fdopen(reply_out, encoding="utf-8") as replies:
        for line in replies:
            reply = json.loads(line)
            if reply.get("id") == 1:
                print(json.dumps(reply.get("result", reply), indent=1, ensure_ascii=False))
                status = 0 if reply.get("result", {}).get("ok", "result" in reply) else 1
            elif "event" in reply:
                print(f"[{reply['event']}] {reply.get('stage') or reply.get('text')}", file=sys.stderr)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if ended:
        print(f"worker ended with status {ended}", file=sys.stderr)
    return 1 if ended else status
