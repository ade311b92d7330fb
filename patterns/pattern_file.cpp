// The .adapt text format (docs/PATTERNS.md): sections of lines to a Pattern, with the line in every complaint.
#include <algorithm>
#include <charconv>

#include "patterns/edit_body.h"
#include "patterns/given_fact.h"
#include "patterns/pattern.h"
#include "patterns/sections.h"
#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

constexpr std::uint64_t kMaxFile = std::uint64_t{1} << 20U;

class Reader {
 public:
  Reader(std::string_view text, const std::filesystem::path& file, std::shared_ptr<const Isomorphisms> isomorphisms)
      : text_(text), name_(file.filename().string()) {
    pattern_.file = file;
    pattern_.text = std::string(text);
    pattern_.isomorphisms = std::move(isomorphisms);
  }

  Result<Pattern> read() {
    ADAPT_TRY(sections_, cut_sections(text_, name_));
    // Variables are needed by every edit, so they are read first.
    ADAPT_TRY_VOID(read_head(sections_.front()));
    for (const Section& section : sections_) {
      if (section.kind == "vars") ADAPT_TRY_VOID(read_vars(section));
    }
    for (const Section& section : sections_) {
      if (section.kind == "when") ADAPT_TRY_VOID(read_when(section));
      if (section.kind == "imports") ADAPT_TRY_VOID(read_imports(section));
      if (section.kind == "helper") ADAPT_TRY_VOID(read_helper(section));
      if (section.kind == "edit") ADAPT_TRY_VOID(read_edit(section));
      if (section.kind == "sample") ADAPT_TRY_VOID(read_sample(section));
      if (section.kind == "check") ADAPT_TRY_VOID(read_check(section));
      if (section.kind == "carrier") {
        ADAPT_TRY(pattern_.carrier, parse_carrier(section, name_));
      }
      if (section.kind == "origin" || section.kind == "record") read_notes(section);
    }
    ADAPT_TRY_VOID(check_carrier());
    std::vector<std::string> samples;
    for (const Sample& sample : pattern_.samples) samples.push_back(sample.name);
    for (const Check& check : pattern_.checks)
      if (!check.sample.empty() && std::find(samples.begin(), samples.end(), check.sample) == samples.end())
        return complain(check.line, "check '{}' builds on sample '{}', which is not there{}", check.name, check.sample,
                        did_you_mean(check.sample, samples));
    if (pattern_.checks.empty()) ask_for_what_is_known();
    return std::move(pattern_);
  }

 private:
  Result<void> check_carrier() const {
    if (pattern_.carrier.edits_source()) {
      if (pattern_.edits.empty()) return complain(1, "the pattern has no [edit ...] section");
      return {};
    }
    const std::string_view what =
        pattern_.carrier.kind == Carrier::Kind::config ? "a configuration carries" : "stub modules carry";
    if (!pattern_.edits.empty() || !pattern_.samples.empty() || !pattern_.checks.empty())
      return complain(1, "{} this repair: it has no edits, and so no samples and checks of code", what);
    if (pattern_.when.keys == 0) return complain(1, "{} this repair: [when] says which failures it answers", what);
    if (widest_frame_) return complain(1, "'failure.frame' says where an edit may stand, and this pattern has none");
    return {};
  }

  // Where no check runs the new code, a condition that only a run can decide holds only when a run has decided it.
  void ask_for_what_is_known() {
    for (Edit& edit : pattern_.edits) {
      for (Relation& relation : edit.relations) relation.known = true;
      for (Variable& variable : edit.variables)
        for (Constraint& constraint : variable.constraints)
          constraint.known = constraint.known || needs_a_run(constraint.what);
    }
  }

  template <class... Args>
  tl::unexpected<Error> complain(std::uint32_t line, fmt::format_string<Args...> format, Args&&... args) const {
    return fail(ErrorKind::parse, "{}:{}: {}", name_, line, fmt::format(format, std::forward<Args>(args)...));
  }
  tl::unexpected<Error> at(std::uint32_t line, const Error& error) const { return complain(line, "{}", error.message); }

