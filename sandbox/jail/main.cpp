// adapt-jail: runs one program with limits and behind walls, and says which of them stand.
//
// Two processes: a supervisor, which stays outside and ends everything when its lifeline does, and the program, which
// is the first process of its own process namespace: when it ends, the kernel ends all that it started.
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "sandbox/jail/options.h"
#include "sandbox/jail/steps.h"
#include "tools/base/json.h"
#include "tools/base/unique_fd.h"

namespace adapt::jail {
namespace {

constexpr int kExitUsage = 121;
constexpr int kExitWall = 122;
constexpr int kExitCannotRun = 126;
constexpr int kExitNoProgram = 127;

class Report {
 public:
  explicit Report(int fd) : fd_(fd) {
    if (fd_ >= 0) ::fcntl(fd_, F_SETFD, FD_CLOEXEC);
  }
  void write(const Json& message) const {
    if (fd_ < 0) return;
    const std::string line = dump(message) + "\n";
    [[maybe_unused]] const ssize_t ignored = ::write(fd_, line.data(), line.size());
  }
  [[nodiscard]] int fail_with(int code, std::string_view message) const {
    write({{"error", message}});
    std::fprintf(stderr, "adapt-jail: %.*s\n", static_cast<int>(message.size()), message.data());
    return code;
  }

 private:
  int fd_;
};

// The first wall that was asked for, is not optional and does not stand; empty when there is none.
std::string missing_wall(const Options& options, const Namespaces& namespaces) {
  const struct {
    const char* name;
    bool asked;
    bool stands;
    const std::string& error;
  } rows[] = {{"network", options.no_network, namespaces.network, namespaces.network_error},
              {"processes", options.private_processes, namespaces.processes, namespaces.processes_error},
              {"filesystem", options.read_only, namespaces.mounts, namespaces.mounts_error}};
  for (const auto& row : rows)
    if (row.asked && !row.stands && !options.optional.contains(row.name))
      return fmt::format("cannot confine the {}: {}", row.name, row.error);
  return {};
}

Json applied_report(const Options& options, const Namespaces& namespaces) {
  Json refused = Json::array();
  const auto refuse = [&](bool asked, bool stands, const char* name, const std::string& error) {
    if (asked && !stands) refused.push_back(fmt::format("{}: {}", name, error));
  };
  refuse(options.no_network, namespaces.network, "network", namespaces.network_error);
  refuse(options.private_processes, namespaces.processes, "processes", namespaces.processes_error);
  refuse(options.read_only, namespaces.mounts, "filesystem", namespaces.mounts_error);
  const bool read_only = options.read_only && namespaces.mounts;
  return {{"applied",
           {{"network", namespaces.network ? "isolated" : "open"},
            {"processes", namespaces.processes ? "private" : "shared"},
            {"filesystem", read_only ? "read-only" : "open"},
            {"capabilities", "none"},
            {"no_new_privileges", true},
            {"uid", ::geteuid()},
            {"limits",
             {{"memory", options.memory_bytes},
              {"address_space", options.address_bytes},
              {"cpu_seconds", options.cpu_seconds},
              {"file_bytes", options.file_bytes},
              {"processes", options.processes}}}}},
          {"refused", refused}};
}

bool readable_or_closed(int fd) {
  pollfd event{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&event, 1, 0) > 0;
}

// Everything above 2 is closed by exec but the wanted descriptors.
Result<void> close_descriptors(const Options& options) {
  if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) return system_error("close_range");
  for (const int fd : options.keep_fds) {
    if (::fcntl(fd, F_GETFD) < 0) return fail(ErrorKind::usage, "--keep {}: no such descriptor", fd);
    ::fcntl(fd, F_SETFD, 0);
  }
  return {};
}

Result<void> confine(const Options& options, const Namespaces& namespaces, int alive_fd) {
  if (::setsid() < 0) return system_error("setsid");
  if (namespaces.mounts) ADAPT_TRY_VOID(build_file_view(options, namespaces.processes));
  ::umask(077);
  // Looked up again, because the old working folder may still be the one below a new mount.
  if (!options.scratch.empty() && ::chdir(options.scratch.c_str()) != 0)
    return system_error("chdir " + options.scratch);
  ADAPT_TRY_VOID(apply_limits(options));
  ADAPT_TRY_VOID(drop_privileges());
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return system_error("prctl(PR_SET_PDEATHSIG)");
  // The supervisor may have died before the line above; getppid() is 0 for one outside our process namespace.
  if (readable_or_closed(alive_fd)) return fail(ErrorKind::sandbox, "the supervisor is gone");
  return close_descriptors(options);
}

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void run_program(const Options& options, const Namespaces& namespaces, int alive_fd,
                              const Report& report) {
  if (const auto confined = confine(options, namespaces, alive_fd); !confined) {
    const bool usage = confined.error().kind == ErrorKind::usage;
    ::_exit(report.fail_with(usage ? kExitUsage : kExitWall, "cannot confine: " + confined.error().message));
  }
  reset_signals();
  report.write(applied_report(options, namespaces));
  std::vector<char*> argv;
  for (const std::string& argument : options.argv) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  const int code = errno == ENOENT ? kExitNoProgram : kExitCannotRun;
  ::_exit(report.fail_with(code, fmt::format("cannot run {}: {}", options.argv[0], std::strerror(errno))));
}

// The supervisor keeps three descriptors and no more: an inherited end of somebody's pipe or socket here would hide
// that the program has ended. 0 is the pipe whose closing tells the program that we are gone; it is never read.
struct SupervisorFds {
  static constexpr int kProgram = 1;
  static constexpr int kLifeline = 2;
};

bool keep_only(int alive, int program, int lifeline) {
  const int sources[] = {alive, program, lifeline};
  int moved[3] = {-1, -1, -1};
  for (int i = 0; i < 3; ++i)
    if (sources[i] >= 0 && (moved[i] = ::fcntl(sources[i], F_DUPFD_CLOEXEC, 3)) < 0) return false;
  for (int i = 0; i < 3; ++i) {
    if (moved[i] < 0)
      ::close(i);
    else if (::dup2(moved[i], i) < 0)
      return false;
  }
  return ::close_range(3, ~0U, 0) == 0;
}

// Without a process namespace nothing ends what the program leaves behind; orphans come to us (PR_SET_CHILD_SUBREAPER).
void kill_orphans() {
  while (true) {
    const std::string path = fmt::format("/proc/self/task/{}/children", ::getpid());
    std::array<char, 4096> text{};
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file || ::read(file.get(), text.data(), text.size() - 1) <= 0) return;
    for (const char* at = text.data(); *at != '\0';) {
      char* end = nullptr;
      const long child = std::strtol(at, &end, 10);
      if (end == at || *end != ' ') break;  // also a number that the buffer has cut
      ::kill(static_cast<pid_t>(child), SIGKILL);
      // Only the ones just killed: their own children, which come to us in turn, still run.
      while (::waitpid(static_cast<pid_t>(child), nullptr, 0) < 0 && errno == EINTR) {
      }
      at = end;
    }
  }
}

