// How the pipeline tells what it is doing. An interface, so that tests and other front ends can listen.
#pragma once

#include <string_view>

namespace adapt::pipeline {

class Progress {
 public:
  virtual ~Progress() = default;
  virtual void candidate(std::string_view description) = 0;  // what is tried now
  virtual void stage(std::string_view stage) = 0;            // a stage began
  virtual void line(std::string_view text) = 0;              // something found
};

}  // namespace adapt::pipeline
