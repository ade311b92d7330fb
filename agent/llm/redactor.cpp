#include "agent/llm/redactor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "tools/base/text.h"

namespace adapt::llm {
namespace {

constexpr std::string_view kMark = "[redacted]";

// Every byte of every log is looked at: a table of the characters of `text`.
constexpr std::array<bool, 256> table_of(std::string_view text) {
  std::array<bool, 256> out{};
  for (const char c : text) out[static_cast<unsigned char>(c)] = true;
  return out;
}
constexpr auto kTokenChars = table_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
constexpr auto kBearerChars = table_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~+/=");

bool is_token_char(char c) { return kTokenChars[static_cast<unsigned char>(c)]; }
bool is_bearer_char(char c) { return kBearerChars[static_cast<unsigned char>(c)]; }

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    for (held += 8; held >= 6; held -= 6) out += kDigits[(bits >> static_cast<unsigned>(held - 6)) & 63U];
  }
  return out;  // without the last digit that is not full, and without padding
}

// What of the secret's base64 form does not depend on what stands around it when it begins `lead` bytes into a group.
std::string base64_core(std::string_view secret, std::size_t lead) {
  const std::string whole = base64(std::string(lead, '\0') + std::string(secret));
  const std::size_t skip = lead == 0 ? 0 : lead + 1;
  return whole.size() > skip ? whole.substr(skip) : "";
}

std::string percent_encoded(std::string_view text, std::string_view digits) {
  std::string out;
  for (const char c : text) {
    if (is_token_char(c) || c == '.' || c == '~')
      out += c;
    else
      out += "%" + fmt::format(fmt::runtime(digits), static_cast<unsigned char>(c));
  }
  return out;
}

bool is_letter_or_digit(char c) { return is_token_char(c) && c != '-' && c != '_'; }
bool is_capital_or_digit(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// Keys of well-known services: a prefix, then at least `least` of the characters that their keys are made of.
struct Shape {
  std::string_view prefix;
  std::size_t least;
  bool (*of)(char) = is_token_char;
};
constexpr std::array kShapes = {
    Shape{"sk-ant-", 16},
    Shape{"sk-proj-", 16},
    Shape{"sk-or-", 16},
    Shape{"sk-", 16},
    Shape{"xai-", 20},
    Shape{"nvapi-", 20},
    Shape{"pplx-", 20},
    Shape{"AIza", 30},
    Shape{"glpat-", 16},
    Shape{"xoxb-", 20},
    Shape{"xoxp-", 20},
    Shape{"github_pat_", 20},
    Shape{"hf_", 16, is_letter_or_digit},
    Shape{"gsk_", 20, is_letter_or_digit},
    Shape{"npm_", 30, is_letter_or_digit},
    Shape{"ghp_", 20, is_letter_or_digit},
    Shape{"gho_", 20, is_letter_or_digit},
    Shape{"ghu_", 20, is_letter_or_digit},
    Shape{"ghs_", 20, is_letter_or_digit},
    Shape{"ghr_", 20, is_letter_or_digit},
    Shape{"AKIA", 16, is_capital_or_digit},
    Shape{"ASIA", 16, is_capital_or_digit},
};

std::size_t run_of(std::string_view text, std::size_t from, bool (*wanted)(char)) {
  std::size_t end = from;
  while (end < text.size() && wanted(text[end])) ++end;
  return end - from;
}

// Names of programs are words behind dashes and underscores, too: a key holds digits or is one long word.
bool is_no_name(std::string_view rest) {
  const auto any = [&](bool (*of)(char)) { return std::ranges::any_of(rest, of); };
  constexpr std::size_t kNoWord = 30;
  return any([](char c) { return c >= '0' && c <= '9'; }) ||
         (any([](char c) { return c >= 'A' && c <= 'Z'; }) && any([](char c) { return c >= 'a' && c <= 'z'; })) ||
         (rest.size() >= kNoWord && std::ranges::all_of(rest, is_letter_or_digit)) ||
         std::ranges::all_of(rest, is_capital_or_digit);
}

bool is_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
}