// The exit code to give: like the shell's for a program that a signal ended.
int supervise(pid_t program, bool has_lifeline) {
  std::array<pollfd, 2> events{
      {{SupervisorFds::kProgram, POLLIN, 0}, {has_lifeline ? SupervisorFds::kLifeline : -1, POLLIN, 0}}};
  while (events[0].revents == 0) {
    if (::poll(events.data(), events.size(), -1) < 0 && errno != EINTR) break;
    if (events[1].revents == 0) continue;
    ::kill(program, SIGKILL);
    break;
  }
  int status = 0;
  while (::waitpid(program, &status, 0) < 0 && errno == EINTR) {
  }
  kill_orphans();
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int run(const Options& options) {
  const Report report(options.report_fd);
  if (options.lifeline_fd < 0) {
    const pid_t parent = ::getppid();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (::getppid() != parent) return kExitWall;
  } else if (::fcntl(options.lifeline_fd, F_SETFD, FD_CLOEXEC) != 0) {
    return report.fail_with(kExitUsage, "--lifeline: no such descriptor");
  }
  const Namespaces namespaces = enter_namespaces(options);
  if (const std::string missing = missing_wall(options, namespaces); !missing.empty())
    return report.fail_with(kExitWall, missing);

  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  std::array<int, 2> alive{};  // its write end closes with the supervisor
  if (::pipe2(alive.data(), O_CLOEXEC) != 0) return report.fail_with(kExitWall, "cannot make a pipe");
  const pid_t program = ::fork();
  if (program < 0) return report.fail_with(kExitWall, fmt::format("cannot fork: {}", std::strerror(errno)));
  if (program == 0) {
    ::close(alive[1]);
    run_program(options, namespaces, alive[0], report);
  }
  report.write({{"pid", program}});
  const int program_fd = static_cast<int>(::syscall(SYS_pidfd_open, program, 0U));
  if (program_fd < 0 || !keep_only(alive[1], program_fd, options.lifeline_fd)) {
    ::kill(program, SIGKILL);
    return kExitWall;
  }
  // Not through the end of main: the standard streams and /proc that exit handlers may use are gone.
  ::_exit(supervise(program, options.lifeline_fd >= 0));
}

}  // namespace
}  // namespace adapt::jail

int main(int argc, char** argv) {
  const auto options = adapt::jail::parse_options({argv + 1, argv + argc});
  if (!options) {
    std::fprintf(stderr, "adapt-jail: %s\n", options.error().message.c_str());
    return adapt::jail::kExitUsage;
  }
  if (options->help) {
    std::fputs(adapt::jail::help_text().c_str(), stdout);
    return 0;
  }
  return adapt::jail::run(*options);
}
