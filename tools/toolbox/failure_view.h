// A failure as tools show it, and where it stands in the sources.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "tools/toolbox/answer.h"
#include "tools/toolbox/session.h"

namespace adapt::toolbox {

// Twelve hexadecimal digits for the fingerprint, which is itself made of the backend's words.
std::string short_fingerprint(const client::Failure& failure);

// Stage, class, fingerprint, op and message. Advice to leave the compiler out is taken out of the message.
void say_failure(Answer& answer, const client::Failure& failure, std::size_t max_message);

// The frames within the model's sources, innermost first, each with its line and, where it may be changed, its symbol.
Result<void> say_frames(Answer& answer, Session& session, const Seen& seen);

// "module:Class.method" of each of these frames that lies in the sources, innermost first, each once.
Result<std::vector<std::string>> symbols_of_frames(Session& session, const Seen& seen);

// The place of the failure and the frames that lead there, innermost first.
std::vector<client::Frame> all_frames(const client::Failure& failure);

// Lines of the module that the latest failure names, as they are counted now. Those that have been changed are left
// out.
std::set<std::uint32_t> failing_lines(Session& session, const Module& module);

}  // namespace adapt::toolbox
