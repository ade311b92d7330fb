"""Query and find: variables, spans, folders, warnings, wrong use."""

import os
import signal
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path

import adaptkit_module
import pytest

adaptkit = adaptkit_module.load()
Document, Error, Query, find = adaptkit.Document, adaptkit.Error, adaptkit.Query, adaptkit.find

SOURCE = "import torch\n\n\nclass A:\n    def f(self, m):\n        é = 1; return m.cumsum(\n            dim=1) - 1\n"


def test_a_match_says_where_it_is_and_what_variables_stand_for():
    query = Query("torch.cumsum($M, dim=$D) - 1")
    assert query.variables == ["M", "D"] and repr(query) == "<Query 'torch.cumsum($M, dim=$D) - 1'>"
    (match,) = find(query, Document(SOURCE, "a.py"))
    assert match.text == "m.cumsum(\n            dim=1) - 1"
    assert match.variables == {"M": "m", "D": "1"}
    source = SOURCE.encode()
    assert source[slice(*match.span)].decode() == match.text
    assert {name: source[slice(*span)].decode() for name, span in match.variable_spans.items()} == match.variables
    assert (match.lines, match.start, match.end) == ((6, 7), (6, 23), (7, 22))
    assert (match.file, match.function, match.pattern, match.edit) == ("a.py", "A.f", "code", "code")
    assert repr(match).startswith("<Match a.py:6 'm.cumsum(")


def test_a_sequence_may_be_empty():
    matches = find(Query("f($A, $REST)", {"REST": "args*"}), "f(1)\nf(2, 3, k=4)\n")
    assert [m.variables for m in matches] == [{"A": "1", "REST": ""}, {"A": "2", "REST": "3, k=4"}]
    assert matches[0].variable_spans["REST"] is None


def test_variables_can_be_constrained():
    text = "import torch\na = g(1)\nb = g(x)\nc = g(x > 0)\n"
    assert [m.text for m in find(Query("g($X)", {"X": "int"}), text)] == ["g(1)"]
    assert [m.text for m in find(Query("g($X)", {"X": "expr simple"}), text)] == ["g(x)"]
    assert [m.text for m in find(Query("g($X)", {"X": r"expr not text ~ ^[0-9]"}), text)] == ["g(x)", "g(x > 0)"]


def test_str_bytes_and_document_give_the_same():
    query = Query("$X.cumsum(dim=$D)")
    for where in (SOURCE, SOURCE.encode(), Document(SOURCE)):
        (match,) = find(query, where)
        assert SOURCE.encode()[slice(*match.span)] == match.text.encode() == b"m.cumsum(\n            dim=1)"


def test_the_old_code_of_a_pattern_is_found():
    library = adaptkit.library()
    found = 0
    for pattern in library.values():
        for sample in pattern.samples:
            if sample.changes:
                found += bool(find(pattern, sample.before))
    assert found > len(library)


def test_folders_are_searched_in_the_order_of_names(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "b.py").write_text("f(1)\n")
    (tmp_path / "sub" / "a.py").write_text("x = f(2)\nf(é)\n")
    (tmp_path / "not_python.txt").write_text("f(3)\n")
    query = Query("f($X)")
    expected = [("b.py", "1"), ("sub/a.py", "2"), ("sub/a.py", "é")]

    def seen(matches):
        return [(str(Path(m.file).relative_to(tmp_path)), m.variables["X"]) for m in matches]

    assert seen(find(query, tmp_path)) == expected
    assert seen(find(query, tmp_path, threads=0)) == expected
    for _ in range(2):
        assert seen(find(query, tmp_path, cache=tmp_path / "cache")) == expected
    assert list((tmp_path / "cache").rglob("*"))
    assert seen(find(query, [str(tmp_path / "sub"), tmp_path / "b.py"])) == [expected[1], expected[2], expected[0]]
    assert seen(find(query, tmp_path.glob("*.py"))) == [expected[0]]
    assert find(query, []) == []