  Result<void> read_head(const Section& section) {
    static const std::vector<std::string> keys = {"pattern", "title", "status", "risk", "why", "assume"};
    static const std::vector<std::string> states = {"draft", "trial", "trusted", "retired"};
    static const std::vector<std::string> risks = {"exact", "rounding", "guarded", "semantic"};
    bool has_risk = false;
    for (const Line& line : section.lines) {
      if (is_comment(line.text)) continue;
      const auto [key, value] = key_value(line.text);
      if (value.empty()) return complain(line.number, "'{}' needs a value", key);
      if (key == "pattern") {
        const auto words = words_of(value);
        int revision = 0;
        if (words.size() == 2 && words[1].size() > 1 && words[1][0] == 'r')
          std::from_chars(words[1].data() + 1, words[1].data() + words[1].size(), revision);
        // Files are named by ids: none may lead out of its folder.
        const bool leads_out = !words.empty() && (words[0].starts_with('/') || contains(words[0], ".."));
        if (revision < 1 || leads_out) return complain(line.number, "expected 'pattern <family>/<name> r<revision>'");
        pattern_.id = words[0];
        pattern_.revision = revision;
      } else if (key == "title") {
        pattern_.title = std::string(value);
      } else if (key == "why") {
        pattern_.why += (pattern_.why.empty() ? "" : " ") + std::string(value);
      } else if (key == "assume") {
        pattern_.assumptions.emplace_back(value);
      } else if (key == "status") {
        if (std::find(states.begin(), states.end(), value) == states.end())
          return complain(line.number, "unknown status '{}'{}", value, did_you_mean(value, states));
        pattern_.status = std::string(value);
      } else if (key == "risk") {
        const auto found = std::find(risks.begin(), risks.end(), value);
        if (found == risks.end())
          return complain(line.number, "unknown risk '{}'{}", value, did_you_mean(value, risks));
        pattern_.risk = static_cast<Risk>(found - risks.begin());
        has_risk = true;
      } else {
        return complain(line.number, "unknown key '{}'{}", key, did_you_mean(key, keys));
      }
    }
    if (pattern_.id.empty()) return complain(1, "the file must begin with 'pattern <family>/<name> r<revision>'");
    if (pattern_.title.empty()) return complain(1, "the pattern has no title");
    if (!has_risk) return complain(1, "the pattern has no risk: exact, rounding, guarded or semantic");
    if (pattern_.risk == Risk::guarded && pattern_.assumptions.empty())
      return complain(1, "a guarded pattern says in an 'assume' line what it relies on");
    if (pattern_.status.empty()) pattern_.status = "draft";
    return {};
  }

  Result<void> read_vars(const Section& section) {
    for (const Line& line : section.lines) {
      if (is_comment(line.text)) continue;
      const std::string_view text = line.text.substr(0, std::min(line.text.find(" # "), line.text.size()));
      const std::size_t colon = text.find(':');
      const std::string name(trim(text.substr(0, colon)));
      if (colon == std::string_view::npos || name.empty())
        return complain(line.number, "expected 'NAME: kind constraints'");
      const bool known =
          std::any_of(variables_.begin(), variables_.end(), [&](const Variable& v) { return v.name == name; });
      if (known) return complain(line.number, "variable '{}' is declared twice", name);
      auto variable = parse_variable(name, text.substr(colon + 1));
      if (!variable) return at(line.number, variable.error());
      variables_.push_back(std::move(*variable));
    }
    return {};
  }

