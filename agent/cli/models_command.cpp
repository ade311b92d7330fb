#include <fmt/format.h>

#include <cstdio>

#include "agent/cli/commands.h"
#include "agent/domain/model_id.h"
#include "agent/pipeline/run.h"
#include "tools/base/file.h"

namespace adapt::cli {
namespace {

template <class Request>
Result<typename client::ReplyOf<Request>::type> ask(Session& session, const std::filesystem::path& scratch,
                                                    const Request& request, const std::vector<std::string>& visible) {
  ADAPT_TRY(client::Host host,
            pipeline::start_host(session.config, {.scratch = scratch, .visible = visible}, session.cancel));
  ADAPT_TRY(auto answer, host.ask(request, pipeline::limits_of(session.config), session.cancel));
  if (!answer.reply) return fail(ErrorKind::usage, "{}", answer.outcome.process_failure->message);
  return std::move(*answer.reply);
}

void print_model(const client::DescribeReply& model) {
  fmt::print("{} ({}), {} parameters\n", model.class_name, model.module, model.parameters);
  for (const client::InputSpec& input : model.inputs)
    fmt::print("  input     {} {} [{}]\n", input.name, input.dtype, fmt::join(input.shape, ", "));
  for (const auto& [name, value] : model.constants.items()) fmt::print("  argument  {} = {}\n", name, dump(value));
  for (const std::string& note : model.notes) fmt::print("  note      {}\n", note);
}

Result<void> list_models(Session& session, const std::string& prefix, std::int64_t limit) {
  ADAPT_TRY(const TempDir scratch, TempDir::create("adapt-models-"));
  ADAPT_TRY(const client::ModelsReply reply,
            ask(session, scratch.path(), client::ModelsRequest{.prefix = prefix, .limit = limit}, {}));
  if (session.json) {
    fmt::print("{}\n", dump(client::encode(reply)));
    return {};
  }
  for (const std::string& name : reply.names) fmt::print("transformers:{}\n", name);
  const auto shown = static_cast<std::int64_t>(reply.names.size());
  if (shown < reply.total)
    fmt::print(stderr, "{} of {} classes; --limit shows more, a prefix narrows\n", shown, reply.total);
  return {};
}

Result<void> show_model(Session& session, const std::string& text) {
  ADAPT_TRY(const domain::ModelSize size, domain::parse_model_size(session.config.text("run.size")));
  ADAPT_TRY(const domain::ModelId model, domain::parse_model_id(text, size));
  ADAPT_TRY(const TempDir scratch, TempDir::create("adapt-models-"));
  const std::string out = (scratch.path() / "out").string();
  const std::vector<std::string> visible =
      model.kind == domain::ModelKind::transformers ? std::vector<std::string>{} : std::vector<std::string>{model.name};
  ADAPT_TRY(
      const client::DescribeReply reply,
      ask(session, scratch.path(),
          client::DescribeRequest{.model = model.to_wire(session.config.integer("run.seed")), .out = out}, visible));
  if (session.json)
    fmt::print("{}\n", dump(client::encode(reply)));
  else
    print_model(reply);
  return {};
}

}  // namespace

int models_list_command(Session& session, const std::string& prefix, std::int64_t limit) {
  const Result<void> done = list_models(session, prefix, limit);
  return done ? 0 : report(done.error());
}

int models_show_command(Session& session, const std::string& model) {
  const Result<void> done = show_model(session, model);
  return done ? 0 : report(done.error());
}

}  // namespace adapt::cli
