"""The one entry of the harness's Python side.

    host_main.py [--backend NAME ...] [--library NAME ...]
                                             the host: fd 3 is its socket (PROTOCOL.md 1.1)
    host_main.py --worker                    a worker in a fresh interpreter: fd 3 and fd 4 are its pipes
    host_main.py --serve FOLDER              the far end of --remote: one request over descriptors 0 and 1
    host_main.py --one '{"method":..., "params":...}' [--backend NAME]
                                             for developers: serves one request and prints the answer

Run it as `python -I -B -X faulthandler host_main.py`: -I ignores the environment, so it finds its own folder itself.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def main() -> int:
    sys.path.insert(0, HERE)
    arguments = sys.argv[1:]
    if arguments[:1] == ["--worker"]:
        from adapt_harness import worker

        return worker.main(os.path.abspath(__file__))
    if arguments[:1] == ["--one"] and len(arguments) >= 2:
        from adapt_harness import one

        return one.main(arguments[1], os.path.abspath(__file__))
    if arguments[:1] == ["--serve"] and len(arguments) == 2:
        from adapt_harness.remote import server

        return server.main(arguments[1])
    from adapt_harness import host

    return host.main(arguments, os.path.abspath(__file__))


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: a backend's teardown at interpreter exit must not change the outcome of a request that was answered.
    os._exit(status)
