"""Several threads at once: the same answers as one, and the interpreter is free while the engine works."""

import gc
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import adaptkit_module

adaptkit = adaptkit_module.load()

SOURCES = [f"import torch\n\n\ndef f{i}(mask, x):\n    return x + torch.cumsum(mask > {i}, dim={i})\n" * 20
           for i in range(24)]


def work(text: str) -> tuple:
    document = adaptkit.Document(text)
    query = adaptkit.Query("torch.cumsum($M, dim=$D)")
    patterns = adaptkit.library()
    edits = adaptkit.EditSet()
    for node in document.nodes("integer"):
        edits.replace(node.span, "7")
    return (
        [node.span for node in document.nodes("call")],
        [(m.span, m.variables) for m in adaptkit.find(query, document)],
        [patterns[id].apply(document).text for id in list(patterns)[:5]],
        edits.apply(text),
    )


def test_many_threads_get_the_answers_of_one():
    expected = [work(text) for text in SOURCES]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, SOURCES * 2)) == expected * 2


def test_one_document_may_be_read_by_many_and_let_go_by_any():
    document = adaptkit.Document("".join(SOURCES))
    calls = document.nodes("call")
    texts = [call.text for call in calls]
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(lambda nodes=calls[:]: [node.text for node in nodes]) for _ in range(16)]
        del document, calls
        gc.collect()
        assert all(future.result() == texts for future in futures)


def test_an_edit_set_may_grow_while_others_use_it():
    text = "# " + "x" * 2000 + "\n"
    edits = adaptkit.EditSet()
    done = threading.Event()

    def use() -> None:
        while not done.is_set():
            assert edits.apply(text).startswith("# ")
            assert len(list(edits)) <= 1000

    with ThreadPoolExecutor(4) as pool:
        users = [pool.submit(use) for _ in range(3)]
        for i in range(1000):
            edits.replace((2 + 2 * i, 3 + 2 * i), "y")
        done.set()
        for user in users:
            user.result()
    assert edits.apply(text) == "# " + "yx" * 1000 + "\n"


def test_the_interpreter_runs_while_the_engine_works():
    text = "".join(f"value_{i} = compute({i}, [{i}, {i}])\n" for i in range(60_000))
    turns, done = 0, threading.Event()

    def parse() -> None:
        adaptkit.Document(text)
        done.set()

    thread = threading.Thread(target=parse)
    begin = time.monotonic()
    thread.start()
    while not done.is_set() and time.monotonic() - begin < 120:
        turns += 1
        time.sleep(0.001)
    thread.join(120)
    assert done.is_set() and turns > 3  # with the lock held, this thread would wait for all of it
