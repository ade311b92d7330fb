#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"
#include "agent/llm/check.h"
#include "agent/pipeline/llm_line.h"
#include "tools/base/file.h"
#include "tools/base/quantity.h"

namespace adapt::cli {
namespace {

bool is_usable(const std::vector<llm::Finding>& findings) {
  return std::ranges::none_of(findings, [](const llm::Finding& f) { return f.needed && f.found == llm::Found::no; });
}

Result<bool> check(Session& session) {
  const std::string text = session.config.text("llm.endpoint");
  if (text.empty() || text == "none")
    return fail(ErrorKind::usage, "no language model is named: give --llm, or set llm.endpoint");
  ADAPT_TRY(const pipeline::ChosenEndpoint chosen, pipeline::choose_endpoint(text, session.config, session.clock));
  if (chosen.tape) return fail(ErrorKind::usage, "a recorded run has no server to check");
  ADAPT_TRY(const TempDir folder, TempDir::create("adapt-llm-check-"));
  ADAPT_TRY(events::Journal journal, events::Journal::open(folder.path(), session.clock));
  ADAPT_TRY(const auto line,
            pipeline::LlmLine::open(chosen, session.config, journal, pipeline::RunFolder(folder.path()), session.clock,
                                    session.cancel));
  ADAPT_TRY(const std::vector<llm::Finding> findings, llm::check_endpoint(line->runner(), line->ledger()));
  const llm::Spend spend = line->spend();
  if (session.json) {
    OrderedJson rows = OrderedJson::array();
    for (const llm::Finding& finding : findings)
      rows.push_back(OrderedJson{{"what", finding.what},
                                 {"found", to_string(finding.found)},
                                 {"needed", finding.needed},
                                 {"evidence", finding.evidence}});
    fmt::print("{}\n", dump_line(OrderedJson{{"endpoint", text},
                                             {"usable", is_usable(findings)},
                                             {"findings", rows},
                                             {"input_tokens", spend.usage.input()},
                                             {"output_tokens", spend.usage.output},
                                             {"nano_usd", spend.nano_usd}}));
    return is_usable(findings);
  }
  fmt::print("{}\n", text);
  for (const llm::Finding& finding : findings)
    fmt::print("  {:<8} {:<17} {}\n", to_string(finding.found), finding.what, finding.evidence);
  fmt::print("  {} {} tokens in, {} out, {}\n", is_usable(findings) ? "usable;" : "not usable for repairs;",
             spend.usage.input(), spend.usage.output,
             spend.unpriced_tokens > 0 ? "price not known" : dollars(spend.nano_usd));
  return is_usable(findings);
}

}  // namespace

int llm_check_command(Session& session) {
  const Result<bool> usable = check(session);
  if (!usable) return report(usable.error());
  return *usable ? 0 : exit_code(ErrorKind::llm);
}

}  // namespace adapt::cli
