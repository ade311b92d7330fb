// A temporary folder with Python modules, and a Python process that runs a script in it.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

#include "agent/emit/override_module.h"
#include "tools/base/file.h"

namespace adapt::emit {

class ScratchPython {
 public:
  ScratchPython() {
    std::string name = (std::filesystem::temp_directory_path() / "adapt-emit-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
    folder_ = name;
  }
  ScratchPython(const ScratchPython&) = delete;
  ScratchPython& operator=(const ScratchPython&) = delete;
  ~ScratchPython() {
    std::error_code code;
    std::filesystem::remove_all(folder_, code);
  }

  const std::filesystem::path& folder() const { return folder_; }

  void write(const std::string& file, const std::string& text) const {
    const auto written = write_file_atomic(folder_ / file, text);
    if (!written) ADD_FAILURE() << written.error().message;
  }

  // The override module `name`.py that turns `before` of `module` into `after`.
  void write_override(const std::string& name, const std::string& module, const std::string& before,
                      const std::string& after) const {
    const auto text = override_module({"model", "backend", {"pattern test: a change"}, ""},
                                      {{module, module + ".py", before, after}});
    if (!text) {
      ADD_FAILURE() << text.error().message;
      return;
    }
    write(name + ".py", *text);
  }

  // What the script printed, errors too; fails the test when Python ends with an error.
  std::string run(const std::string& script) const {
    write("script.py", script);
    const std::string command = "cd '" + folder_.string() + "' && " ADAPT_PYTHON " -B script.py 2>&1";
    std::FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) {
      ADD_FAILURE() << "cannot start Python";
      return "";
    }
    std::string output;
    std::array<char, 4096> buffer{};
    while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe))
      output.append(buffer.data(), size);
    const int status = pclose(pipe);
    EXPECT_EQ(status, 0) << output;
    return output;
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace adapt::emit
