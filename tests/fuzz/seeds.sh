#!/bin/bash
# Usage: tests/fuzz/seeds.sh <folder>. Writes what fuzzing begins with, a folder for each target, from our own patterns
# and samples.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
mkdir -p "$1"
out=$(realpath "$1")

# Seeds: pattern files; and for the matcher each line of old code with the sample that it is meant for.
mkdir -p "$out"/{pattern_parser,matcher,edit_applier,llm_wire,triage,forge_yaml}
find patterns/library -name '*.adapt' -exec cp -u -t "$out/pattern_parser" {} +
cp -u patterns/isomorphisms.txt "$out/pattern_parser"
for file in $(find patterns/library -name '*.adapt'); do
  name=$(basename "$file" .adapt)
  code=$(sed -n '/^- /{s///p;q}' "$file")
  sample=$(sed -n '/^--- before/,/^--- after/{/^---/!p}' "$file" | sed -n '1,60p')
  { printf '%s\0' "$code"; printf '%s\n' "$sample"; } >"$out/matcher/$name"
  { printf '\003\001\002\003\004\002ab\010\001\005\000'; printf '%s\n' "$sample"; } >"$out/edit_applier/$name"
done

# An answer of each dialect, streamed and whole (the first byte chooses), an error, and a text with calls.
llm_seed() { { printf "$1"; cat; } >"$out/llm_wire/$2"; }
llm_seed '\000\007\000' chat <<'END'
: ping

data: {"id":"c","choices":[{"delta":{"content":"a","reasoning":"b"}}]}

data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"i","function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}

data: [DONE]

END
llm_seed '\002\007\000' messages <<'END'
event: message_start
data: {"type":"message_start","message":{"id":"m","usage":{"input_tokens":3}}}

data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}

data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}

data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":4}}

data: {"type":"message_stop"}

END
llm_seed '\003\007\000' responses <<'END'
data: {"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}}

data: {"type":"response.completed","response":{"id":"r","status":"completed","usage":{"input_tokens":3,"output_tokens":4}}}

END
llm_seed '\004\007\000' gemini <<'END'
data: {"candidates":[{"content":{"parts":[{"text":"a"},{"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"S"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3}}

END
llm_seed '\005\000\000' chat_whole <<<'{"choices":[{"message":{"content":"<think>a</think><tool_call>{\"name\":\"f\",\"arguments\":{}}</tool_call>"},"finish_reason":"stop"}]}'
llm_seed '\006\000\000' chat_details <<<'{"choices":[{"message":{"content":"a","reasoning_details":[{"type":"t","text":"b"}]},"finish_reason":"stop"}],"usage":{"cost":0.1}}'
llm_seed '\007\000\000' messages_whole <<<'{"content":[{"type":"thinking","thinking":"","signature":"S"},{"type":"tool_use","id":"t","name":"f","input":{}}],"stop_reason":"tool_use"}'
llm_seed '\010\000\000' responses_whole <<<'{"status":"completed","output":[{"type":"reasoning","encrypted_content":"E"},{"type":"message","content":[{"type":"output_text","text":"a"}]}]}'
llm_seed '\011\000\000' gemini_whole <<<'[{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]}]'
llm_seed '\012\071\001' error <<'END'
retry-after: 5
x-ratelimit-remaining-tokens: 0
x-ratelimit-reset-tokens: 6m0s

{"error":{"code":429,"message":"Please try again in 1.2s","type":"rate_limit_error","details":[{"retryDelay":"3s"}]}}
END
llm_seed '\013\000\000' text <<'END'
```
::tool edit
::path a
::text
:::x
::end
```
END
llm_seed '\014\000\000' tape <<'END'
{"key":"k","request":{"path":"/x","headers":{},"body":{"messages":[{"content":"a"}]}},"answer":{"status":200,"headers":{"request-id":"r"},"pieces":[[1,"a"],[2,{"base64":"/w=="}]],"end":"complete","detail":""}}
END
llm_seed '\015\000\000' record <<'END'
{"turn":{"parts":[{"reasoning":"{\"z\":1,\"a\":2}"},{"text":"a"},{"call":"i","name":"f","arguments":"{}","extra":""}],"raw":"{\"b\":1}","origin":{"dialect":"chat","model":"m","account":"k"},"stop":"tool","native_stop":"stop","usage":{"fresh":1,"cache_read":0,"cache_write":0,"cache_write_1h":0,"output":1,"reasoning":0,"estimated":false},"request_id":"","model":"m","stated_nano_usd":5,"notes":[]},"settlement":{"call":1,"usage":{"fresh":1,"cache_read":0,"cache_write":0,"cache_write_1h":0,"output":1,"reasoning":0,"estimated":false},"nano_usd":null,"waste":false,"ended":"tool"},"failed":[{"error":{"kind":"cut","scope":"request","status":0},"waited_ms":1,"took_ms":2}],"took_ms":3}
END

# Reasons of failures as logs; the first byte says how the rest is cut.
tail -n +2 tests/data/triage/reasons.csv | cut -d, -f2- | split -l 8 - "$out/triage/reason"

# A test configuration with each thing that its reader knows.
cat >"$out/forge_yaml/config" <<'END'
# head
test_config:
  a/pytorch-b-single_device-inference: &x
    status: EXPECTED_PASSING # why
    markers: [push, "x y"]
    reason: 'it''s'
    filechecks:
    - a.mlir
    arch_overrides:
      n150: {required_pcc: 0.98}
  c/jax-single_device-training:
    <<: *x
END
