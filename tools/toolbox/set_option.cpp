#include <algorithm>

#include "tools/base/text.h"
#include "tools/toolbox/quote.h"
#include "tools/toolbox/tools.h"

namespace adapt::toolbox {
namespace {

using client::Option;

bool is_on(const Session& session, const std::string& id) {
  const std::vector<std::string>& on = session.draft().options;
  return std::find(on.begin(), on.end(), id) != on.end();
}

std::string about(const Option& option) {
  std::string out = fmt::format("{} ({}): {}.", option.id, option.scope, option.does);
  if (option.concession) out += fmt::format(" It costs the claim: {}.", *option.concession);
  if (option.cap) out += fmt::format(" The claim is {} at most.", *option.cap);
  return out;
}

Reply list_of(const Session& session, const std::vector<Option>& options) {
  Answer answer;
  answer.say("{} option{} of the backend:", options.size(), options.size() == 1 ? "" : "s");
  for (const Option& option : options) answer.say("[{}] {}", is_on(session, option.id) ? "on" : "off", about(option));
  return std::move(answer).reply();
}

// Chosen options that set what this one sets.
std::vector<std::string> rivals(const Session& session, const std::vector<Option>& options, const Option& option) {
  std::vector<std::string> out;
  for (const Option& other : options) {
    if (other.id == option.id || other.scope != option.scope || !is_on(session, other.id)) continue;
    for (const auto& [key, value] : option.set.items())
      if (other.set.contains(key) && other.set.at(key) != value) out.push_back(fmt::format("{} ({})", other.id, key));
  }
  return out;
}

}  // namespace

Result<Reply> set_option(Session& session, const SetOption& arguments) {
  const std::vector<Option>& options = session.bench().options();
  if (arguments.id.empty()) return list_of(session, options);
  const auto option =
      std::find_if(options.begin(), options.end(), [&](const Option& known) { return known.id == arguments.id; });
  if (option == options.end()) {
    std::vector<std::string> ids;
    for (const Option& known : options) ids.push_back(known.id);
    Answer answer;
    answer.say("There is no option '{}'{}{}", clean(arguments.id), did_you_mean(arguments.id, ids),
               ids.empty() ? "; this backend has none" : "; options are: " + join(ids, ", "));
    return std::move(answer).complaint();
  }
  Answer answer;
  if (is_on(session, arguments.id) == arguments.on) {
    answer.say("{} was {} already. {}", arguments.id, arguments.on ? "on" : "off", about(*option));
    return std::move(answer).reply();
  }
  std::vector<std::string> chosen = session.draft().options;
  if (arguments.on)
    chosen.push_back(arguments.id);
  else
    chosen.erase(std::remove(chosen.begin(), chosen.end(), arguments.id), chosen.end());
  answer.say("{} is {} now. {}", arguments.id, arguments.on ? "on" : "off", about(*option));
  if (const auto others = rivals(session, options, *option); arguments.on && !others.empty())
    answer.say("Other options that are on set the same to something else: {}.", join(others, ", "));
  session.choose(std::move(chosen));
  Reply reply = std::move(answer).reply();
  reply.changed = true;
  return reply;
}

}  // namespace adapt::toolbox