// Whether a word may begin at `at`. A letter before it may be the end of "\\n", of "\\u000a" or of "%3D".
bool is_word_start(std::string_view text, std::size_t at) {
  if (at == 0 || !is_token_char(text[at - 1])) return true;
  const std::string_view before = text.substr(0, at);
  const auto tail = [&](std::size_t length) { return before.substr(before.size() - std::min(length, before.size())); };
  return (tail(2).starts_with('\\') && std::string_view("nrtbf").find(before.back()) != std::string_view::npos) ||
         (tail(6).starts_with("\\u") && is_hex(tail(4))) || (tail(3).starts_with('%') && is_hex(tail(2)));
}

// Length of the key that begins at `at`, or 0.
std::size_t key_at(std::string_view text, std::size_t at) {
  for (const Shape& shape : kShapes) {
    if (text[at] != shape.prefix[0] || text.substr(at, shape.prefix.size()) != shape.prefix) continue;
    const std::size_t from = at + shape.prefix.size();
    const std::size_t rest = run_of(text, from, shape.of);
    if (rest >= shape.least && is_no_name(text.substr(from, rest))) return shape.prefix.size() + rest;
  }
  return 0;
}

// A JSON web token: three parts of base64url, the first of which begins an object.
std::size_t web_token_at(std::string_view text, std::size_t at) {
  if (text.substr(at, 3) != "eyJ") return 0;
  std::size_t end = at;
  for (int part = 0; part < 3; ++part) {
    const std::size_t length = run_of(text, end, is_token_char);
    if (length < 4) return 0;
    end += length;
    if (part < 2 && (end >= text.size() || text[end++] != '.')) return 0;
  }
  return end - at;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
         });
}

struct Secret {
  std::size_t skip = 0;  // what stands before it and stays
  std::size_t length = 0;
};

Secret bearer_at(std::string_view text, std::size_t at) {
  constexpr std::string_view kWord = "bearer ";
  if (!equals_ignoring_case(text.substr(at, kWord.size()), kWord)) return {};
  const std::size_t length = run_of(text, at + kWord.size(), is_bearer_char);
  return length >= 12 ? Secret{kWord.size(), length} : Secret{};
}

// Base64 in lines, whose ends may be escaped, below headers like "DEK-Info: AES-128-CBC,0123".
bool is_pem_char(char c) {
  return is_letter_or_digit(c) || std::string_view("+/= \t\r\n\\:,-").find(c) != std::string_view::npos;
}

// From its first line to its last, or as far as it goes. The first line alone is how programs speak of such keys.
std::size_t pem_at(std::string_view text, std::size_t at) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  constexpr std::string_view kKind = "PRIVATE KEY-----";
  constexpr std::string_view kEnd = "-----END ";
  constexpr std::size_t kLongestTitle = 64;
  constexpr std::size_t kLeast = 32;
  if (text.substr(at, kBegin.size()) != kBegin) return 0;
  const std::size_t title = text.substr(at, kLongestTitle).find(kKind);
  if (title == std::string_view::npos) return 0;
  const std::size_t body = at + title + kKind.size();
  if (text.substr(body, kLeast + kEnd.size()).find(kEnd) != std::string_view::npos) return 0;
  const std::string_view rest = text.substr(body, run_of(text, body, is_pem_char));
  if (rest.size() < kLeast) return 0;
  const std::size_t end = rest.find(kEnd);
  if (end == std::string_view::npos) return body + rest.size() - at;
  const std::size_t close = rest.find("-----", end + kEnd.size());
  return body + (close == std::string_view::npos ? rest.size() : close + 5) - at;
}

double bits_per_character(std::string_view text) {
  std::array<std::size_t, 256> counts{};
  for (const char c : text) ++counts[static_cast<unsigned char>(c)];
  double bits = 0;
  for (const std::size_t count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(text.size());
    bits -= share * std::log2(share);
  }
  return bits;
}