  Result<void> read_when(const Section& section) {
    static const std::vector<std::string> keys = {"backend",         "stage",        "failure.class", "failure.op",
                                                  "failure.message", "failure.file", "failure.frame", "needs"};
    const std::map<std::string_view, std::vector<Regex>*> lists = {{"backend", &pattern_.when.backend},
                                                                   {"stage", &pattern_.when.stage},
                                                                   {"failure.class", &pattern_.when.failure_class},
                                                                   {"failure.op", &pattern_.when.op},
                                                                   {"failure.message", &pattern_.when.message},
                                                                   {"failure.file", &pattern_.when.file}};
    for (const Line& line : section.lines) {
      if (is_comment(line.text)) continue;
      const auto [key, value] = key_value(line.text);
      if (std::find(keys.begin(), keys.end(), key) == keys.end())
        return complain(line.number, "unknown key '{}'{}", key, did_you_mean(key, keys));
      if (value.empty()) return complain(line.number, "'{}' needs a value", key);
      if (key == "needs") {
        for (const std::string& word : words_of(value)) {
          auto requirement = parse_requirement(word);
          if (!requirement) return at(line.number, requirement.error());
          pattern_.when.needs.push_back(std::move(*requirement));
        }
        continue;
      }
      ++pattern_.when.keys;
      // Alternatives are parted by " | "; a bare | belongs to the regular expression.
      for (std::string_view rest = value; !rest.empty();) {
        const std::size_t bar = std::min(rest.find(" | "), rest.size());
        const std::string_view alternative = trim(rest.substr(0, bar));
        rest = bar < rest.size() ? rest.substr(bar + 3) : std::string_view{};
        if (key == "failure.frame") {
          ADAPT_TRY_VOID(read_frame(alternative, line.number));
          continue;
        }
        auto regex = Regex::compile(alternative);
        if (!regex) return at(line.number, regex.error());
        lists.at(key)->push_back(std::move(*regex));
      }
    }
    if (widest_frame_) pattern_.when.frame = *widest_frame_;
    return {};
  }

  Result<void> read_frame(std::string_view word, std::uint32_t line) {
    static const std::vector<std::string> rules = {"in-match", "same-function", "same-file", "any"};
    const auto found = std::find(rules.begin(), rules.end(), word);
    if (found == rules.end()) return complain(line, "unknown place '{}'{}", word, did_you_mean(word, rules));
    const auto rule = static_cast<FrameRule>(found - rules.begin());
    widest_frame_ = std::max(widest_frame_.value_or(rule), rule);
    return {};
  }

  Result<void> read_imports(const Section& section) {
    for (const Line& line : section.lines) {
      if (is_comment(line.text)) continue;
      const auto words = words_of(key_value(line.text).second);
      const bool plain = words.size() >= 2 && words[0] == "import";
      const bool from = words.size() >= 4 && words[0] == "from" && words[2] == "import";
      if (key_value(line.text).first != "ensure" || (!plain && !from) || words.back().find(',') != std::string::npos)
        return complain(line.number,
                        "expected 'ensure import X [as Y]' or 'ensure from X import Y [as Z]', one name a line");
      std::string bound = words.back();
      if (plain && words.size() == 2) bound = bound.substr(0, bound.find('.'));
      pattern_.ensure[bound] = join(words, " ");
    }
    return {};
  }

  Result<void> read_helper(const Section& section) {
    if (section.words.size() != 1) return complain(section.line, "expected '[helper NAME]'");
    Helper helper;
    helper.name = section.words[0];
    std::vector<Variable> none;
    auto text = make_template(code_of(section.lines), none, *pattern_.isomorphisms, false);
    if (!text) return at(section.line, text.error());
    const auto children = text->code.document->root().named_children();
    const bool one_def = children.size() == 1 && children[0].kind() == "function_definition" &&
                         children[0].child_by_field("name").text() == helper.name;
    if (!one_def || !none.empty())
      return complain(section.line, "the helper must be one 'def {}(...)' at the left margin, without metavariables",
                      helper.name);
    helper.text = std::move(*text);
    pattern_.helpers.push_back(std::move(helper));
    return {};
  }

