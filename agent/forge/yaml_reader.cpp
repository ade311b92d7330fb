#include "agent/forge/yaml_reader.h"

#include <fmt/format.h>
#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <map>
#include <set>
#include <sstream>

#include "agent/forge/yaml_lines.h"
#include "tools/base/text.h"

namespace adapt::forge {
namespace {

constexpr std::string_view kMergeKey = "<<";

Place place_of(const YAML::Mark& mark) {
  return {static_cast<std::size_t>(mark.line) + 1, static_cast<std::size_t>(mark.column) + 1};
}

// The same for keys that mean the same: 1 and "1" do not.
std::pair<ScalarKind, std::string> key_of(const YamlNode& key) { return {scalar_kind(key), key.text}; }

// Ends the parse; caught by read_yaml only.
struct Stop {
  Place place;
  std::string message;
};

using Building = std::shared_ptr<YamlNode>;

class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(std::vector<Finding>& findings) : findings_(findings) {}
  YamlPtr root() const { return root_; }
  const std::optional<Place>& last_quoted() const { return last_quoted_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root_) throw Stop{place_of(mark), "a second document begins; tt-xla takes one"};
  }
  void OnDocumentEnd() override {}
  // Nothing stands nowhere: its key's place is the better one.
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const bool has_key = !open_.empty() && open_.back().key;
    scalar(mark, "", anchor, "", true, has_key ? open_.back().key->place : place_of(mark));
  }
  void OnAnchor(const YAML::Mark& mark, const std::string& name) override { anchor_ = {place_of(mark), name}; }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Stop{place_of(mark), "an alias stands inside what it names"};
    warn(Fault::alias, place_of(mark),
         fmt::format("alias of '{}' in line {}: no line of its own says this, so it cannot be changed here",
                     names_[anchor], found->second->place.line));
    count(place_of(mark));
    take(found->second, true);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    scalar(mark, tag, anchor, value, tag == "?" || tag.empty(), place_of(mark));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::list, mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::mapping, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override {
    complete(*open_.back().node);
    close();
  }

 private:
  struct Open {
    Building node;
    YAML::anchor_t anchor = 0;
    YamlPtr key{};  // waits for its value
  };

  using Seen = std::map<std::pair<ScalarKind, std::string>, Place>;

  void warn(Fault fault, Place place, std::string message) {
    findings_.push_back({.fault = fault, .place = place, .message = std::move(message)});
  }

  void count(Place place) {
    if (++nodes_ > kMostYamlNodes) throw Stop{place, fmt::format("more than {} values", kMostYamlNodes)};
  }

  Building make(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    auto node = std::make_shared<YamlNode>();
    node->kind = kind;
    node->place = place_of(mark);
    if (tag != "?" && tag != "!") node->tag = tag;
    check_tag(*node);
    node->anchored = anchor != YAML::NullAnchor;
    if (node->anchored) {
      names_[anchor] = anchor_.second;
      warn(Fault::alias, node->place, fmt::format("anchor '{}': what names it changes with this", anchor_.second));
    }
    count(node->place);
    return node;
  }

  void check_tag(const YamlNode& node) {
    if (node.tag.empty()) return;
    static const std::set<std::string_view> scalars = {"str", "null", "bool", "int", "float"};
    const std::string_view name =
        node.tag.starts_with(kYamlTagPrefix) ? std::string_view(node.tag).substr(kYamlTagPrefix.size()) : "";
    const bool known = node.is_scalar() ? scalars.contains(name) : name == (node.is_list() ? "seq" : "map");
    if (!known) warn(Fault::tag, node.place, fmt::format("tag '{}' has no meaning here", node.tag));
  }

  void scalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value,
              bool plain, Place place) {
    const Building node = make(YamlNode::Kind::scalar, mark, tag, anchor);
    node->place = place;
    node->text = value;
    node->plain = plain;
    if (!plain) last_quoted_ = node->place;
    if (node->anchored) anchors_[anchor] = node;
    take(node, false);
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (open_.size() >= kMostYamlDepth)
      throw Stop{place_of(mark), fmt::format("more than {} levels deep", kMostYamlDepth)};
    open_.push_back({make(kind, mark, tag, anchor), anchor, nullptr});
  }

  void close() {
    const Open done = std::move(open_.back());
    open_.pop_back();
    if (done.node->anchored) anchors_[done.anchor] = done.node;
    take(done.node, done.node->aliased);
  }

  // A value is whole: it goes to what is open.
  void take(const YamlPtr& node, bool aliased) {
    if (open_.empty()) {
      root_ = node;
      return;
    }
    Open& parent = open_.back();
    parent.node->aliased = parent.node->aliased || aliased;
    if (parent.node->is_list()) {
      parent.node->items.push_back(node);
    } else if (!parent.key) {
      if (!node->is_scalar()) throw Stop{node->place, fmt::format("{} as a key", describe(*node))};
      parent.key = node;
    } else {
      parent.node->pairs.push_back({std::move(parent.key), node});
      parent.key = nullptr;
    }
  }

  // Duplicates are told, and "<<" brings its keys.
  void complete(YamlNode& mapping) {
    Seen seen;
    std::vector<YamlPair> own, merges;
    for (YamlPair& pair : mapping.pairs) {
      const bool merge = pair.key->is_scalar() && pair.key->plain && pair.key->text == kMergeKey;
      const auto [first, is_new] = seen.emplace(key_of(*pair.key), pair.key->place);
      if (!is_new)
        warn(Fault::duplicate_key, pair.key->place,
             fmt::format("'{}' stands in line {} already", pair.key->text, first->second.line));
      (merge ? merges : own).push_back(std::move(pair));
    }
    mapping.pairs = std::move(own);
    for (const YamlPair& pair : merges) merge(mapping, *pair.value, seen, pair.key->place);
  }

  void merge(YamlNode& mapping, const YamlNode& source, Seen& seen, Place place) {
    const bool from_list = source.is_list() && std::ranges::all_of(source.items, &YamlNode::is_mapping);
    if (!source.is_mapping() && !from_list)
      throw Stop{place, fmt::format("'<<' needs a mapping or a list of them, not {}", describe(source))};
    mapping.aliased = true;
    for (const YamlPair& pair : source.pairs) {
      if (!seen.emplace(key_of(*pair.key), pair.key->place).second) continue;
      if (++merged_ > kMostMergedKeys) throw Stop{place, fmt::format("more than {} merged keys", kMostMergedKeys)};
      mapping.pairs.push_back({pair.key, pair.value, true});
    }
    if (from_list)
      for (const YamlPtr& item : source.items) merge(mapping, *item, seen, place);
  }

  std::vector<Finding>& findings_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, YamlPtr> anchors_;  // of whole nodes only, so no alias makes a ring
  std::map<YAML::anchor_t, std::string> names_;
  std::pair<Place, std::string> anchor_;  // the last one that was named
  std::optional<Place> last_quoted_;      // a scalar in quotes, or a block of text
  YamlPtr root_;
  std::size_t nodes_ = 0, merged_ = 0;
};

