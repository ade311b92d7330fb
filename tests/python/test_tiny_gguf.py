"""The hand-made language model is the file that its docstring describes, and says what its bigrams say; read here by
other code than what writes it. What a real server makes of the program's calls, where there is one."""

from __future__ import annotations

import math
import os
import shlex
import shutil
import socket
import struct
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import tiny_gguf
from agent_program import AGENT, WITHOUT_AGENT, Program

SCALARS = {4: "<I", 5: "<i", 6: "<f", 7: "<?"}


@dataclass
class Reader:
    raw: bytes
    at: int = 0

    def take(self, layout: str) -> tuple:
        values = struct.unpack_from(layout, self.raw, self.at)
        self.at += struct.calcsize(layout)
        return values

    def text(self) -> str:
        (size,) = self.take("<Q")
        self.at += size
        return self.raw[self.at - size : self.at].decode()

    def value(self, kind: int) -> object:
        if kind == 9:
            inner, count = self.take("<IQ")
            return [self.value(inner) for _ in range(count)]
        return self.text() if kind == 8 else self.take(SCALARS[kind])[0]


@dataclass
class File:
    metadata: dict[str, object]
    tensors: dict[str, tuple[tuple[int, ...], tuple[float, ...]]]  # dimensions, values

    def log_odds(self, previous: str, following: str) -> float:
        """What the server computes: embedding, norm, output matrix."""
        width, _ = self.tensors["token_embd.weight"][0]
        a, b = (self.metadata["tokenizer.ggml.tokens"].index(token) for token in (previous, following))
        stream = self.tensors["token_embd.weight"][1][a * width : (a + 1) * width]
        root = math.sqrt(sum(value * value for value in stream) / width + 1e-5)
        weights = self.tensors["output.weight"][1][b * width : (b + 1) * width]
        return sum(x / root * weight for x, weight in zip(stream, weights, strict=True))


