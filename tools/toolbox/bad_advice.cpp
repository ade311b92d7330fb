#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/text.h"
#include "tools/toolbox/quote.h"

namespace adapt::toolbox {
namespace {

// What a sentence says when it advises to leave the compiler out. Letters in lower case, runs of blanks as one.
struct Advice {
  std::string_view words;
  bool only_as_advice = false;  // the words also tell what happened: they count beside a word of kAdvising
};
constexpr Advice kAdvice[] = {
    {"suppress_errors"},
    {"suppress this exception"},
    {"dynamo.disable", true},
    {"dynamo.config.disable"},
    {"dynamo_disable"},
    {"compiler.disable", true},
    {"compile_disable"},
    {"disable_dynamo"},
    {"force_eager"},
    {"eager_on_recompile"},
    {"dynamo.graph_break"},
    {"fullgraph=false", true},
    {"fullgraph = false", true},
    {"backend=\"eager\""},
    {"backend='eager'"},
    {"backend=\"aot_eager\""},
    {"pytorch_jit=0"},
    {"enable_mps_fallback"},
    {"_fallback=1"},
    {"_fallback=true"},
    {"jit.ignore", true},
    {"jit.unused", true},
    {"is_compiling()", true},
    {"is_exporting()", true},
    {"fall back to eager", true},
    {"fallback to eager", true},
    {"falling back to eager", true},
    {"fall back to cpu", true},
    {"fallback to cpu", true},
    {"falling back to cpu", true},
    {"fall back to the cpu", true},
    {"fallback to the host", true},
    {"in eager mode", true},
    {"eager execution", true},
    {"disable compilation", true},
    {"disable the compiler", true},
    {"disable torch.compile", true},
    {"disabling torch.compile", true},
    {"without torch.compile", true},
    {"skip compilation", true},
    {"skip the compilation", true},
    {"turn off compilation", true},
    {"turn off the compiler", true},
};
constexpr std::string_view kAdvising[] = {
    "you can", "you may", "you could", "you should", "consider",    "please",  "try ",    "set ",
    "setting", "use ",    "using ",    "add ",       "wrap ",       "pass ",   "call ",   "to suppress",
    "hint",    "suggest", "recommend", "workaround", "work around", "instead", "export ", "decorate "};

std::string folded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

bool is_bad(std::string_view sentence) {
  const std::string text = folded(sentence);
  if (contains(text, "remove ")) return false;  // the opposite: "remove the torch.compiler.disable call"
  const bool advises = std::any_of(std::begin(kAdvising), std::end(kAdvising),
                                   [&](std::string_view words) { return contains(text, words); });
  return std::any_of(std::begin(kAdvice), std::end(kAdvice), [&](const Advice& advice) {
    return contains(text, advice.words) && (advises || !advice.only_as_advice);
  });
}

// Whether the line behind the break at `at` goes on with the sentence before it: prose is wrapped, code is not.
bool goes_on(std::string_view text, std::size_t at) {
  const std::string_view next = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
  const std::size_t first = leading_blanks(next);
  if (at == 0 || first == next.size() || contains(".:;!?)]}\n", text.substr(at - 1, 1))) return false;
  if (std::islower(static_cast<unsigned char>(next[first])) == 0 && next[first] != '`') return false;
  return !next.substr(first).starts_with("import ") && !next.substr(first).starts_with("from ") &&
         !contains(next, " = ") && !contains(next, ": ");
}

// Sentences and the blanks behind them; together they are the text.
std::vector<std::string_view> sentences(std::string_view text) {
  std::vector<std::string_view> out;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool line_end = text[at] == '\n' && !goes_on(text, at);
    const bool full_stop = contains(".!?", text.substr(at, 1)) && at + 1 < text.size() && text[at + 1] == ' ';
    if (!line_end && !full_stop) continue;
    if (full_stop) ++at;
    out.push_back(text.substr(begin, at + 1 - begin));
    begin = at + 1;
  }
  if (begin < text.size()) out.push_back(text.substr(begin));
  return out;
}

std::string_view blanks_behind(std::string_view sentence) {
  const std::size_t last = sentence.find_last_not_of(" \t\n");
  return sentence.substr(last == std::string_view::npos ? 0 : last + 1);
}

}  // namespace

std::string without_bad_advice(std::string_view text) {
  constexpr std::string_view kRemoved = "[advice removed]";
  std::string out;
  std::size_t introduced = std::string_view::npos;  // indentation of a sentence with ":" whose code is to go, too
  bool removed_last = false;
  for (const std::string_view sentence : sentences(text)) {
    const bool blank = trim(sentence).empty();
    const bool code = introduced != std::string_view::npos && (blank || leading_blanks(sentence) > introduced);
    if (!code) introduced = std::string_view::npos;
    if (!code && !is_bad(sentence)) {
      out += sentence;
      removed_last = removed_last && blank;
      continue;
    }
    if (!code && trim(sentence).ends_with(':')) introduced = leading_blanks(sentence);
    if (blank) continue;
    if (!removed_last) {
      out += sentence.substr(0, leading_blanks(sentence));
      out += kRemoved;
      out += blanks_behind(sentence);
    }
    removed_last = true;
  }
  return out;
}

}  // namespace adapt::toolbox
