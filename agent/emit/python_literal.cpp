#include "agent/emit/python_literal.h"

#include <fmt/format.h>

#include <cmath>
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
    case Json::value_t::number_float: {
      const auto number = value.get<double>();
      if (!std::isfinite(number)) return fmt::format("float(\"{}\")", number);  // JSON has no word for these
      return dump(value);
    }
    default: return dump(value);  // JSON strings and numbers are Python literals
  }
}

}  // namespace adapt::emit
