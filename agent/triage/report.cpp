#include <array>
#include <cmath>

#include "agent/triage/diagnosis.h"

namespace adapt::triage {
namespace {

struct Amount {
  std::string_view key, label;
  std::optional<std::int64_t> Memory::*value;
  bool is_bytes = true;
};
constexpr Amount kAmounts[] = {
    {"requested_bytes", "asked", &Memory::requested},
    {"banks", "banks", &Memory::banks, false},
    {"bytes_per_bank", "a bank", &Memory::per_bank},
    {"bank_bytes", "bank size", &Memory::bank_size},
    {"allocated_bytes", "allocated", &Memory::allocated},
    {"free_bytes", "free", &Memory::free},
    {"largest_free_bytes", "largest free block", &Memory::largest_free},
    {"limit_bytes", "limit", &Memory::limit},
    {"buffer_at", "buffer at", &Memory::buffer_at, false},
    {"region_ends_at", "region ends at", &Memory::region_ends_at, false},
};

std::string in_bytes(std::int64_t bytes) {
  auto value = static_cast<double>(bytes);
  constexpr std::array<std::string_view, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) value /= 1024, ++unit;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

OrderedJson memory_json(const Memory& memory) {
  OrderedJson out = {{"buffer", memory.buffer}};
  for (const Amount& amount : kAmounts)
    if (memory.*amount.value) out[std::string(amount.key)] = *(memory.*amount.value);
  return out;
}

std::string memory_text(const Memory& memory) {
  std::string out = memory.buffer + ":";
  for (const Amount& amount : kAmounts) {
    const auto& value = memory.*amount.value;
    if (!value) continue;
    out += fmt::format("{} {} {}", out.ends_with(':') ? "" : ",", amount.label,
                       amount.is_bytes ? in_bytes(*value) : std::to_string(*value));
  }
  return out;
}

OrderedJson or_null(const std::string& text) { return text.empty() ? OrderedJson(nullptr) : OrderedJson(text); }

double rounded(double share) { return std::round(share * 1000) / 1000; }

// One line of a person's terminal, whatever the log's bytes are.
std::string shown(const std::string& text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // not within a character
  return text.substr(0, end) + " ...";
}

}  // namespace

OrderedJson to_json(const Diagnosis& d) {
  OrderedJson out;
  out["stage"] = d.stage ? OrderedJson(client::to_string(*d.stage)) : OrderedJson(nullptr);
  out["bringup_status"] = to_string(d.bringup);
  out["category"] = or_null(d.category);
  out["component"] = or_null(d.component);
  out["op"] = or_null(d.op);
  out["says"] = or_null(d.says);
  out["evidence"] = OrderedJson::array();
  for (const Evidence& evidence : d.evidence)
    out["evidence"].push_back({{"line", evidence.line},
                               {"offset", evidence.offset},
                               {"text", evidence.text},
                               {"says", or_null(evidence.says)}});
  out["memory"] = d.memory ? memory_json(*d.memory) : OrderedJson(nullptr);
  out["loc"] = or_null(d.loc);
  out["place"] = d.place ? OrderedJson{{"file", d.place->file}, {"line", d.place->line}} : OrderedJson(nullptr);
  out["repairs"] = OrderedJson::array();
  for (const Advice& advice : d.repairs)
    out["repairs"].push_back({{"id", advice.id}, {"what", advice.what}, {"patterns", advice.patterns}});
  out["confidence"] = rounded(d.confidence);
  out["runner_up"] = d.runner_up.empty()
                         ? OrderedJson(nullptr)
                         : OrderedJson{{"category", d.runner_up}, {"confidence", rounded(d.runner_up_confidence)}};
  out["lines"] = d.lines;
  out["bytes"] = d.bytes;
  return out;
}

std::string to_text(const Diagnosis& d) {
  if (d.category.empty())
    return fmt::format("{}  {}\n", to_string(d.bringup),
                       d.bringup == Bringup::passed ? "the log tells of no failure that counts"
                                                    : "nothing in the log says what went wrong");
  std::string out = fmt::format("{}  {}\n", d.category, d.says);
  const auto row = [&](std::string_view label, const std::string& text) {
    if (!text.empty()) out += fmt::format("  {:<10} {}\n", label, text);
  };
  row("status", fmt::format("{}, stage {}, in {}", to_string(d.bringup),
                            d.stage ? client::to_string(*d.stage) : "unknown", d.component));
  row("op", d.op);
  for (const Evidence& evidence : d.evidence) row(fmt::format("line {}", evidence.line), shown(evidence.text, 200));
  if (d.memory) row("memory", memory_text(*d.memory));
  row("loc", d.loc);
  if (d.place) row("place", fmt::format("{}:{}", d.place->file, d.place->line));
  for (const Advice& advice : d.repairs) {
    row("try", fmt::format("{}: {}", advice.id, advice.what));
    for (const std::string& pattern : advice.patterns) row("", fmt::format("agent patterns show {}", pattern));
  }
  row("certainty",
      fmt::format("{:.2f}{}", d.confidence,
                  d.runner_up.empty() ? "" : fmt::format("; next {} {:.2f}", d.runner_up, d.runner_up_confidence)));
  return out;
}

}  // namespace adapt::triage
