// In which form a pattern's repair reaches the user: [carrier source], [carrier config], [carrier shim].
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "patterns/sections.h"
#include "tools/base/json.h"

namespace adapt::patterns {

// A module that can be imported although its package is absent; its functions raise.
struct StubModule {
  std::string name;  // dotted
  std::vector<std::string> functions;
  bool operator==(const StubModule&) const = default;
};

struct Carrier {
  enum class Kind : std::uint8_t {
    override_module,  // a module that replaces the changed functions in a running process, beside the diff
    source,           // the diff alone
    config,           // no source changes: values of the model's configuration
    shim,             // no source changes: stub modules, there before the model's source is imported
  };
  Kind kind = Kind::override_module;
  Json settings = Json::object();  // config: key to a boolean, number, text or null
  std::vector<StubModule> stubs;   // shim: in the order of the file, no module twice
  bool needs_spec = false;         // shim: importlib.util.find_spec is to find the stubs

  // Whether the repair is an edit of source.
  bool edits_source() const { return kind == Kind::override_module || kind == Kind::source; }
};

// `name` is the file's, for complaints.
Result<Carrier> parse_carrier(const Section& section, std::string_view name);

// "flash_attn" of "flash_attn.bert_padding".
std::string_view top_package(std::string_view module);

}  // namespace adapt::patterns
