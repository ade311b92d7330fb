#include "sandbox/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace adapt::sandbox {
namespace {

// All that the child needs, computed before the fork: afterwards only async-signal-safe calls are allowed, because
// another thread may hold the allocator's lock.
struct ChildPlan {
  std::vector<char*> argv{};
  std::vector<char*> environment{};
  const char* cwd = nullptr;
  std::vector<FdMapping> fds{};  // complete for 0, 1, 2
  std::vector<int> moved{};      // scratch space, one for each mapping
  int first_free = 0;            // above every target number
};

struct ChildError {
  int code = 0;
  char step[16] = {};
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

[[noreturn]] void give_up(int error_fd, const char* step) {
  ChildError error;
  error.code = errno;
  std::strncpy(error.step, step, sizeof error.step - 1);
  [[maybe_unused]] const ssize_t ignored = ::write(error_fd, &error, sizeof error);
  ::_exit(127);
}

void reset_signals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &action, nullptr);  // some cannot be set: fine
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void run_child(ChildPlan& plan, int error_fd) {
  reset_signals();
  if (::setsid() < 0) give_up(error_fd, "setsid");
  error_fd = ::fcntl(error_fd, F_DUPFD_CLOEXEC, plan.first_free);
  if (error_fd < 0) ::_exit(127);
  // Sources move above every target first, so that no target overwrites a source that is still needed.
  for (std::size_t i = 0; i < plan.fds.size(); ++i) {
    plan.moved[i] = ::fcntl(plan.fds[i].parent, F_DUPFD_CLOEXEC, plan.first_free);
    if (plan.moved[i] < 0) give_up(error_fd, "dup");
  }
  if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) give_up(error_fd, "close_range");
  for (std::size_t i = 0; i < plan.fds.size(); ++i)
    if (::dup2(plan.moved[i], plan.fds[i].child) < 0) give_up(error_fd, "dup2");
  if (plan.cwd != nullptr && ::chdir(plan.cwd) != 0) give_up(error_fd, "chdir");
  ::execve(plan.argv[0], plan.argv.data(), plan.environment.data());
  give_up(error_fd, "exec");
}

// No signal handler of ours may run in the child before it has reset them.
class BlockSignals {
 public:
  BlockSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  BlockSignals(const BlockSignals&) = delete;
  BlockSignals& operator=(const BlockSignals&) = delete;
  ~BlockSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

bool maps(const std::vector<FdMapping>& fds, int child) {
  return std::any_of(fds.begin(), fds.end(), [&](const FdMapping& m) { return m.child == child; });
}

}  // namespace

std::string ExitStatus::describe() const {
  if (!signaled) return fmt::format("exit code {}", code);
  return fmt::format("signal {} ({})", code, ::strsignal(code));
}

ExitStatus ExitStatus::from_wait_status(int status) {
  if (WIFSIGNALED(status)) return {.signaled = true, .code = WTERMSIG(status)};
  return {.signaled = false, .code = WEXITSTATUS(status)};
}

Result<Process> Process::spawn(const SpawnSpec& spec) {
  if (spec.argv.empty()) return fail(ErrorKind::bug, "a process needs an argv");
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  std::array<int, 2> ends{};
  if (!null || ::pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(ErrorKind::environment, "cannot prepare to start {}: {}", spec.argv[0], std::strerror(errno));
  const UniqueFd error_read(ends[0]);
  UniqueFd error_write(ends[1]);

  ChildPlan plan{.argv = pointers(spec.argv), .environment = pointers(spec.environment), .fds = spec.fds};
  plan.cwd = spec.cwd.empty() ? nullptr : spec.cwd.c_str();
  for (int standard = 0; standard <= 2; ++standard)
    if (!maps(plan.fds, standard)) plan.fds.push_back({.parent = null.get(), .child = standard});
  plan.moved.resize(plan.fds.size());
  for (const FdMapping& mapping : plan.fds) plan.first_free = std::max(plan.first_free, mapping.child + 1);

  pid_t pid = -1;
  {
    const BlockSignals blocked;
    pid = ::fork();
    if (pid == 0) run_child(plan, error_write.get());
  }
  if (pid < 0) return fail(ErrorKind::environment, "cannot fork for {}: {}", spec.argv[0], std::strerror(errno));
  error_write.reset();
  // Nobody else reaps our child, so its number cannot have been reused yet.
  Process process(pid, UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U))));

  ChildError error;
  ssize_t got = 0;
  do {
    got = ::read(error_read.get(), &error, sizeof error);
  } while (got < 0 && errno == EINTR);
  if (got == sizeof error)
    return fail(ErrorKind::environment, "cannot start {}: {}: {}", spec.argv[0], error.step, std::strerror(error.code));
  if (!process.pidfd_) return fail(ErrorKind::environment, "this kernel has no pidfd_open (Linux 5.3 is needed)");
  return process;
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), pidfd_(std::move(other.pidfd_)), status_(other.status_) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    std::swap(pid_, other.pid_);
    std::swap(pidfd_, other.pidfd_);
    std::swap(status_, other.status_);
  }
  return *this;
}

Process::~Process() {
  if (pid_ > 0 && !status_) stop(std::chrono::milliseconds(0));
}

std::optional<ExitStatus> Process::wait_for(std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!status_) {
    int status = 0;
    const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended == pid_) status_ = ExitStatus::from_wait_status(status);
    if (ended < 0 && errno != EINTR) status_ = ExitStatus{.signaled = false, .code = 255};
    if (status_) break;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) return std::nullopt;
    pollfd event{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
    // Without a pidfd poll() only sleeps: short steps keep the wait prompt.
    ::poll(&event, 1, static_cast<int>(std::min<std::int64_t>(left, pidfd_ ? 60000 : 10)));
  }
  return status_;
}

void Process::signal_group(int signal) const {
  if (pid_ > 0) ::kill(-pid_, signal);
}

ExitStatus Process::stop(std::chrono::milliseconds grace) {
  if (!status_ && grace.count() > 0) {
    signal_group(SIGTERM);
    signal_group(SIGCONT);  // a stopped process acts on SIGTERM only when it goes on
    wait_for(grace);
  }
  if (!status_) {
    // The child may not have reached setsid yet: the single kill covers that.
    ::kill(pid_, SIGKILL);
    signal_group(SIGKILL);
    while (!wait_for(std::chrono::hours(1))) {
    }
  } else {
    signal_group(SIGKILL);  // the group outlives its leader
  }
  return *status_;
}

}  // namespace adapt::sandbox
