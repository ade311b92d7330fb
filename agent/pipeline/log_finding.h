// What the log of a Tenstorrent backend says of a failure. Python sees only that something failed: the reason is in
// what the compiler and the runtime printed, and how far they came in a file of the plugin's own.
#pragma once

#include <filesystem>
#include <optional>

#include "harness/client/messages.h"

namespace adapt::pipeline {

struct BackendLog {
  std::filesystem::path printed;  // descriptors 1 and 2 of the backend's stages
  std::filesystem::path marker;   // the last stage that the plugin wrote down; need not exist
};

// Of a request to a backend whose logs are understood; none for any other.
std::optional<BackendLog> log_of(const client::BuildRequest& request);
std::optional<BackendLog> log_of(const client::ExecuteRequest& request);
template <class Request>
std::optional<BackendLog> log_of(const Request&) {
  return std::nullopt;
}

// Stage, class, operator and finding as the log has them. Untouched: a failure before the backend's stages, and one of
// which the log says nothing.
void explain(client::Failure& failure, const BackendLog& log);

// What failed is the device, or what leads to it: no result of the model.
inline bool is_of_device(const client::Failure& failure) {
  return failure.failure_class == client::FailureClass::device;
}

}  // namespace adapt::pipeline
