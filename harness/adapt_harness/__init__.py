"""The Python side of the harness: loads one model, runs it on one backend, and says what happened.

Two processes live here (PROTOCOL.md section 1): `host`, which imports the libraries once and never runs foreign code,
and `worker`, forked from it for one request. Everything a model does happens in a worker.
"""

VERSION = "0.1.0"
