"""Documents and nodes: what a tree says, where things are in bytes and characters, and wrong use."""

import ast
import gc

import adaptkit_module
import pytest

adaptkit = adaptkit_module.load()
Document, Error = adaptkit.Document, adaptkit.Error

SOURCE = "x = f(1, 'é')\n\n\ndef g(a):\n    return a.b(x)  # call\n"


def test_a_tree_says_what_ast_says():
    document = Document(SOURCE)
    assert not document.has_errors and document.errors == []
    calls = [node for node in ast.walk(ast.parse(SOURCE)) if isinstance(node, ast.Call)]
    assert sorted(node.start for node in document.nodes("call")) == sorted((c.lineno, c.col_offset) for c in calls)
    assert sorted(node.end for node in document.nodes("call")) == sorted(
        (c.end_lineno, c.end_col_offset) for c in calls)


def test_nodes_know_their_neighbours():
    document = Document(SOURCE)
    call = document.nodes("call")[1]
    assert (call.kind, call.text, call.field_name) == ("call", "a.b(x)", None)
    function, arguments = call.children
    assert (function.text, function.field_name) == ("a.b", "function")
    assert call.field("arguments") == arguments and call.field("body") is None
    assert [child.text for child in arguments.children] == ["(", "x", ")"]
    assert [child.text for child in arguments.named_children] == ["x"]
    assert not arguments.children[0].is_named
    assert call.parent.kind == "return_statement" and document.root.parent is None
    assert {function, arguments, call.children[0]} == {function, arguments}
    assert call != Document(SOURCE).nodes("call")[1]  # another document's
    assert call.nodes() == [call, *function.nodes(), *arguments.nodes()]
    assert "comment" in {node.kind for node in document.nodes()}
    assert repr(call) == "<Node call 'a.b(x)' at 5:11>"


def test_bytes_and_characters_are_told_apart():
    document = Document("é = '→'; y = 1\n")
    y = document.nodes("identifier")[1]
    assert y.span == (12, 13) and document.source[slice(*y.span)] == b"y"
    assert document.char_slice(y.span) == slice(9, 10, 1)
    assert document.text[document.char_slice(y.span)] == "y"
    assert document.byte_span(9, 10) == y.span
    assert document.position(12) == (1, 12) and document.offset(1, 12) == 12
    with pytest.raises(Error, match="byte 1 lies inside a character"):
        document.char_slice((1, 2))


@pytest.mark.parametrize(
    "given", [b"x = '\xff\xfe'\n", b"\xe2\x86", b"# \xed\xa0\x80\n", b"x = '\x00'\n", b"", b"\r\n\xef"])
def test_bytes_that_are_no_utf8_come_back_as_they_were(given):
    document = Document(given)
    assert document.source == given
    assert document.text == given.decode("utf-8", "surrogateescape")
    assert Document(document.text).source == given
    for node in document.nodes():
        assert node.text.encode("utf-8", "surrogateescape") == given[slice(*node.span)]
    for offset in range(len(given) + 1):
        try:
            piece = document.char_slice((0, offset))
        except Error:
            continue
        assert document.text[piece].encode("utf-8", "surrogateescape") == given[:offset]


def test_what_is_not_python_has_a_tree_and_places():
    document = Document("def f(a:\n    return\nx = (1,\n")
    assert document.has_errors and document.root.has_error
    assert all(node.is_error for node in document.errors) and document.errors[0].start.line == 1
    missing = Document("def f(:\n    pass\n").errors
    assert [(node.kind, node.span, node.text, node.is_error) for node in missing] == [(")", (6, 6), "", True)]


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda d: d.nodes("cal"), r"there is no kind of node 'cal'; did you mean 'call'\?"),
        (lambda d: d.root.nodes("Call "), r"there is no kind of node 'Call '"),
        (lambda d: d.root.field("functon"), r"there is no field 'functon'; did you mean 'function'\?"),
        (lambda d: d.position(1000), r"there is no byte 1000; the source has 53"),
        (lambda d: d.position(-1), r"there is no byte -1"),
        (lambda d: d.offset(0), r"there is no line 0; the source has 6"),
        (lambda d: d.offset(99), r"there is no line 99"),
        (lambda d: d.offset(1, 99), r"line 1 has 15 bytes, so no column 99"),
        (lambda d: d.node_at((3, 1)), r"bytes 3 to 1 are no span of a source of 53 bytes"),
        (lambda d: d.node_at((0, 54)), r"bytes 0 to 54 are no span"),
        (lambda d: d.node_at((-1, 3)), r"offsets are bytes from 0 to 4294967295, not -1"),
        (lambda d: d.node_at((0, 2**70)), r"offsets are bytes from 0 to 4294967295, not 1180591620717411303424"),
        (lambda d: d.byte_span(2, 1), r"characters 2 to 1 are no range of a text of 52 characters"),
        (lambda d: d.byte_span(0, 53), r"characters 0 to 53"),
        (lambda d: Document("\ud800"), r"the str has no UTF-8 form"),
        (lambda d: Document(b"x" * (10 << 20)), r"the text has 10485760 bytes; at most 4194304 are read"),
    ],
)
def test_what_cannot_be_meant_is_an_error_that_says_so(ask, message):
    with pytest.raises(Error, match=message) as raised:
        ask(Document(SOURCE))
    assert isinstance(raised.value, ValueError) and raised.value.kind in {"usage", "parse"}


@pytest.mark.parametrize(
    "ask",
    [
        lambda d: Document(3),
        lambda d: Document(None),
        lambda d: Document(bytearray(b"x")),
        lambda d: Document(),
        lambda d: Document("x", 5),
        lambda d: d.nodes(5),
        lambda d: d.node_at(3),
        lambda d: d.node_at((1, 2, 3)),
        lambda d: d.node_at((1.5, 2)),
        lambda d: d.position("1"),
        lambda d: d.root.field(None),
        lambda d: Document.__new__(Document).text,
        lambda d: Document.nodes("x"),
    ],
)
def test_wrong_types_are_type_errors(ask):
    with pytest.raises(TypeError):
        ask(Document(SOURCE))


def test_nodes_outlive_the_document_that_they_came_from():
    node = Document("value = compute(argument)\n").nodes("call")[0]
    gc.collect()
    ballast = [Document(f"other{i} = {i}\n") for i in range(100)]
    assert node.text == "compute(argument)" and node.parent.parent.parent.text == "value = compute(argument)\n"
    assert len(ballast) == 100


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "(" * 5_000 + ")" * 5_000,
        "x = " + "[" * 3_000 + "]" * 3_000 + "\n",
        "f(" * 2_000 + ")" * 2_000,
        "x" * (4 << 20),
        "if x:\n" + "".join(" " * i + "if x:\n" for i in range(1, 900)) + " " * 900 + "pass\n",
        "\x00" * 10_000,
        "'" * 9_999,
        "a.b" * 100_000,
        "not " * 50_000 + "x\n",
    ],
    ids=lambda text: f"{text[:6]!r} x {len(text)}",
)
def test_hostile_texts_have_trees_or_errors(text):
    try:
        document = Document(text)
    except Error as error:
        assert error.kind == "parse"
        return
    assert document.text == text
    deepest = max(document.nodes(), key=lambda node: node.span.begin)
    while deepest.parent is not None:
        deepest = deepest.parent
    assert deepest == document.root
