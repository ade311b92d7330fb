#include "agent/emit/python_literal.h"

#include <vector>

#include "tools/base/text.h"

namespace adapt::emit {

std::string python_literal(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null: return "None";
    case Json::value_t::boolean: return value.get<bool>() ? "True" : "False";
    case Json::value_t::object: {
      std::vector<std::string> parts;
      for (const auto& [key, item] : value.items()) parts.push_back(dump(Json(key)) + ": " + python_literal(item));
      return "{" + join(parts, ", ") + "}";
    }
    case Json::value_t::array: {
      std::vector<std::string> parts;
      for (const Json& item : value) parts.push_back(python_literal(item));
      return "[" + join(parts, ", ") + "]";
    }
    default: return dump(value);  // JSON strings and numbers are Python literals
  }
}

}  // namespace adapt::emit
