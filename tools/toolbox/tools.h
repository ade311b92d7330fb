// What the tools do; toolbox.cpp has their names and descriptions.
//
// An Error of kind `usage` or `parse` is a complaint about the call and becomes an answer; any other ends the run.
#pragma once

#include "tools/toolbox/answer.h"
#include "tools/toolbox/arguments.h"
#include "tools/toolbox/session.h"
#include "tools/toolbox/toolbox.h"

namespace adapt::toolbox {

Result<Reply> bisect_layers(Session& session, const NoArguments& arguments);
Result<Reply> compile(Session& session, const NoArguments& arguments);
Result<Reply> find_nodes(Session& session, const FindNodes& arguments);
Result<Reply> give_up(Session& session, const GiveUp& arguments);
Result<Reply> inspect_failure(Session& session, const InspectFailure& arguments);
Result<Reply> query_patterns(Session& session, const QueryPatterns& arguments);
Result<Reply> read_source(Session& session, const ReadSource& arguments);
Result<Reply> reproduce(Session& session, const NoArguments& arguments);
Result<Reply> rewrite(Session& session, const Rewrite& arguments);
Result<Reply> run_compare(Session& session, const NoArguments& arguments);
Result<Reply> set_option(Session& session, const SetOption& arguments);

}  // namespace adapt::toolbox
