#include "sandbox/jail/options.h"

#include <charconv>
#include <variant>

#include "tools/base/text.h"

namespace adapt::jail {
namespace {

using Number = std::uint64_t Options::*;
using Switch = bool Options::*;
using Text = std::string Options::*;
using Texts = std::vector<std::string> Options::*;
using Fd = int Options::*;
using Fds = std::vector<int> Options::*;
using Names = std::set<std::string> Options::*;

struct Row {
  const char* flag;
  const char* value;  // shown in the help; empty for a switch
  std::variant<Number, Switch, Text, Texts, Fd, Fds, Names> target;
  const char* help;
};

const Row kRows[] = {
    {"--memory", "BYTES", &Options::memory_bytes, "private writable memory of each process"},
    {"--address-space", "BYTES", &Options::address_bytes, "address space of each process; torch reserves much"},
    {"--cpu-seconds", "S", &Options::cpu_seconds, "processor time of each process"},
    {"--file-bytes", "B", &Options::file_bytes, "largest file that may be written"},
    {"--processes", "N", &Options::processes, "processes of the user (the kernel does not count root's)"},
    {"--no-network", "", &Options::no_network, "only a loopback device of its own"},
    {"--private-processes", "", &Options::private_processes,
     "sees and signals its own processes only; all end with it"},
    {"--read-only", "", &Options::read_only, "every file read-only but --writable, --scratch and --tmpfs"},
    {"--writable", "DIR", &Options::writable, "folder that stays writable (repeatable)"},
    {"--hide", "PATH", &Options::hidden, "folder or file shown empty (repeatable)"},
    {"--tmpfs", "DIR", &Options::tmpfs, "folder replaced by private memory (repeatable)"},
    {"--device", "NODE", &Options::devices, "device node that stays usable (repeatable)"},
    {"--scratch", "DIR", &Options::scratch, "working folder, writable"},
    {"--optional", "NAMES", &Options::optional,
     "of network,processes,filesystem: may be missing, and is reported then"},
    {"--report", "FD", &Options::report_fd, "JSON lines: what was applied, or the error"},
    {"--lifeline", "FD", &Options::lifeline_fd, "end of file on it kills everything inside"},
    {"--keep", "FD", &Options::keep_fds, "descriptor handed on to the program (repeatable)"},
    {"--help", "", &Options::help, "this text"},
};

Result<std::uint64_t> number_of(std::string_view flag, std::string_view text, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size() || value > most)
    return fail(ErrorKind::usage, "{} needs a number, not '{}'", flag, text);
  return value;
}

struct Setter {
  Options& options;
  std::string_view flag;
  const std::string& text;

  Result<void> operator()(Number target) const {
    ADAPT_TRY(options.*target, number_of(flag, text, ~std::uint64_t{0}));
    return {};
  }
  Result<void> operator()(Switch target) const {
    options.*target = true;
    return {};
  }
  Result<void> operator()(Text target) const {
    options.*target = text;
    return {};
  }
  Result<void> operator()(Texts target) const {
    (options.*target).push_back(text);
    return {};
  }
  Result<void> operator()(Fd target) const {
    ADAPT_TRY(const std::uint64_t fd, number_of(flag, text, 1U << 20U));
    options.*target = static_cast<int>(fd);
    return {};
  }
  Result<void> operator()(Fds target) const {
    ADAPT_TRY(const std::uint64_t fd, number_of(flag, text, 1U << 20U));
    (options.*target).push_back(static_cast<int>(fd));
    return {};
  }
  Result<void> operator()(Names target) const {
    for (const std::string_view name : split(text, ',')) {
      if (name != "network" && name != "processes" && name != "filesystem")
        return fail(ErrorKind::usage, "--optional knows network, processes and filesystem, not '{}'", name);
      (options.*target).emplace(name);
    }
    return {};
  }
};

const Row* find_row(std::string_view flag) {
  for (const Row& row : kRows)
    if (flag == row.flag) return &row;
  return nullptr;
}

}  // namespace

Result<Options> parse_options(const std::vector<std::string>& arguments) {
  Options options;
  std::size_t i = 0;
  for (; i < arguments.size() && arguments[i] != "--"; ++i) {
    const Row* row = find_row(arguments[i]);
    if (row == nullptr) return fail(ErrorKind::usage, "unknown option '{}'; the program comes after --", arguments[i]);
    const bool takes_value = *row->value != '\0';
    if (takes_value && i + 1 == arguments.size()) return fail(ErrorKind::usage, "{} needs a value", row->flag);
    static const std::string none;
    ADAPT_TRY_VOID(std::visit(Setter{options, row->flag, takes_value ? arguments[i + 1] : none}, row->target));
    if (takes_value) ++i;
  }
  if (i < arguments.size())
    options.argv.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1, arguments.end());
  if (options.argv.empty() && !options.help) return fail(ErrorKind::usage, "no program to run; it comes after --");
  return options;
}

std::string help_text() {
  std::string out = "adapt-jail [options] -- program [argument...]\nRuns a program with limits and behind walls.\n\n";
  for (const Row& row : kRows) out += fmt::format("  {:<28}{}\n", fmt::format("{} {}", row.flag, row.value), row.help);
  out +=
      "\nExit codes: the program's own; 128+N when signal N ended it; 121 usage; 122 a required wall cannot be had;\n"
      "126 the program cannot be run; 127 there is no such program.\n";
  return out;
}

}  // namespace adapt::jail