// `api_key = "..."`, `"token": "..."`, `--token ...`: a field whose name speaks of a secret, and a value too random to
// be words.
Secret field_at(std::string_view text, std::size_t at) {
  constexpr std::array<std::string_view, 10> kNames = {"api_key", "apikey",   "api-key",    "access_key", "private_key",
                                                       "secret",  "password", "secret_key", "passwd",     "token"};
  constexpr std::size_t kMostBetween = 8;
  constexpr std::size_t kLeast = 16;
  constexpr std::size_t kJudged = 128;  // a bound on what is read again and again where nothing is found
  if (std::string_view("aApPsStT").find(text[at]) == std::string_view::npos) return {};
  for (const std::string_view name : kNames) {
    if (!equals_ignoring_case(text.substr(at, name.size()), name)) continue;
    const std::size_t after = at + name.size();
    std::string_view between = text.substr(after, kMostBetween);
    between = between.substr(0, between.find_first_not_of("\"'\\ :="));
    const bool is_flag = at > 0 && text[at - 1] == '-' && between == " ";
    if (between.find_first_of(":=") == std::string_view::npos && !is_flag) continue;
    const std::size_t value = after + between.size();
    const std::string_view judged = text.substr(value, run_of(text.substr(0, value + kJudged), value, is_bearer_char));
    if (judged.size() >= kLeast && bits_per_character(judged) >= 4.0)
      return {value - at, run_of(text, value, is_bearer_char)};
  }
  return {};
}

Secret secret_at(std::string_view text, std::size_t at) {
  if (text[at] == '-')
    if (const std::size_t length = pem_at(text, at); length > 0) return {0, length};
  if (is_token_char(text[at]) && is_word_start(text, at)) {
    if (const std::size_t length = key_at(text, at); length > 0) return {0, length};
    if (const std::size_t length = web_token_at(text, at); length > 0) return {0, length};
    if (const Secret found = bearer_at(text, at); found.length > 0) return found;
  }
  return field_at(text, at);
}

// In what forms a secret may turn up.
std::vector<std::string> spellings_of(const std::string& secret) {
  const auto unquoted = [](const std::string& quoted) { return quoted.substr(1, quoted.size() - 2); };
  const std::string escaped = unquoted(dump(Json(secret)));
  std::vector<std::string> out = {secret,
                                  escaped,
                                  replace_all(escaped, "/", "\\/"),
                                  unquoted(Json(secret).dump(-1, ' ', true, Json::error_handler_t::replace)),
                                  percent_encoded(secret, "{:02X}"),
                                  percent_encoded(secret, "{:02x}")};
  for (std::size_t lead = 0; lead < 3; ++lead) {
    out.push_back(base64_core(secret, lead));
    out.push_back(replace_all(replace_all(out.back(), "+", "-"), "/", "_"));  // as in addresses
  }
  return out;
}

}  // namespace

Redactor::Redactor(const std::vector<std::string>& known) {
  for (const std::string& secret : known) {
    if (secret.size() < kMinSecret) continue;
    for (std::string& spelling : spellings_of(secret))
      if (spelling.size() >= kMinSecret) spellings_.push_back(std::move(spelling));
  }
  std::ranges::sort(spellings_, [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  spellings_.erase(std::unique(spellings_.begin(), spellings_.end()), spellings_.end());
}

bool Redactor::finds_known(std::string_view text) const {
  return std::ranges::any_of(spellings_, [&](const std::string& spelling) { return contains(text, spelling); });
}

std::string Redactor::known(std::string_view text) const {
  std::string out(text);
  for (const std::string& spelling : spellings_) out = replace_all(std::move(out), spelling, kMark);
  return out;
}

std::string Redactor::text(std::string_view text) const {
  const std::string plain = known(text);
  std::string out;
  out.reserve(plain.size());
  for (std::size_t at = 0; at < plain.size();) {
    const Secret found = secret_at(plain, at);
    if (found.length == 0) {
      out += plain[at++];
      continue;
    }
    out.append(plain, at, found.skip);
    out += kMark;
    at += found.skip + found.length;
  }
  return out;
}

Json Redactor::json(Json value) const {
  if (value.is_string()) return text(value.get_ref<const std::string&>());
  if (value.is_array())
    for (Json& item : value) item = json(std::move(item));
  if (!value.is_object()) return value;
  Json out = Json::object();
  for (auto& [key, item] : value.items()) out[text(key)] = json(std::move(item));
  return out;
}

}  // namespace adapt::llm
