#include "tools/base/text.h"
#include "tools/edit/edit_set.h"
#include "tools/toolbox/change.h"
#include "tools/toolbox/tools.h"

namespace adapt::toolbox {
namespace {

// The form follows from what is given; fields of two forms at once are refused, since one would be ignored.
enum class Form : std::uint8_t { node, text, whole, imports };
Result<Form> form_of(const Rewrite& asked) {
  const bool has_node = asked.kind || asked.fingerprint || asked.occurrence || asked.operation != "replace";
  if (has_node) {
    if (!asked.kind || !asked.fingerprint)
      return fail(ErrorKind::usage,
                  "arguments.{} is missing: a node is addressed by kind and fingerprint, as find_nodes "
                  "answers them",
                  asked.kind ? "fingerprint" : "kind");
    if (asked.search || asked.replace)
      return fail(ErrorKind::usage, "arguments: give kind and fingerprint, or search and replace, not both");
    return Form::node;
  }
  if (asked.search || asked.replace) {
    if (!asked.search || !asked.replace)
      return fail(ErrorKind::usage, "arguments.{} is missing", asked.search ? "replace" : "search");
    if (asked.code) return fail(ErrorKind::usage, "arguments: give search and replace, or code, not both");
    return Form::text;
  }
  if (asked.code) return Form::whole;
  if (!asked.imports.empty()) return Form::imports;
  return fail(
      ErrorKind::usage,
      "arguments: nothing to change; give kind, fingerprint and code, or search and replace, or code, or imports");
}

Result<Change> change_of(Form form, Session& session, const Target& target, const Rewrite& asked) {
  switch (form) {
    case Form::node: return change_of_node(session, target, asked);
    case Form::text: return change_of_text(session, target, asked);
    case Form::whole: return change_of_whole(target, asked);
    case Form::imports: break;
  }
  return already_in_place("");
}

}  // namespace

// All or nothing: the draft gets the new text when every part of the change holds.
Result<Reply> rewrite(Session& session, const Rewrite& arguments) {
  ADAPT_TRY(const Form form, form_of(arguments));
  ADAPT_TRY(const Target target, find_target(session, arguments.symbol));
  const Source& source = target.module->source;
  ADAPT_TRY(const Change change, change_of(form, session, target, arguments));
  std::shared_ptr<const Module> after = target.module;
  if (!change.in_place) {
    ADAPT_TRY(after, with_change(session, *after, change));
  }
  for (const std::string& statement : arguments.imports) {
    ADAPT_TRY(const Change import, change_for_import(*after, statement));
    if (import.in_place) continue;
    ADAPT_TRY(after, with_change(session, *after, import));
  }
  Answer answer;
  if (after->text() == target.module->text()) {
    answer.say("Already in place: {} is as asked for, nothing had to be changed. {}", target.name(), change.note);
    return std::move(answer).reply();
  }
  answer.say("Changed {}. {}", target.name(), change.note);
  answer.data("diff", edit::unified_diff({{source.file, target.module->text()}}, {{source.file, after->text()}}));
  session.put(source, after->text());
  Reply reply = std::move(answer).reply();
  reply.changed = true;
  return reply;
}

}  // namespace adapt::toolbox