  Result<void> read_edit(const Section& section) {
    static const std::vector<std::string> words = {"after", "scope", "binds", "drop-comments"};
    static const std::vector<std::string> scopes = {"function", "class", "file", "package"};
    Edit edit;
    edit.line = section.line;
    edit.variables = variables_;
    if (section.words.empty()) return complain(section.line, "expected '[edit NAME ...]'");
    edit.id = section.words[0];
    const auto known = [&](const std::string& id) {
      return std::any_of(pattern_.edits.begin(), pattern_.edits.end(), [&](const Edit& e) { return e.id == id; });
    };
    if (known(edit.id)) return complain(section.line, "edit '{}' is there twice", edit.id);
    for (std::size_t i = 1; i < section.words.size(); ++i) {
      const std::string& word = section.words[i];
      if (word == "after" && i + 1 < section.words.size()) {
        edit.after = section.words[++i];
        if (!known(edit.after))
          return complain(section.line, "'after {}': no edit of that name stands above", edit.after);
      } else if (word == "drop-comments") {
        edit.drop_comments = true;
      } else if (word.starts_with("scope=")) {
        const auto found = std::find(scopes.begin(), scopes.end(), word.substr(6));
        if (found == scopes.end())
          return complain(section.line, "unknown scope '{}'{}", word.substr(6), did_you_mean(word.substr(6), scopes));
        edit.scope = static_cast<ChainScope>(found - scopes.begin());
      } else if (word == "binds") {
        for (; i + 1 < section.words.size() && section.words[i + 1].find('=') != std::string::npos &&
               !section.words[i + 1].starts_with("scope=");
             ++i) {
          const std::string pair = replace_all(section.words[i + 1], "$", "");
          edit.binds[pair.substr(0, pair.find('='))] = pair.substr(pair.find('=') + 1);
        }
      } else {
        return complain(section.line, "unknown word '{}' in the edit's head{}", word, did_you_mean(word, words));
      }
    }
    if (edit.after.empty() && !edit.binds.empty()) return complain(section.line, "'binds' needs 'after'");
    ADAPT_TRY_VOID(add_bound(edit));
    std::vector<BodyLine> body;
    for (const Line& line : section.lines) {
      if (trim(line.text).empty()) {
        body.push_back({' ', "", line.number});
        continue;
      }
      const char marker = line.text.front();
      if (marker == '#') continue;
      if (marker != '-' && marker != '+' && marker != ' ' && marker != '@')
        return complain(line.number, "a line of an edit begins with '-', '+', two blanks or '@', not '{}'", marker);
      std::string_view code = line.text.substr(1);
      if (marker != '@' && code.starts_with(' '))
        code.remove_prefix(1);
      else if (marker != '@' && !code.empty())
        return complain(line.number, "put a blank between '{}' and the code", marker);
      body.push_back({marker, std::string(code), line.number});
    }
    if (auto done = compile_body(edit, body, *pattern_.isomorphisms); !done)
      return complain(section.line, "in edit '{}': {}", edit.id, done.error().message);
    for (auto& reads : edit.hunks) reads.text.reads.erase("_");
    pattern_.edits.push_back(std::move(edit));
    return {};
  }

  // What an edit takes over from another one it may use without declaring it.
  Result<void> add_bound(Edit& edit) {
    for (const auto& [mine, theirs] : edit.binds) {
      const auto other =
          std::find_if(pattern_.edits.begin(), pattern_.edits.end(), [&](const Edit& e) { return e.id == edit.after; });
      const auto source = std::find_if(other->variables.begin(), other->variables.end(),
                                       [&, name = theirs](const Variable& v) { return v.name == name; });
      if (source == other->variables.end())
        return complain(edit.line, "edit '{}' has no variable '{}'", edit.after, theirs);
      const bool declared = std::any_of(edit.variables.begin(), edit.variables.end(),
                                        [&, name = mine](const Variable& v) { return v.name == name; });
      if (declared) continue;
      Variable copy = *source;
      copy.name = mine;
      edit.variables.push_back(std::move(copy));
    }
    return {};
  }