def test_names_of_files_may_be_any_bytes(tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b"\xff.py")
    with open(path, "wb") as file:
        file.write(b"f(1)\n")
    (match,) = find(Query("f($X)"), Path(os.fsdecode(path)))
    assert os.fsencode(match.file) == path and repr(match)


def test_what_is_left_out_is_warned_of(tmp_path):
    with pytest.warns(adaptkit.IncompleteSearch, match=r"<text>: not Python throughout: .* line 2"):
        (match,) = find(Query("f($X)"), "f(1)\nf(2) f f(3 4)\n")
    assert match.text == "f(1)"
    (tmp_path / "large.py").write_text("f(1)\n" + "# " + "x" * (4 << 20))
    with pytest.warns(adaptkit.IncompleteSearch, match=r"large.py: \d+ bytes; at most"):
        assert find(Query("f($X)"), tmp_path) == []
    with warnings.catch_warnings():
        warnings.simplefilter("error", adaptkit.IncompleteSearch)
        with pytest.raises(adaptkit.IncompleteSearch):
            find(Query("f($X)"), tmp_path)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: Query("f("), r"this is not Python: 'f\('"),
        (lambda: Query("$X"), "only a metavariable: it would match all code"),
        (lambda: Query(""), "there is no code to look for"),
        (lambda: Query("f($)"), r"'\$' must be followed by a name"),
        (lambda: Query("f($MASK)", {"MAKS": "expr"}), r"the code holds no \$MAKS; did you mean 'MASK'\?"),
        (lambda: Query("f($X)", {"X": "exp"}), r"unknown kind of variable 'exp'; did you mean 'expr'\?"),
        (lambda: Query("f($X)", {"X": "expr simpel"}), r"simpel.*did you mean 'simple'\?"),
        (lambda: find(Query("f($X)"), Path("/nonexistent")), r"there is no file or folder '/nonexistent'"),
        (lambda: find(Query("f($X)"), "x" * (5 << 20)), r"at most 4194304"),
        (lambda: find(Query("f($X)"), Path("a\0b")), r"null"),
    ],
)
def test_what_cannot_be_meant_is_an_error_that_says_so(ask, message):
    with pytest.raises(Error, match=message):
        ask()


@pytest.mark.parametrize(
    "ask",
    [
        lambda: Query(1),
        lambda: Query("f($X)", {"X": 3}),
        lambda: Query("f($X)", "X"),
        lambda: find("f($X)", "f(1)"),
        lambda: find(Query("f($X)"), 3),
        lambda: find(Query("f($X)"), None),
        lambda: find(Query("f($X)"), [3]),
        lambda: find(Query("f($X)"), "f(1)", 2),
        lambda: find(Query("f($X)"), "f(1)", threads=-1),
        lambda: find(Query("f($X)")),
    ],
)
def test_wrong_types_are_type_errors(ask):
    with pytest.raises(TypeError):
        ask()


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("gone")])
def test_what_a_path_raises_when_it_is_asked_for_its_text_passes_through(error):
    class Odd(os.PathLike):
        def __fspath__(self):
            raise error

    with pytest.raises(error if isinstance(error, type) else type(error)):
        adaptkit.find(adaptkit.Query("$X.f"), Odd())


def test_a_long_search_can_be_interrupted():
    library = Path(os.__file__).parent
    program = textwrap.dedent("""
        import signal, sys, pathlib, adaptkit
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job starts with it ignored
        pattern = adaptkit.Query("$X.$Y", {"Y": "name"})
        try:
            print("ready", flush=True)
            while True:
                adaptkit.find(pattern, pathlib.Path(sys.argv[1]))
        except KeyboardInterrupt:
            sys.exit(42)
    """)
    environment = {**os.environ, "PYTHONPATH": str(adaptkit_module.folder())}
    with subprocess.Popen([sys.executable, "-W", "ignore", "-c", program, str(library)], stdout=subprocess.PIPE,
                          env=environment) as process:
        try:
            assert process.stdout.readline() == b"ready\n"
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=120) == 42
        finally:
            process.kill()
