"""Writes a language model of a few megabytes by hand, for a real local server (llama.cpp) to load: nothing is trained.

    tiny_gguf.py VARIANT PATH        VARIANT: chatty, silent, toolless, endless or heavy

The model is a table of bigrams. Attention and feed-forward weights are zero, so the one block adds nothing to the
stream; a token's embedding is one-hot; the norm before the output multiplies that one by the root of the width. So the
logit of a next token is one number of the output matrix, and we write the number that we want. What is not wanted in
particular is noise: arguments, blanks and the number of calls differ from answer to answer.

The file (GGUF, version 3, little-endian):

    "GGUF" u32 version, u64 number of tensors, u64 number of metadata
    metadata:  text key, u32 type, value          a text is u64 bytes, then the bytes
    tensors:   text name, u32 number of dimensions, u64 each (fastest first), u32 type (0: f32), u64 offset
    padding to 32, then the tensors' data, each padded to 32; offsets count from here
"""

from __future__ import annotations

import array
import math
import random
import struct
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ALIGNMENT = 32
CONTEXT = 65536  # tokens
EPSILON = 1e-5  # of the norms
HIDDEN = 32  # of the feed-forward part, which does nothing
U32, F32, BOOL, TEXT, ARRAY, I32 = 4, 6, 7, 8, 9, 5  # types of metadata
NORMAL, CONTROL, USER_DEFINED = 1, 3, 4  # types of tokens

END_OF_TEXT, START, END, CALL, END_OF_CALL = "<|endoftext|>", "<|start|>", "<|end|>", "<tool_call>", "</tool_call>"
SPECIALS = {END_OF_TEXT: CONTROL, START: CONTROL, END: CONTROL, CALL: USER_DEFINED, END_OF_CALL: USER_DEFINED}
NEVER = -40.0  # log-odds against noise

# What the server makes of a conversation. It tells from the template how a model writes its calls.
PLAIN_TEMPLATE = """\
{%- for message in messages -%}
{{ '<|start|>' + message.role + '\\n' + (message.content or '') + '<|end|>\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<|start|>assistant\\n' }}{%- endif -%}
"""
TOOL_TEMPLATE = """\
{%- if tools -%}
{{ '<|start|>system\\n' }}
{%- if messages[0].role == 'system' -%}{{ messages[0].content + '\\n\\n' }}{%- endif -%}
{{ 'You can call functions. Their signatures:\\n<tools>' }}
{%- for tool in tools -%}{{ '\\n' + (tool | tojson) }}{%- endfor -%}
{{ '\\n</tools>\\nWrite each call as <tool_call>\\n{"name": its name, "arguments": an object}\\n</tool_call><|end|>\\n' }}
{%- endif -%}
{%- for message in messages -%}
{%- if message.role == 'tool' -%}
{{ '<|start|>user\\n<tool_response>\\n' + message.content + '\\n</tool_response><|end|>\\n' }}
{%- elif message.role == 'assistant' and message.tool_calls -%}
{{ '<|start|>assistant\\n' + (message.content or '') }}
{%- for call in message.tool_calls -%}
{{ '\\n<tool_call>\\n{"name": "' + call.function.name + '", "arguments": ' + (call.function.arguments | tojson) + '}\\n</tool_call>' }}
{%- endfor -%}
{{ '<|end|>\\n' }}
{%- elif not (tools and loop.first and message.role == 'system') -%}
{{ '<|start|>' + message.role + '\\n' + (message.content or '') + '<|end|>\\n' }}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<|start|>assistant\\n' }}{%- endif -%}
"""


# Words of one letter again and again are few tokens, so that a long text need not be a long wait.
def doubles() -> list[str]:
    return ["x" * 2**power for power in range(1, 7)]


def byte_letters() -> list[str]:
    """The letter that stands for each byte in vocabularies of this kind: itself where it can be seen, else one from 256."""
    seen = {*range(33, 127), *range(161, 173), *range(174, 256)}
    unseen = iter(range(256, 512))
    return [chr(byte if byte in seen else next(unseen)) for byte in range(256)]