  Result<void> read_sample(const Section& section) {
    static const std::vector<std::string> kinds = {"change", "keep"};
    if (section.words.size() < 2 || (section.words[0] != "change" && section.words[0] != "keep"))
      return complain(section.line, "expected '[sample change NAME]' or '[sample keep NAME]'{}",
                      section.words.empty() ? "" : did_you_mean(section.words[0], kinds));
    Sample sample;
    sample.line = section.line;
    sample.changes = section.words[0] == "change";
    sample.name = join({section.words.begin() + 1, section.words.end()}, " ");
    sample.module = "sample";
    std::map<std::string, std::vector<Line>> blocks;
    std::string open = "head";
    for (const Line& line : section.lines) {
      if (line.text.starts_with("--- ")) {
        open = std::string(trim(line.text.substr(4)));
        if (open != "before" && open != "after")
          return complain(line.number, "expected '--- before' or '--- after', got '--- {}'", open);
        if (open == "after" && !sample.changes) return complain(line.number, "a keep sample has no '--- after'");
        blocks[open];
        continue;
      }
      blocks[open].push_back(line);
    }
    if (!sample.changes && !blocks.contains("before")) std::swap(blocks["before"], blocks["head"]);
    for (const Line& line : blocks["head"]) {
      if (is_comment(line.text)) continue;
      const auto [key, value] = key_value(line.text);
      if (key == "module") {
        sample.module = std::string(value);
      } else if (key == "fact") {
        auto given = parse_given_fact(value);
        if (!given) return at(line.number, given.error());
        sample.facts.add(Facts::kAnyLine, std::move(given->name), std::move(given->fact));
      } else {
        return complain(line.number, "'{}' stands above '--- before', where only 'module' and 'fact' lines may",
                        line.text);
      }
    }
    if (sample.changes && !blocks.contains("after"))
      return complain(section.line, "sample '{}' has no '--- after' block", sample.name);
    sample.before = code_of(blocks["before"]);
    sample.after = code_of(blocks["after"]);
    if (trim(sample.before).empty()) return complain(section.line, "sample '{}' has no code", sample.name);
    pattern_.samples.push_back(std::move(sample));
    return {};
  }

  // "[check]" holds what the pattern asks of its own application, "[check NAME]" what can be run.
  Result<void> read_check(const Section& section) {
    if (!section.words.empty()) {
      ADAPT_TRY(Check check, parse_check(section, name_));
      for (const Check& other : pattern_.checks)
        if (other.name == check.name) return complain(section.line, "check '{}' is given twice", check.name);
      pattern_.checks.push_back(std::move(check));
      return {};
    }
    for (const Line& line : section.lines) {
      if (is_comment(line.text)) continue;
      const auto [key, value] = key_value(line.text);
      if (key != "require" || (value != "both" && value != "all"))
        return complain(line.number, "'[check]' holds only 'require all'; a check that is run is '[check NAME]'");
      pattern_.require_all = true;
    }
    return {};
  }

  void read_notes(const Section& section) {
    std::string& text = pattern_.notes[section.kind];
    for (const Line& line : section.lines) text.append(line.text).append("\n");
  }

  std::string_view text_;
  std::string name_;
  Pattern pattern_;
  std::vector<Section> sections_;
  std::vector<Variable> variables_;
  std::optional<FrameRule> widest_frame_;
};

}  // namespace

std::string_view to_string(Risk risk) {
  switch (risk) {
    case Risk::exact: return "exact";
    case Risk::rounding: return "rounding";
    case Risk::guarded: return "guarded";
    case Risk::semantic: return "semantic";
  }
  return "semantic";
}

Result<Pattern> parse_pattern(std::string_view text, const std::filesystem::path& file,
                              std::shared_ptr<const Isomorphisms> isomorphisms) {
  return Reader(text, file, std::move(isomorphisms)).read();
}

Result<Pattern> load_pattern(const std::filesystem::path& file, std::shared_ptr<const Isomorphisms> isomorphisms) {
  ADAPT_TRY(const std::string text, read_file(file, kMaxFile));
  return parse_pattern(text, file, std::move(isomorphisms));
}

}  // namespace adapt::patterns
