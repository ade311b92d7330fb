// The backends of the product, for did-you-mean before any Python has started. What each can do on this machine is
// asked of the harness; a test compares this list with the harness's own.
#pragma once

#include <string>
#include <vector>

#include "tools/base/result.h"
#include "tools/base/text.h"

namespace adapt::domain {

// The Python environment that a backend's packages are in.
inline std::string_view environment_of(std::string_view backend) {
  if (backend == "xla" || backend == "tt-static") return "xla";
  if (backend == "tt") return "tt";
  return backend == "tt-legacy" ? "tt_legacy" : "main";
}

// Whether its processes need an accelerator, and one for themselves.
inline bool uses_device(std::string_view backend) { return backend == "tt" || backend == "tt-legacy"; }

inline const std::vector<std::string>& backend_names() {
  static const std::vector<std::string> names = {
      "eager",     "export", "inductor",  "onnxruntime", "openvino", "iree",  "executorch", "qnn",  "xla",
      "tt-static", "tt",     "tt-legacy", "wasm",        "webgpu",   "webnn", "cuda",       "rocm", "mps"};
  return names;
}

inline Result<std::string> parse_backend(std::string_view text) {
  for (const std::string& name : backend_names())
    if (name == text) return name;
  const std::string hint = did_you_mean(text, backend_names());
  return fail(ErrorKind::usage, "unknown backend '{}'{}", text,
              hint.empty() ? "; known: " + join(backend_names(), ", ") : hint);
}

}  // namespace adapt::domain
