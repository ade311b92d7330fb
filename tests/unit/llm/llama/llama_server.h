// A real server of language models, llama.cpp's, where this machine has it: the program that ADAPT_LLAMA_SERVER names
// (a command line, its words parted by blanks), else `llama-server` on PATH. It serves a file of
// tests/fakes/tiny_gguf.py.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/llm/http/transport.h"
#include "sandbox/process.h"
#include "tools/base/file.h"

namespace adapt::llm {

// The words of the command; none where there is no such program.
std::vector<std::string> server_command();

inline constexpr const char* kNoServer =
    "no llama-server: it is not on PATH, and ADAPT_LLAMA_SERVER names no command line";

struct ServerOptions {
  std::string variant = "chatty";  // of tiny_gguf.py
  std::string key{};               // that the server asks for
  int seed = -1;                   // what every answer begins from; -1: another one each time
};

// One server on loopback. Its destructor kills it.
class LlamaServer {
 public:
  // Writes the model and starts the program, which then loads.
  static Result<std::unique_ptr<LlamaServer>> start(const ServerOptions& options);

  // Until it answers; an error with the end of its log when it ends or takes longer than three minutes.
  Result<void> wait_until_ready(Transport& transport);
  // Until it takes connections, most likely before its model is there. The same errors.
  Result<void> wait_until_connectable();
  void kill();                   // as the system does when memory is out
  Result<void> start_process();  // again, under the same address

  std::string base_url() const;
  std::string log() const;  // its last kilobytes

 private:
  LlamaServer(std::vector<std::string> argv, TempDir folder, int port)
      : argv_(std::move(argv)), folder_(std::move(folder)), port_(port) {}
  template <class IsThere>
  Result<void> wait_until(const IsThere& is_there);

  std::vector<std::string> argv_;
  TempDir folder_;
  int port_;
  std::optional<sandbox::Process> process_;
};

}  // namespace adapt::llm