Place place_at(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const std::size_t newline = before.rfind('\n');
  return {1 + static_cast<std::size_t>(std::ranges::count(before, '\n')),
          at - (newline == std::string_view::npos ? 0 : newline + 1) + 1};
}

// Bytes that neither reader of tt-xla lets through.
std::optional<Stop> unprintable(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t') || byte == 0x7F)
      return Stop{place_at(text, i), fmt::format("byte 0x{:02X}: this is no text", byte)};
  }
  if (is_utf8(text)) return std::nullopt;
  std::size_t line = 1;
  for (const std::string_view one : split(text, '\n')) {
    if (!is_utf8(one)) break;
    ++line;
  }
  return Stop{{line, 1}, "bytes that are no UTF-8"};
}

std::size_t offset_of(std::string_view text, Place place) {
  std::size_t at = 0;
  for (std::size_t line = 1; line < place.line && at != std::string_view::npos; ++line) at = text.find('\n', at) + 1;
  return std::min(at + place.column - 1, text.size());
}

// yaml-cpp takes the end of the text for the end of quotes. Only the last ones can be open; what may stand before them
// is a tag or an anchor.
bool is_open(std::string_view text, Place quoted) {
  std::size_t at = offset_of(text, quoted);
  while (at < text.size() && (text[at] == '!' || text[at] == '&')) {
    at = std::min(text.find_first_of(" \t\r\n", at), text.size());
    at = std::min(text.find_first_not_of(" \t\r\n", at), text.size());
  }
  return at < text.size() && (text[at] == '"' || text[at] == '\'') && !end_of_quotes(text, at);
}

void parse(std::string_view text, YamlDocument& out) {
  Builder builder(out.findings);
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  while (parser.HandleNextDocument(builder)) {
  }
  if (builder.last_quoted() && is_open(text, *builder.last_quoted()))
    throw Stop{*builder.last_quoted(), "quotes that nothing closes"};
  out.root = builder.root() ? builder.root() : std::make_shared<YamlNode>();
}

void stopped(YamlDocument& out, Place place, std::string message) {
  out.root = nullptr;
  out.findings.push_back({.fault = Fault::not_yaml, .place = place, .message = std::move(message)});
}

}  // namespace

const YamlPair* YamlNode::find(std::string_view key) const {
  const auto found = std::ranges::find_if(pairs.rbegin(), pairs.rend(), [&](const YamlPair& pair) {
    return pair.key->is_scalar() && pair.key->text == key;
  });
  return found == pairs.rend() ? nullptr : &*found;
}

YamlDocument read_yaml(std::string_view text) {
  YamlDocument out;
  if (text.size() > kMostYamlBytes) {
    stopped(out, {},
            fmt::format("{} bytes; files of tt-xla's configuration have at most {}", text.size(), kMostYamlBytes));
    return out;
  }
  if (auto stop = unprintable(text)) {
    stopped(out, stop->place, std::move(stop->message));
    return out;
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  try {
    parse(text, out);
  } catch (const Stop& stop) {
    stopped(out, stop.place, stop.message);
  } catch (const YAML::Exception& error) {
    stopped(out, place_of(error.mark), error.msg);
  } catch (const std::exception& error) {
    stopped(out, {}, error.what());
  }
  return out;
}

}  // namespace adapt::forge
