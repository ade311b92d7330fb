// Small questions about Python syntax that the rules ask.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/pyast/document.h"

namespace adapt::judge {

bool is_ascii(std::string_view text);

// The text between the quotes of a string without interpolation; nothing for any other expression.
std::optional<std::string> literal_text(pyast::Node node);

std::vector<pyast::Node> arguments_of(pyast::Node call);

// An identifier that reads a name. The object of an attribute chain is looked at with the chain; names of keywords,
// parameters, imports and definitions are no uses.
bool is_use(pyast::Node identifier);

// Some function around the identifier binds its name.
bool is_local(pyast::Node identifier);

bool is_inside(pyast::Node node, std::string_view kinds);
std::uint32_t count_calls(pyast::Node node);
std::size_t count(pyast::Node node, std::initializer_list<std::string_view> kinds);

// What an except clause catches: "ImportError", "(A, B)"; "" for everything.
std::string caught(pyast::Node clause);
bool catches_only(std::string types, std::string_view allowed);
bool always_raises(pyast::Node clause);

}  // namespace adapt::judge
