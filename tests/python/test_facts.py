"""`facts`: what a run says about variables at lines, and that asking changes nothing."""

import pytest

MODEL = '''
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 8)
        self.register_buffer("cache", torch.zeros(8))
        self.calls = 0

    def forward(self, x, mask):
        self.calls += 1
{body}
        return y


def load_model():
    torch.manual_seed(0)
    return Net()


def load_inputs(seed=0, variant="base"):
    rows = {{"base": 4, "shorter": 3, "batch1": 1}}[variant]
    g = torch.Generator().manual_seed(seed)
    return {{"x": torch.randn(rows, 8, generator=g), "mask": torch.randn(rows, generator=g) > 0}}
'''


@pytest.fixture
def ask(host, tmp_path):
    """Facts about the lines of a body that end in `# ?`, by name; all of them in one table."""

    def facts(body: str, variants=("base", "shorter", "batch1"), **params) -> dict[str, dict]:
        path = tmp_path / "net.py"
        path.write_text(MODEL.format(body="\n".join("        " + line for line in body.strip().splitlines())))
        lines = [i for i, line in enumerate(path.read_text().splitlines(), 1) if line.endswith("# ?")]
        asked = {
            "model": {"kind": "file", "name": str(path), "size": "tiny", "factory": None, "seed": 0},
            "overlay": None,
            "options": [],
            "draws": [{"seed": 1, "variant": v} for v in variants],
            "places": [{"module": "net", "lines": lines}, {"module": "never_imported", "lines": [1]}],
        }
        reply = host.ask("facts", {**asked, **params}).ok()
        assert reply["ok"], reply["failure"]
        assert len({row["name"] for row in reply["facts"]}) == len(reply["facts"]), "one line in these tests"
        return {row["name"]: row for row in reply["facts"]}

    return facts


def test_types_and_shapes_are_those_of_the_run(ask):
    rows = ask("n = x.shape[1]\ny = x.masked_fill(mask[:, None], n) + self.cache  # ?")
    assert (rows["x"]["kind"], rows["x"]["dtypes"], rows["x"]["ranks"]) == ("tensor", ["float32"], [2])
    assert rows["x"]["shapes"] == [[4, 8], [3, 8], [1, 8]] and rows["x"]["static"] is False
    assert rows["mask"]["dtypes"] == ["bool"] and rows["mask"]["ranks"] == [1]
    assert (rows["n"]["kind"], rows["n"]["dtypes"], rows["n"]["static"]) == ("number", ["int"], True)
    assert rows["self.cache"]["parameter"] and rows["self.cache"]["static"] is True
    assert not rows["x"]["parameter"] and rows["self"]["kind"] == "other"


def test_one_size_does_not_show_that_a_shape_is_static(ask):
    assert ask("y = x + self.cache  # ?", ("base",))["self.cache"]["static"] is None


@pytest.mark.parametrize(
    "body, aliased",
    [
        ("t = self.linear(x)\nt[0] = 1  # ?\ny = t", False),
        ("t = torch.zeros(2, 8).view(4, 4)\nt[0] = 1  # ?\ny = x + t.sum()", False),
        ("t = x\nt[0] = 1  # ?\ny = t", True),
        ("t = x.clone()\nother = t\nt[0] = 1  # ?\ny = t", True),
        ("t = x.clone()\nrow = t[0]\nt[0] = 1  # ?\ny = row + t", True),
        ("whole = x.clone()\nt = whole.view(-1)\nt[0] = 1  # ?\ny = whole", True),
        ("whole = x.clone()\nt = whole.view(-1)\ndel whole\nt[0] = 1  # ?\ny = x + t[0]", False),
        ("t = x.clone()\nkept = [t]\nt[0] = 1  # ?\ny = t", True),
        ("t = x.clone()\nlate = lambda: t\nt[0] = 1  # ?\ny = late()", False),  # one cell, one variable
        ("t = x.detach()\nt[0] = 1  # ?\ny = t", True),
        ("t, u = x.clone().chunk(2, 1)\nt[0] = 1  # ?\ny = torch.cat((t, u), 1)", True),
        ("t = self.linear.weight\nt[0] = 1  # ?\ny = x @ t", True),
        ("import numpy\na = numpy.zeros(3)\nt = torch.from_numpy(a)\nt[0] = 1  # ?\ny = x + t.sum()", True),
    ],
)
def test_memory_that_something_else_reaches_is_aliased(ask, body, aliased):
    assert ask(body)["t"]["aliased"] is aliased


def test_a_gradient_is_told_apart_from_a_value_without_one(ask):
    rows = ask("h = self.linear(x)\nwith torch.no_grad():\n    k = h * 2\ny = h + x + k  # ?")
    assert (rows["h"]["gradient"], rows["x"]["gradient"], rows["k"]["gradient"]) == (True, False, False)


def test_what_one_look_cannot_tell_is_left_out(ask):
    assert "t" not in ask("t = None\nfor i in range(2):\n    y = x if t is None else x + t  # ?\n    t = x")
    assert "t" not in ask("t = 1; y = x + t  # ?")
    assert "t" not in ask("t = x\ny = x + (t := x.sum()) + t  # ?")
    assert "v" not in ask("v = 1\ny = x + sum(v.sum() for v in x)  # ?")
    assert ask("y = x\nfor i in range(0):\n    y = x + mask  # ?") == {}


def test_a_branch_that_no_run_takes_is_told_from_its_condition(ask):
    body = "y, t = x, x.half()\nif x.shape[0] > 4:\n    y = y + t  # ?"
    rows = ask(body)
    assert (rows["t"]["dtypes"], rows["y"]["dtypes"]) == (["float16"], ["float32"])
    body = "t = None if x.shape[0] < 4 else x\ny = x\nif t is not None:\n    y = y + t  # ?"
    assert ask(body)["t"]["shapes"] == [[4, 8], None, None], "a line that runs speaks for itself"
    assert "t" not in ask("y = x\nt = None\nif (t := x.sum()) is None:\n    y = y + t  # ?")


def test_a_tensor_without_plain_memory_costs_no_other_fact(ask):
    rows = ask("t = x.to_sparse()\nm = torch.zeros(3, device='meta')\ny = x + t.to_dense() + m.dim()  # ?")
    assert rows.keys() == {"x"}


def test_a_statement_over_several_lines_is_seen_on_each(ask):
    assert ask("t = x.sum()\ny = x + (\n    mask.sum() * t\n    + 1  # ?\n)").keys() == {"x", "mask", "t"}


def test_one_draw_does_not_see_what_another_left_behind(ask):
    assert ask("t = torch.zeros(self.calls)\ny = x + t.sum()  # ?", ("base", "base"))["t"]["shapes"] == [[1], [1]]


def test_a_model_that_fails_has_no_facts(host, tmp_path):
    path = tmp_path / "net.py"
    path.write_text(MODEL.format(body="        raise ValueError('no')"))
    reply = host.ask("facts", {
        "model": {"kind": "file", "name": str(path), "size": "tiny", "factory": None, "seed": 0}, "overlay": None,
        "options": [], "draws": [{"seed": 1, "variant": "base"}], "places": [{"module": "net", "lines": [15]}]}).ok()
    assert not reply["ok"] and reply["facts"] == [] and reply["failure"]["stage"] == "eager"
