// What one session of tools remembers: the draft, what was changed to get there, and the failures that were seen.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/toolbox/bench.h"
#include "tools/toolbox/symbols.h"
#include "tools/toolbox/toolbox.h"

namespace adapt::toolbox {

// One source with its text in some draft. Immutable.
struct Module {
  Source source;  // unmodified
  std::shared_ptr<const pyast::Document> document;
  std::vector<Symbol> symbols;

  const std::string& text() const { return document->source(); }
  std::string_view line_end() const;  // "\r\n" where the first line has it
};

// A failure, and the draft that failed so: its lines are those of that draft.
struct Seen {
  client::Failure failure;
  edit::Sources overlay;
};

// A file that cannot be parsed stands in the way of nothing but itself.
inline bool is_unreadable(const Error& error) { return error.kind == ErrorKind::parse; }

class Session {
 public:
  Session(Bench& bench, Draft draft);

  Bench& bench() { return bench_; }
  const Draft& draft() const { return draft_; }
  void restore(Draft draft) { draft_ = std::move(draft); }
  void choose(std::vector<std::string> options) { draft_.options = std::move(options); }

  // Once: sources do not change while the tools are used.
  Result<const std::vector<Source>*> sources();

  // Of the draft as it stands; parsed when first asked for. A complaint where the file cannot be parsed.
  Result<std::shared_ptr<const Module>> module(const Source& source);
  // The same of any text of it.
  Result<std::shared_ptr<const Module>> module_with(const Source& source, const std::string& text);
  const std::string& text_of(const Source& source) const { return text_in(draft_.overlay, source); }
  static const std::string& text_in(const edit::Sources& overlay, const Source& source);

  // The text of a source is another one now.
  void put(const Source& source, std::string text);
  // Texts that a source had before the one it has now: the unmodified one, then the latest few.
  std::vector<std::string> earlier_texts(const Source& source) const;

  std::vector<Toolbox::Site> sites();  // see Toolbox

  const Seen& first() const { return first_; }
  const Seen& latest() const { return latest_; }
  void saw(client::Failure failure) { latest_ = {std::move(failure), draft_.overlay}; }

 private:
  Bench& bench_;
  Draft draft_;
  Seen first_, latest_;
  std::optional<std::vector<Source>> sources_;
  std::map<std::string, std::deque<std::shared_ptr<const Module>>> modules_;  // by name: those asked for last
  std::map<std::string, std::vector<std::string>> earlier_texts_;             // by name
};

}  // namespace adapt::toolbox
