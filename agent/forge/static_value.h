// What is known of a value of Python without running it. Everything else is `unknown`, with the place and the reason.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/forge/finding.h"

namespace adapt::forge {

struct StaticValue;
// Values refer to each other (a class to its members, a dictionary to shared values) and are never changed once made.
using StaticPtr = std::shared_ptr<const StaticValue>;
using Names = std::map<std::string, StaticPtr, std::less<>>;

struct StaticValue {
  enum class Kind : std::uint8_t {
    unknown,
    none,
    truth,   // `number` is 0 or 1
    number,  // integers only
    text,
    member,    // of an enumeration: `name`, `text` is what it prints as, `owner` the class
    list,      // also tuples and sets: `items`
    dict,      // `pairs`, each key once
    class_,    // `name`, `names`, `bases`, `file`
    module,    // `names`
    function,  // `name`
    call,      // of something that is not read: `name` is what is called, `names` the keywords that are known
  };
  Kind kind = Kind::unknown;
  std::string name{}, text{};
  std::int64_t number = 0;
  std::vector<StaticPtr> items{};
  std::vector<std::pair<StaticPtr, StaticPtr>> pairs{};
  Names names{};
  std::vector<StaticPtr> bases{};
  bool is_enum = false;  // a class whose members are in `items`
  std::string file{};    // of a class, or of what is not known
  std::size_t line = 0;
  std::string owner{};  // of a member: which class, as file and line

  bool is(Kind what) const { return kind == what; }
};

StaticPtr make_value(StaticValue value);
StaticPtr unknown(std::string reason, std::string file, std::size_t line);  // the reason in `text`
StaticPtr text_value(std::string text);

bool is_known(const StaticValue& value);  // a list: with what it holds
bool equal(const StaticValue& a, const StaticValue& b);
std::string printed(const StaticValue& value);  // str() of a text or member

StaticPtr item_of(const StaticValue& dict, const StaticValue& key);  // null when it is not there
// A dictionary with one more pair; an equal key keeps its place.
void set_item(StaticValue& dict, StaticPtr key, StaticPtr value);

// An attribute of a class, of its bases from left to right, depth first. Null where none has it; unknown where a base
// that could have it is not known.
StaticPtr attribute_of(const StaticValue& class_value, std::string_view name);
// Whether `class_value` is, or comes from, a class of that name.
bool descends_from(const StaticValue& class_value, std::string_view name);

}  // namespace adapt::forge
