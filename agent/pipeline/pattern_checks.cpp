#include "agent/pipeline/pattern_checks.h"

#include <charconv>

#include "agent/pipeline/stubs.h"
#include "harness/judge/closeness.h"
#include "tools/base/file.h"

namespace adapt::pipeline {
namespace {

namespace fs = std::filesystem;
using patterns::Check;
using patterns::Filling;

constexpr int kUsualDraws = 3;

using Sizes = std::map<std::string, std::int64_t>;

std::vector<client::CheckInput> inputs_of(const Check& check, const Sizes& sizes) {
  std::vector<client::CheckInput> out;
  for (const patterns::CheckInput& input : check.inputs) {
    client::CheckInput drawn{.name = input.name,
                             .dtype = input.dtype,
                             .fill = std::string(to_string(input.fill)),
                             .low = input.low,
                             .high = input.high,
                             .values = input.values,
                             .nan = input.nan,
                             .inf = input.inf};
    for (const std::string& size : input.shape) {
      std::int64_t number = 0;
      const auto named = sizes.find(size);
      if (named != sizes.end())
        number = named->second;
      else
        std::from_chars(size.data(), size.data() + size.size(), number);
      drawn.shape.push_back(number);
    }
    out.push_back(std::move(drawn));
  }
  return out;
}

std::string label_of(const client::CheckDraw& draw) {
  std::string out = fmt::format("draw {}", draw.seed);
  for (const client::CheckInput& input : draw.inputs)
    out += fmt::format(", {} {}[{}] {}", input.name, input.dtype, fmt::join(input.shape, ", "), input.fill);
  return out;
}

std::string how_it_ended(const client::CheckRun& run) {
  return run.raised ? fmt::format("raises {}: {:.200}", *run.raised, run.message) : "returns";
}

// Why this draw speaks against the check, or "".
Result<std::string> judge_draw(const Check& check, const client::CheckDraw& draw, const client::CheckAnswer& answer) {
  const client::CheckRun &before = answer.before, &after = answer.after;
  if (!check.raises.empty() && before.raised != check.raises)
    return fmt::format("the old code {}, and should raise {}", how_it_ended(before), check.raises);
  if (!check.refuses.empty()) {
    if (before.raised) return fmt::format("the old code {}", how_it_ended(before));
    return after.raised == check.refuses
               ? ""
               : fmt::format("the new code {}, and should raise {}", how_it_ended(after), check.refuses);
  }
  if (before.raised != after.raised)
    return fmt::format("the new code {}, the old code {}", how_it_ended(after), how_it_ended(before));
  if (before.raised)
    return check.raises.empty() && draw.seed <= kUsualDraws
               ? fmt::format("both versions raise {}: {:.200}", *before.raised, before.message)
               : "";
  ADAPT_TRY(const judge::Outputs was, judge::read_outputs(draw.before));
  ADAPT_TRY(const judge::Outputs is, judge::read_outputs(draw.after));
  return judge::first_difference(was, is, {check.exact, check.rtol, check.atol});
}

// A check proves nothing where the old code returns nothing to compare.
bool compares_something(const client::CheckDraw& draw, const Check& check) {
  const auto outputs = judge::read_outputs(draw.before);
  return outputs &&
         (outputs->leaves.size() > check.inputs.size() || outputs->tree.find("returned:None") == std::string::npos);
}

Result<std::string> judge_reply(const Check& check, const std::vector<client::CheckDraw>& draws,
                                const client::CheckReply& reply) {
  if (reply.failure) return fmt::format("{}: {}", reply.failure->exception, reply.failure->message);
  if (reply.draws.size() != draws.size())
    return fail(ErrorKind::bug, "{} answers to {} draws", reply.draws.size(), draws.size());
  for (std::size_t i = 0; i < draws.size(); ++i) {
    ADAPT_TRY(std::string why, judge_draw(check, draws[i], reply.draws[i]));
    if (!why.empty()) return why + " (" + label_of(draws[i]) + ")";
  }
  if (!reply.reached) return "no line that the pattern changes was run";
  if (check.raises.empty() && check.refuses.empty() && !compares_something(draws.front(), check))
    return "'run' returns nothing that could be compared";
  return "";
}

}  // namespace

std::vector<client::CheckDraw> draws_of(const Check& check, const fs::path& folder) {
  std::vector<client::CheckDraw> draws;
  const auto add = [&](std::vector<client::CheckInput> inputs) {
    const auto seed = static_cast<std::int64_t>(draws.size()) + 1;
    const auto file = [&](const char* version) {
      return (folder / fmt::format("{}-{}.safetensors", seed, version)).string();
    };
    draws.push_back({.seed = seed, .inputs = std::move(inputs), .before = file("before"), .after = file("after")});
  };
  Sizes usual;
  for (const auto& [name, values] : check.sizes) usual[name] = values.front();
  for (int i = 0; i < kUsualDraws; ++i) add(inputs_of(check, usual));
  for (const auto& [name, values] : check.sizes)
    for (std::size_t i = 1; i < values.size(); ++i) {
      Sizes sizes = usual;
      sizes[name] = values[i];
      add(inputs_of(check, sizes));
    }
  for (std::size_t i = 0; i < check.inputs.size(); ++i)
    if (check.inputs[i].fill == Filling::some)
      for (const Filling edge : {Filling::all, Filling::none}) {
        auto inputs = inputs_of(check, usual);
        inputs[i].fill = std::string(to_string(edge));
        add(std::move(inputs));
      }
  return draws;
}

Result<std::string> run_check(const patterns::Pattern& pattern, const Check& check, const CheckBench& bench) {
  const auto modules = patterns::modules_of(pattern, check);
  if (!modules) return modules.error().message;
  const client::CheckRequest request{.before = (bench.folder / "before.py").string(),
                                     .after = (bench.folder / "after.py").string(),
                                     .draws = draws_of(check, bench.folder)};
  ADAPT_TRY_VOID(make_directories(bench.folder));
  ADAPT_TRY_VOID(write_file_atomic(request.before, modules->before));
  ADAPT_TRY_VOID(write_file_atomic(request.after, modules->after));
  ADAPT_TRY(const auto answer, bench.host.ask(request, bench.limits, bench.cancel));
  if (!answer.reply) {
    const client::Failure& failure = *answer.outcome.process_failure;
    return fmt::format("{}: {}", to_string(failure.failure_class), failure.message);
  }
  return judge_reply(check, request.draws, *answer.reply);
}

Result<std::string> run_stub_check(const patterns::Pattern& pattern, const CheckBench& bench) {
  const client::StubsRequest request{.stubs = stubs_of(pattern.carrier)};
  ADAPT_TRY(const auto answer, bench.host.ask(request, bench.limits, bench.cancel));
  const std::optional<client::Failure> failure = answer.reply ? answer.reply->failure : answer.outcome.process_failure;
  if (!failure) return "";
  if (failure->failure_class == client::FailureClass::bad_config)
    return fail(ErrorKind::environment, "{}: {}", pattern.id, failure->message);
  return fmt::format("{}: {}", to_string(failure->failure_class), failure->message);
}

}  // namespace adapt::pipeline
