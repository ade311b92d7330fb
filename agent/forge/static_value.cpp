#include "agent/forge/static_value.h"

#include <algorithm>

namespace adapt::forge {
namespace {

using Kind = StaticValue::Kind;

constexpr int kMostBases = 32;  // deep
constexpr std::size_t kMostOfPair = 8;

StaticPtr find_attribute(const StaticValue& value, std::string_view name, int depth) {
  if (depth > kMostBases) return nullptr;
  if (const auto found = value.names.find(name); found != value.names.end()) return found->second;
  for (const StaticPtr& base : value.bases) {
    if (base->is(Kind::unknown) || base->is(Kind::call)) return base;
    if (!base->is(Kind::class_)) continue;
    if (StaticPtr found = find_attribute(*base, name, depth + 1)) return found;
  }
  return nullptr;
}

bool descends(const StaticValue& value, std::string_view name, int depth) {
  return depth <= kMostBases && value.is(Kind::class_) &&
         (value.name == name ||
          std::ranges::any_of(value.bases, [&](const StaticPtr& base) { return descends(*base, name, depth + 1); }));
}

}  // namespace

StaticPtr make_value(StaticValue value) { return std::make_shared<StaticValue>(std::move(value)); }

StaticPtr unknown(std::string reason, std::string file, std::size_t line) {
  return make_value({.kind = Kind::unknown, .text = std::move(reason), .file = std::move(file), .line = line});
}

StaticPtr text_value(std::string text) { return make_value({.kind = Kind::text, .text = std::move(text)}); }

// Lists may share what they hold, so only flat ones and lists of pairs are looked into: that is bounded.
bool is_known(const StaticValue& value) {
  if (!value.is(Kind::list)) return !value.is(Kind::unknown) && !value.is(Kind::call);
  return std::ranges::all_of(value.items, [](const StaticPtr& item) {
    if (!item->is(Kind::list)) return is_known(*item);
    const bool flat = std::ranges::none_of(item->items, [](const StaticPtr& one) { return one->is(Kind::list); });
    return flat && item->items.size() <= kMostOfPair && is_known(*item);
  });
}

bool equal(const StaticValue& a, const StaticValue& b) {
  if (&a == &b) return true;
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Kind::none: return true;
    case Kind::truth:
    case Kind::number: return a.number == b.number;
    case Kind::text: return a.text == b.text;
    case Kind::member: return a.owner == b.owner && a.name == b.name;
    case Kind::list:
      return is_known(a) && is_known(b) &&
             std::ranges::equal(a.items, b.items,
                                [](const StaticPtr& left, const StaticPtr& right) { return equal(*left, *right); });
    default: return false;
  }
}

std::string printed(const StaticValue& value) {
  return value.is(Kind::number) ? std::to_string(value.number) : value.text;
}

StaticPtr item_of(const StaticValue& dict, const StaticValue& key) {
  const auto found = std::ranges::find_if(dict.pairs, [&](const auto& pair) { return equal(*pair.first, key); });
  return found == dict.pairs.end() ? nullptr : found->second;
}

void set_item(StaticValue& dict, StaticPtr key, StaticPtr value) {
  const auto found = std::ranges::find_if(dict.pairs, [&](const auto& pair) { return equal(*pair.first, *key); });
  if (found != dict.pairs.end()) {
    found->second = std::move(value);
  } else {
    dict.pairs.emplace_back(std::move(key), std::move(value));
  }
}

StaticPtr attribute_of(const StaticValue& class_value, std::string_view name) {
  return find_attribute(class_value, name, 0);
}

bool descends_from(const StaticValue& class_value, std::string_view name) { return descends(class_value, name, 0); }

}  // namespace adapt::forge
