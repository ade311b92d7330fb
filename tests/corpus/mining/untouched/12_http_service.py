import http.server
import json
import logging
import threading
import time

logger = logging.getLogger("service")


class State:
    def __init__(self, model, limit=32):
        self.model, self.limit = model, limit
        self.lock = threading.Lock()
        self.times = []

    def answer(self, rows):
        if len(rows) > self.limit:
            raise ValueError(f"at most {self.limit} rows, got {len(rows)}")
        start = time.perf_counter()
        with self.lock:
            out = self.model(rows, return_dict=False)[0]
        self.times.append(time.perf_counter() - start)
        if self.times[-1] > 1.0:
            logger.warning("slow answer: %.2f s", self.times[-1])
        return out.tolist()

    def stats(self):
        t = sorted(self.times) or [0.0]
        return {"n": len(self.times), "median": t[len(t) // 2], "worst": t[-1]}


def handler(state):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                self.reply(200, {"out": state.answer(json.loads(body)["rows"])})
            except (ValueError, KeyError) as e:
                self.reply(400, {"error": str(e)})

        def do_GET(self):
            self.reply(200, state.stats())

        def reply(self, code, value):
            data = json.dumps(value).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format, *args):
            logger.debug(format % args)

    return Handler


def serve(model, port=8080):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler(State(model)))
    logger.info("listening on %d", port)
    server.serve_forever()
