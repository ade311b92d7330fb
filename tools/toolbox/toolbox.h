// The tools that a language model may call: few, typed, without a shell. Each takes one JSON object, checked against a
// schema that is made from the C++ struct it is read into, and answers with a short text.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/json.h"
#include "tools/toolbox/bench.h"

namespace adapt::toolbox {

// Bytes of one answer. What is longer keeps its head and tail and says how much is left out.
inline constexpr std::size_t kMaxReply = std::size_t{12} << 10U;

struct Spec {
  std::string name;
  std::string description;
  Json parameters;  // JSON Schema, draft 2020-12, without $ref
};

// What a call came to. A tool that could not do what it was asked says so in `text`: an answer, not an Error.
struct Reply {
  std::string text;  // untrusted parts (source, messages, logs) stand between data marks, see quote.h
  bool is_error = false;
  bool changed = false;  // the draft is another one now
  bool gave_up = false;
  std::optional<Trial> trial{};  // of tools that ran the model
};

class Session;

// One session of tools over one draft.
class Toolbox {
 public:
  Toolbox(Bench& bench, Draft draft);
  ~Toolbox();
  Toolbox(const Toolbox&) = delete;
  Toolbox& operator=(const Toolbox&) = delete;

  // Sorted by name.
  static const std::vector<Spec>& specs();

  // `arguments` as the model wrote them: text that may be no JSON. An Error only when the run itself cannot go on
  // (interrupted, a full disk).
  Result<Reply> call(std::string_view name, std::string_view arguments);

  const Draft& draft() const;
  void restore(Draft draft);  // a recorded state, in place of making its edits again
  // Where the latest failure stands, as read_source takes it: innermost first, at most `limit`.
  Result<std::vector<std::string>> failing_symbols(std::size_t limit) const;
  // What each edit changed, for reports: the functions by module.
  struct Site {
    std::string module, file, function;
    std::int64_t line = 0;
    bool operator==(const Site&) const = default;
  };
  std::vector<Site> sites() const;  // computed from the difference of draft and unmodified source

 private:
  std::unique_ptr<Session> session_;
};

}  // namespace adapt::toolbox
