// One change to one source, as each form of rewrite makes it: a piece of text in place of another.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tools/toolbox/arguments.h"
#include "tools/toolbox/target.h"

namespace adapt::toolbox {

struct Change {
  pyast::Span span;
  std::string text;
  std::string note{};     // what else is to be said, "" for nothing
  bool in_place = false;  // what was asked for is there already; nothing to do
};

inline Change already_in_place(std::string note) {
  return {.span = {}, .text = "", .note = std::move(note), .in_place = true};
}

// The forms, see rewrite.cpp. A complaint says why not, and what is nearest to what was asked for.
Result<Change> change_of_node(Session& session, const Target& target, const Rewrite& asked);
Result<Change> change_of_text(Session& session, const Target& target, const Rewrite& asked);
Result<Change> change_of_whole(const Target& target, const Rewrite& asked);

// The module with the change. A complaint where an edit would cut a character, or where the new text has syntax errors
// that the old one has not; it shows the place.
Result<std::shared_ptr<const Module>> with_change(Session& session, const Module& module, const Change& change);

// The import statement where imports belong, or in place when the module has it.
Result<Change> change_for_import(const Module& module, std::string_view statement);

// The same symbol in another text of its module; nothing where it is not there exactly once.
std::optional<Target> same_in(const std::shared_ptr<const Module>& module, const Target& target);

}  // namespace adapt::toolbox