def read(raw: bytes) -> File:
    reader = Reader(raw)
    assert reader.take("<4sI") == (b"GGUF", 3)
    tensor_count, metadata_count = reader.take("<QQ")
    metadata = {}
    for _ in range(metadata_count):
        key = reader.text()
        metadata[key] = reader.value(reader.take("<I")[0])
    places = {}
    for _ in range(tensor_count):
        name = reader.text()
        (rank,) = reader.take("<I")
        places[name] = (reader.take(f"<{rank}Q"), *reader.take("<IQ"))
    start = -(-reader.at // 32) * 32
    tensors, end = {}, 0
    for name, (dimensions, kind, offset) in places.items():
        assert kind == 0 and offset % 32 == 0 and offset >= end, name
        count = math.prod(dimensions)
        tensors[name] = (dimensions, struct.unpack_from(f"<{count}f", raw, start + offset))
        end = offset + 4 * count
    assert len(raw) == start + -(-end // 32) * 32
    return File(metadata, tensors)


@pytest.mark.parametrize("variant", ["chatty", "silent", "toolless", "endless"])
def test_each_variant_is_a_model_of_one_block_that_adds_nothing(variant: str):
    file = read(tiny_gguf.build(tiny_gguf.VARIANTS[variant]))
    tokens = file.metadata["tokenizer.ggml.tokens"]
    width = file.metadata["llama.embedding_length"]
    assert len(set(tokens)) == len(tokens) == file.metadata["llama.vocab_size"] == len(file.metadata["tokenizer.ggml.token_type"])
    assert width >= len(tokens) and width % 8 == 0 and file.metadata["llama.block_count"] == 1
    assert all(token in tokens for merge in file.metadata["tokenizer.ggml.merges"] for token in [*merge.split(" "), merge.replace(" ", "")])
    assert file.tensors["token_embd.weight"][0] == file.tensors["output.weight"][0] == (width, len(tokens))
    for name, (_, values) in file.tensors.items():
        if name.startswith("blk.0.") and "norm" not in name:
            assert set(values) == {0.0}, name


def test_a_variant_says_what_its_table_says():
    chatty, silent = (read(tiny_gguf.build(tiny_gguf.VARIANTS[name])) for name in ("chatty", "silent"))
    newline = "\u010a"
    odds = [(chatty, newline, "<tool_call>", 12.0), (chatty, "<tool_call>", newline, 14.0), (chatty, "</tool_call>", "<|end|>", 10.0),
            (chatty, "a", '"', 4.0), (silent, newline, "<tool_call>", tiny_gguf.NEVER), (silent, "a", "<|end|>", 4.5)]
    assert [round(file.log_odds(a, b), 2) for file, a, b, _ in odds] == [wanted for *_, wanted in odds]


def test_equal_seeds_give_equal_files():
    variant = tiny_gguf.VARIANTS["chatty"]
    assert tiny_gguf.build(variant, seed=3) == tiny_gguf.build(variant, seed=3) != tiny_gguf.build(variant, seed=4)


def server_command() -> list[str]:
    named = shlex.split(os.environ.get("ADAPT_LLAMA_SERVER", "llama-server"))
    program = shutil.which(named[0]) if named else None
    return [program, *named[1:]] if program else []


@contextmanager
def served(variant: str, folder: Path, *more: str) -> Iterator[str]:
    """The base address of a real server with that model."""
    command = server_command()
    if not command:
        pytest.skip("no llama-server: it is not on PATH, and ADAPT_LLAMA_SERVER names no command line")
    model = folder / f"{variant}.gguf"
    model.write_bytes(tiny_gguf.build(tiny_gguf.VARIANTS[variant]))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LLAMA_")}
    with log.open("wb") as out, subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port), "--model", model, "--ctx-size", "16384", "--parallel", "1",
             "--threads", "1", "--threads-batch", "1", "--offline", "--no-webui", *more],
            stdout=out, stderr=out, env=environment) as process:
        try:
            deadline = time.monotonic() + 180
            while not is_ready(port):
                assert process.poll() is None and time.monotonic() < deadline, log.read_text(errors="replace")[-4000:]
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.kill()


def is_ready(port: int) -> bool:
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).status == 200
    except (urllib.error.URLError, OSError):
        return False


def found(told: dict) -> dict[str, str]:
    return {finding["what"]: finding["found"] for finding in told["findings"]}


@pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)
def test_a_server_whose_model_calls_is_usable(tmp_path: Path):
    with served("chatty", tmp_path) as url:
        ended = Program(tmp_path / "program")("llm", "check", "--json", "--llm", f"llama-server@{url}#tiny")
    assert ended.code == 0, ended.stderr
    assert ended.json["usable"] and ended.json["input_tokens"] > 0 and ended.json["output_tokens"] > 0
    assert found(ended.json) == {"price": "no", "answers": "yes", "streaming": "yes", "usage": "yes", "tools": "yes",
                                 "results of tools": "yes", "caching": "yes"}


@pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)
def test_a_server_whose_model_only_talks_is_not(tmp_path: Path):
    with served("silent", tmp_path) as url:
        ended = Program(tmp_path / "program")("llm", "check", "--json", "--llm", f"llama-server@{url}#tiny")
    assert ended.code != 0 and not ended.json["usable"]
    assert found(ended.json) == {"price": "no", "answers": "yes", "streaming": "yes", "usage": "yes", "tools": "no"}


@pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)
def test_a_missing_key_is_told_as_such(tmp_path: Path):
    with served("chatty", tmp_path, "--api-key", "the-right-key") as url:
        program = Program(tmp_path / "program")
        without = program("llm", "check", "--json", "--llm", f"llama-server@{url}#tiny")
        with_key = program("llm", "check", "--json", "--llm", f"llama-server@{url}#tiny", LLAMA_API_KEY="the-right-key")
    assert without.code != 0 and found(without.json)["answers"] == "no"
    assert with_key.code == 0 and "the-right-key" not in with_key.stdout + with_key.stderr
