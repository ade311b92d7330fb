"""A stand-in for a language model's service: it speaks four providers' HTTP formats and answers by script.

No model is behind it. What it says comes from personas (policies that read the request), how it says it from faults
(scripts that break the answer on its way), and every request is held against the providers' rules.

    with FakeServer(persona=personas.make("nop")) as server:
        ...                             # talk to server.url + "/v1"
        assert server.violations == []

By hand, with this file's parent folder on PYTHONPATH: `python -m llm_server --persona oracle --case FILE.diff`.
"""

from llm_server.faults import Fault, Plan, at, random_plan
from llm_server.rules import Rules
from llm_server.server import FakeServer

__all__ = ["FakeServer", "Fault", "Plan", "Rules", "at", "random_plan"]
