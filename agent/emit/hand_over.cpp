#include "agent/emit/hand_over.h"

namespace adapt::emit {

Json encode(const KeptFacts& facts) {
  Json options = Json::array(), inputs = Json::array(), changes = Json::array();
  for (const client::Option& option : facts.options) options.push_back(client::encode(option));
  for (const client::InputSpec& input : facts.inputs) inputs.push_back(client::encode(input));
  for (const auto& [module, file] : facts.changes) changes.push_back(Json{{"module", module}, {"file", file}});
  return Json{{"source", client::encode(facts.source)},
              {"class", facts.class_name},
              {"module", facts.module},
              {"config", facts.config},
              {"constants", facts.constants},
              {"inputs", inputs},
              {"inputs_file", facts.inputs_file},
              {"outputs_file", facts.outputs_file},
              {"options", options},
              {"arch", facts.arch},
              {"changes", changes},
              {"model_text", facts.model_text},
              {"loader", facts.loader},
              {"variant", facts.variant},
              {"requirements", facts.requirements},
              {"diff_only", facts.diff_only},
              {"version", facts.version}};
}

Result<KeptFacts> decode_kept_facts(const Json& value) {
  constexpr std::string_view kWhere = "hand_over";
  KeptFacts out;
  ADAPT_TRY(const Json* source, read_object(value, "source", kWhere));
  ADAPT_TRY(out.source, client::decode<client::Model>(*source, "hand_over.source"));
  ADAPT_TRY(out.class_name, read_string(value, "class", kWhere));
  ADAPT_TRY(out.module, read_string(value, "module", kWhere));
  out.config = member_or_null(value, "config");
  ADAPT_TRY(const Json* constants, read_object(value, "constants", kWhere));
  out.constants = *constants;
  ADAPT_TRY(const Json* inputs, read_array(value, "inputs", kWhere));
  for (const Json& input : *inputs) {
    ADAPT_TRY(out.inputs.emplace_back(), client::decode<client::InputSpec>(input, "hand_over.inputs"));
  }
  ADAPT_TRY(out.inputs_file, read_string(value, "inputs_file", kWhere));
  ADAPT_TRY(out.outputs_file, read_string(value, "outputs_file", kWhere));
  ADAPT_TRY(const Json* options, read_array(value, "options", kWhere));
  for (const Json& option : *options) {
    ADAPT_TRY(out.options.emplace_back(), client::decode<client::Option>(option, "hand_over.options"));
  }
  out.arch = string_or(value, "arch", "");
  ADAPT_TRY(const Json* changes, read_array(value, "changes", kWhere));
  for (const Json& change : *changes) {
    ADAPT_TRY(std::string module, read_string(change, "module", "hand_over.changes"));
    ADAPT_TRY(std::string file, read_string(change, "file", "hand_over.changes"));
    out.changes.emplace_back(std::move(module), std::move(file));
  }
  ADAPT_TRY(out.model_text, read_string(value, "model_text", kWhere));
  ADAPT_TRY(out.loader, read_string(value, "loader", kWhere));
  ADAPT_TRY(out.variant, read_string(value, "variant", kWhere));
  out.requirements = strings_or_empty(value, "requirements");
  ADAPT_TRY(out.diff_only, read_bool(value, "diff_only", kWhere));
  ADAPT_TRY(out.version, read_string(value, "version", kWhere));
  return out;
}

}  // namespace adapt::emit