@dataclass
class Vocabulary:
    merges: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    types: list[int] = field(default_factory=list)

    def id(self, token: str) -> int:
        return self.tokens.index(token)


def vocabulary() -> Vocabulary:
    letters = byte_letters()
    blank = letters[ord(" ")]
    merged = [*doubles(), blank + doubles()[-1]]
    halves = [(token[: len(token) // 2], token[len(token) // 2 :]) for token in doubles()] + [(blank, doubles()[-1])]
    return Vocabulary(merges=[f"{a} {b}" for a, b in halves], tokens=[*letters, *merged, *SPECIALS],
                      types=[NORMAL] * (len(letters) + len(merged)) + list(SPECIALS.values()))


@dataclass
class Bigrams:
    """Log-odds of a next token after a previous one; tokens are named by their bytes or as in SPECIALS."""

    words: Vocabulary
    rows: list[list[float]]  # [next][previous]

    def boost(self, previous: Iterable[str], following: Iterable[str], log_odds: float) -> None:
        for a in previous:
            for b in following:
                self.rows[self._id(b)][self._id(a)] = log_odds

    def forbid(self, token: str) -> None:
        row = self._id(token)
        self.rows[row] = [NEVER] * len(self.rows[row])

    def _id(self, token: str) -> int:
        return self.words.id(token) if token in SPECIALS else ord(token)


SEEN = [chr(byte) for byte in range(33, 127)]
LETTERS = [chr(byte) for byte in range(ord("a"), ord("z") + 1)]


def talk(table: Bigrams) -> None:
    """Words of letters, with the quotes and brackets that let a grammar close what it opened."""
    table.boost(SEEN, LETTERS, 1.5)
    table.boost(SEEN, ['"'], 4.0)
    table.boost(["}"], ["}"], 5.0)
    table.boost(["}"], ["\n"], 6.0)


def chatty(table: Bigrams) -> None:
    """Begins with a call, and after each makes another one or ends."""
    talk(table)
    table.boost(["\n"], [CALL], 12.0)
    table.boost([CALL], ["\n"], 14.0)
    table.boost([END_OF_CALL], [END], 10.0)
    table.boost([END_OF_CALL], ["\n"], 9.5)


def silent(table: Bigrams) -> None:
    """A few words, never a call."""
    talk(table)
    table.boost(["\n", " ", *LETTERS], LETTERS, 4.0)
    table.boost(LETTERS, [" ", END], 4.5)
    table.forbid(CALL)
    table.forbid(END_OF_CALL)


def endless(table: Bigrams) -> None:
    """Any bytes at all, control characters and broken UTF-8 among them, up to the cap."""
    for token in SPECIALS:
        table.forbid(token)


@dataclass(frozen=True)
class Variant:
    fill: Callable[[Bigrams], None]
    template: str = TOOL_TEMPLATE
    useless_merges: int = 0  # what a server has to read takes it time


VARIANTS = {
    "chatty": Variant(chatty),
    "silent": Variant(silent),
    "toolless": Variant(chatty, template=PLAIN_TEMPLATE),
    "endless": Variant(endless),
    "heavy": Variant(chatty, useless_merges=400_000),
}


def text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def scalar(kind: int, value: object) -> bytes:
    return text(str(value)) if kind == TEXT else struct.pack({U32: "<I", I32: "<i", F32: "<f", BOOL: "<B"}[kind], value)


def entry(key: str, kind: int, value: object) -> bytes:
    return text(key) + struct.pack("<I", kind) + scalar(kind, value)


def list_entry(key: str, kind: int, values: Sequence[object]) -> bytes:
    return text(key) + struct.pack("<IIQ", ARRAY, kind, len(values)) + b"".join(scalar(kind, value) for value in values)


def metadata(words: Vocabulary, width: int, template: str) -> list[bytes]:
    return [
        entry("general.architecture", TEXT, "llama"),
        entry("general.name", TEXT, "tiny"),
        entry("general.file_type", U32, 0),
        entry("llama.context_length", U32, CONTEXT),
        entry("llama.embedding_length", U32, width),
        entry("llama.block_count", U32, 1),
        entry("llama.feed_forward_length", U32, HIDDEN),
        entry("llama.attention.head_count", U32, 4),
        entry("llama.attention.head_count_kv", U32, 4),
        entry("llama.attention.layer_norm_rms_epsilon", F32, EPSILON),
        entry("llama.rope.dimension_count", U32, width // 4),
        entry("llama.vocab_size", U32, len(words.tokens)),
        entry("tokenizer.ggml.model", TEXT, "gpt2"),
        entry("tokenizer.ggml.pre", TEXT, "gpt-2"),
        list_entry("tokenizer.ggml.tokens", TEXT, words.tokens),
        list_entry("tokenizer.ggml.token_type", I32, words.types),
        list_entry("tokenizer.ggml.merges", TEXT, words.merges),
        entry("tokenizer.ggml.bos_token_id", U32, words.id(END_OF_TEXT)),
        entry("tokenizer.ggml.eos_token_id", U32, words.id(END)),
        entry("tokenizer.ggml.add_bos_token", BOOL, 0),
        entry("tokenizer.chat_template", TEXT, template),
    ]


@dataclass
class Tensor:
    name: str
    dimensions: tuple[int, ...]  # fastest first
    values: array.array


def one_hot(rows: int, width: int) -> array.array:
    values = array.array("f", bytes(4 * rows * width))
    for row in range(rows):
        values[row * width + row] = 1.0
    return values


def output_matrix(table: Bigrams, width: int) -> array.array:
    scale = 1 / math.sqrt(1 / width + EPSILON)  # what the norm makes of the one
    padding = [0.0] * (width - len(table.rows))
    return array.array("f", (value / scale for row in table.rows for value in row + padding))


def tensors(table: Bigrams, width: int) -> list[Tensor]:
    def constant(value: float, *dimensions: int) -> tuple[tuple[int, ...], array.array]:
        return dimensions, array.array("f", [value]) * math.prod(dimensions)

    rows = len(table.rows)
    return [
        Tensor("token_embd.weight", (width, rows), one_hot(rows, width)),
        Tensor("output_norm.weight", *constant(1, width)),
        Tensor("output.weight", (width, rows), output_matrix(table, width)),
        Tensor("blk.0.attn_norm.weight", *constant(1, width)),
        Tensor("blk.0.ffn_norm.weight", *constant(1, width)),
        *(Tensor(f"blk.0.attn_{part}.weight", *constant(0, width, width)) for part in ("q", "k", "v", "output")),
        Tensor("blk.0.ffn_gate.weight", *constant(0, width, HIDDEN)),
        Tensor("blk.0.ffn_up.weight", *constant(0, width, HIDDEN)),
        Tensor("blk.0.ffn_down.weight", *constant(0, HIDDEN, width)),
    ]


def padded(raw: bytes) -> bytes:
    return raw + b"\0" * (-len(raw) % ALIGNMENT)


def file_of(entries: list[bytes], parts: list[Tensor]) -> bytes:
    head = b"GGUF" + struct.pack("<IQQ", 3, len(parts), len(entries)) + b"".join(entries)
    data = b""
    for part in parts:
        head += text(part.name) + struct.pack("<I", len(part.dimensions))
        head += struct.pack(f"<{len(part.dimensions)}QIQ", *part.dimensions, 0, len(data))
        if sys.byteorder == "big":
            part.values.byteswap()
        data += padded(part.values.tobytes())
    return padded(head) + data


def build(variant: Variant, seed: int = 1) -> bytes:
    words = vocabulary()
    width = -(-len(words.tokens) // 8) * 8  # four heads, each of an even width
    chance = random.Random(seed)
    table = Bigrams(words, [[chance.gauss(0, 0.3) for _ in words.tokens] for _ in words.tokens])
    variant.fill(table)
    words.merges += [f"{number} useless" for number in range(variant.useless_merges)]
    return file_of(metadata(words, width, variant.template), tensors(table, width))


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in VARIANTS:
        print(f"usage: tiny_gguf.py {'|'.join(VARIANTS)} PATH", file=sys.stderr)
        return 2
    Path(arguments[1]).write_bytes(build(VARIANTS[arguments[0]]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
