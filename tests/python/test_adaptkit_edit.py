"""EditSet: conflicts, application all or nothing, undoing, diffs, random edits against a plain model."""

import random
import subprocess

import adaptkit_module
import pytest

adaptkit = adaptkit_module.load()
Document, EditSet, Error, Span = adaptkit.Document, adaptkit.EditSet, adaptkit.Error, adaptkit.Span

TEXT = "a = 1\nb = 2\n"


def test_edits_are_gathered_and_applied_by_bytes():
    edits = EditSet("m.py")
    edits.replace((4, 5), "ten")
    edits.insert(0, "# first\n")
    edits.insert(0, b"# second\n")
    edits.delete(Span(6, 12))
    assert edits.apply(TEXT) == "# first\n# second\na = ten\n"
    assert edits.apply(TEXT.encode()) == b"# first\n# second\na = ten\n"
    assert edits.apply(Document(TEXT)) == "# first\n# second\na = ten\n"
    assert list(edits) == [((0, 0), "# first\n"), ((0, 0), "# second\n"), ((4, 5), "ten"), ((6, 12), "")]
    assert len(edits) == 4 and bool(edits) and not EditSet() and repr(edits) == "<EditSet of 4 edits>"


def test_what_overlaps_is_refused_and_both_are_named():
    edits = EditSet("m.py")
    edits.replace((0, 5), "c = 3")
    with pytest.raises(Error, match=r"two edits of m.py overlap: bytes 0 to 5 and 4 to 8"):
        edits.replace((4, 8), "x")
    edits.replace((0, 5), "c = 3")  # the same again is one
    assert len(edits) == 1
    other = EditSet("elsewhere")
    other.insert(6, "# fits\n")
    other.delete((2, 3))
    with pytest.raises(Error, match="overlap"):
        edits.merge(other)
    assert len(edits) == 1  # all or none
    fits = EditSet()
    fits.insert(6, "# fits\n")
    edits.merge(fits)
    assert edits.apply(TEXT) == "c = 3\n# fits\nb = 2\n"


@pytest.mark.parametrize(
    ("make", "text", "message"),
    [
        (lambda e: e.delete((6, 100)), TEXT, r"covers bytes 6 to 100, and the file has 12"),
        (lambda e: e.replace((5, 6), "x"), "x = 'é→'\n", r"cuts a character at byte 6"),
        (lambda e: e.replace((4, 5), "("), TEXT,
         r"would not parse after the edit: \d syntax errors? in place of 0, .* line 1"),
    ],
)
def test_edits_that_would_spoil_a_text_change_nothing(make, text, message):
    edits = EditSet()
    make(edits)
    for use in (edits.apply, edits.inverse, edits.diff):
        with pytest.raises(Error, match=message):
            use(text)


@pytest.mark.parametrize(
    "use",
    [
        lambda e: e.replace((3, 1), "x"),
        lambda e: e.insert(-1, "x"),
        lambda e: e.insert(2**40, "x"),
        lambda e: e.delete((0, 2**64)),
        lambda e: e.insert(0, "\udc00\ud800"),
    ],
)
def test_places_that_no_text_has_are_errors(use):
    with pytest.raises(Error):
        use(EditSet())


@pytest.mark.parametrize(
    "use",
    [
        lambda e: e.replace("ab", "x"),
        lambda e: e.replace([0, 1], "x"),
        lambda e: e.replace((0, 1), None),
        lambda e: e.insert((0, 0), "x"),
        lambda e: e.apply(None),
        lambda e: e.merge("x"),
        lambda e: EditSet(7),
    ],
)
def test_wrong_types_are_type_errors(use):
    with pytest.raises(TypeError):
        use(EditSet())


def test_diffs_are_what_patch_accepts(tmp_path):
    edits = EditSet("m.py")
    edits.replace((4, 5), "ten")
    diff = edits.diff(TEXT)
    assert diff.startswith("--- a/m.py\n+++ b/m.py\n@@ ")
    (tmp_path / "m.py").write_text(TEXT)
    subprocess.run(["patch", "-p1", "--no-backup-if-mismatch"], input=diff, text=True, cwd=tmp_path, check=True,
                   capture_output=True, timeout=60)
    assert (tmp_path / "m.py").read_text() == "a = ten\nb = 2\n"
    assert EditSet().diff(TEXT) == ""


def test_the_edits_between_two_texts_lead_from_one_to_the_other():
    after = "a = 1\nc = 3\nb = 2\nd = 4\n"
    edits = EditSet.between(TEXT, after, name="m.py")
    assert edits.apply(TEXT) == after and edits.name == "m.py"
    assert edits.inverse(TEXT).apply(after) == TEXT


def plain_application(edits: list, text: bytes) -> bytes:
    """What the edits mean, said the simplest way: from behind, each where it says."""
    for (begin, end), new in reversed(edits):
        text = text[:begin] + new.encode() + text[end:]
    return text


@pytest.mark.parametrize("seed", range(40))
def test_random_edits_do_what_a_plain_model_does_and_can_be_undone(seed):
    chance = random.Random(seed)
    # One line an edit can touch without breaking its neighbours: comments, which take any text.
    text = "".join(f"# {''.join(chance.choices('abc é→𝄞', k=chance.randrange(12)))}\n" for _ in range(30)).encode()
    document = Document(text)
    cuts = [i for i in range(len(text) + 1) if i == len(text) or text[i] & 0xC0 != 0x80]
    inside = [i for i in cuts if i < len(text) and text.rfind(b"\n", 0, i) + 2 <= i]
    edits, refused = EditSet(), 0
    for _ in range(30):
        begin = chance.choice(inside)
        end = chance.choice([i for i in inside if begin <= i and b"\n" not in text[begin:i]])
        try:
            edits.replace((begin, end), "".join(chance.choices("xyz é", k=chance.randrange(5))))
        except Error as error:
            assert "overlap" in str(error)
            refused += 1
    assert len(edits) + refused <= 30
    after = edits.apply(text)
    assert after == plain_application(list(edits), text)
    assert edits.apply(document) == after.decode()
    assert edits.inverse(text).apply(after) == text
