#include "sandbox/run_process.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <utility>

namespace adapt::sandbox {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kCancelPoll{100};

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(ErrorKind::environment, "cannot make a pipe: {}", std::strerror(errno));
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

void set_nonblocking(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

// One captured stream of the child.
struct Stream {
  UniqueFd fd;
  CappedText kept;

  void read_some() {
    std::array<char, 65536> buffer;  // NOLINT: filled by read
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got > 0) kept.append({buffer.data(), static_cast<std::size_t>(got)});
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) fd.reset();
  }
};

// Feeds stdin and reads both streams until `until`; true when everything was read to its end.
class Pump {
 public:
  Pump(Stream out, Stream err, UniqueFd in, std::string_view text)
      : out_(std::move(out)), err_(std::move(err)), in_(std::move(in)), text_(text) {
    if (text_.empty()) in_.reset();
    if (in_) set_nonblocking(in_.get());
    for (Stream* stream : {&out_, &err_}) set_nonblocking(stream->fd.get());
  }

  // One wait of at most `limit`; also wakes when `pidfd` becomes readable.
  void turn(std::chrono::milliseconds limit, int pidfd) {
    std::array<pollfd, 4> events{{{out_.fd.get(), POLLIN, 0},
                                  {err_.fd.get(), POLLIN, 0},
                                  {in_.get(), POLLOUT, 0},
                                  {pidfd, POLLIN, 0}}};  // negative numbers are skipped by poll
    if (::poll(events.data(), events.size(), static_cast<int>(limit.count())) <= 0) return;
    if (events[0].revents != 0) out_.read_some();
    if (events[1].revents != 0) err_.read_some();
    if (events[2].revents != 0) feed();
  }

  bool at_end() const { return !out_.fd && !err_.fd; }
  std::uint64_t total() const { return out_.kept.total() + err_.kept.total(); }
  const CappedText& out() const { return out_.kept; }
  const CappedText& err() const { return err_.kept; }

 private:
  void feed() {
    const ssize_t put = write_no_sigpipe(in_.get(), text_);
    if (put > 0) text_.remove_prefix(static_cast<std::size_t>(put));
    if (text_.empty() || (put < 0 && errno != EAGAIN && errno != EINTR)) in_.reset();
  }

  Stream out_;
  Stream err_;
  UniqueFd in_;
  std::string_view text_;
};

EndReason pump_until_end(Pump& pump, Process& process, const RunSpec& spec, const CancelToken& cancel) {
  const auto deadline = SteadyClock::now() + spec.deadline;
  while (!process.wait_for(std::chrono::milliseconds(0))) {
    if (cancel.requested()) return EndReason::cancelled;
    if (pump.total() > spec.output_limit) return EndReason::output_limit;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyClock::now());
    if (left.count() <= 0) return EndReason::deadline;
    pump.turn(std::min(left, kCancelPoll), process.pidfd());
  }
  return EndReason::exited;
}

}  // namespace

std::string_view to_string(EndReason reason) {
  switch (reason) {
    case EndReason::exited: return "exited";
    case EndReason::deadline: return "deadline";
    case EndReason::output_limit: return "output-limit";
    case EndReason::cancelled: return "cancelled";
  }
  return "?";
}

ssize_t write_no_sigpipe(int fd, std::string_view bytes) {
  sigset_t pipe_signal;
  sigset_t before;
  ::sigemptyset(&pipe_signal);
  ::sigaddset(&pipe_signal, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  const ssize_t put = ::write(fd, bytes.data(), bytes.size());
  const int code = errno;
  if (put < 0 && code == EPIPE) {
    const timespec now{};
    ::sigtimedwait(&pipe_signal, nullptr, &now);  // takes the signal that the write left pending
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = code;
  return put;
}

Result<RunOutput> run_process(const RunSpec& spec, const CancelToken& cancel) {
  const auto start = SteadyClock::now();
  ADAPT_TRY(Pipe out, make_pipe());
  ADAPT_TRY(Pipe err, make_pipe());
  ADAPT_TRY(Pipe in, make_pipe());
  SpawnSpec spawn = spec.spawn;
  const auto capture = [&](int fd, int child) {
    if (std::none_of(spawn.fds.begin(), spawn.fds.end(), [&](const FdMapping& m) { return m.child == child; }))
      spawn.fds.push_back({.parent = fd, .child = child});
  };
  capture(in.read.get(), 0);
  capture(out.write.get(), 1);
  capture(err.write.get(), 2);
  ADAPT_TRY(Process process, Process::spawn(spawn));
  // Close our copies now: while we hold a write end, the stream never ends.
  in.read.reset();
  out.write.reset();
  err.write.reset();

  Pump pump({std::move(out.read), CappedText()}, {std::move(err.read), CappedText()}, std::move(in.write),
            spec.stdin_text);
  RunOutput result;
  result.reason = pump_until_end(pump, process, spec, cancel);
  if (result.reason != EndReason::exited) {
    // Reading goes on during the grace: a child that handles SIGTERM may still want to say something.
    process.signal_group(SIGTERM);
    process.signal_group(SIGCONT);
    const auto grace_end = SteadyClock::now() + kStopGrace;
    while (!process.wait_for(std::chrono::milliseconds(0)) && SteadyClock::now() < grace_end)
      pump.turn(std::chrono::milliseconds(50), process.pidfd());
  }
  result.status = process.stop(std::chrono::milliseconds(0));
  const auto drain_end = SteadyClock::now() + kDrainLimit;
  while (!pump.at_end() && SteadyClock::now() < drain_end && pump.total() <= spec.output_limit)
    pump.turn(std::chrono::milliseconds(50), -1);
  result.stdout_text = pump.out().text();
  result.stderr_text = pump.err().text();
  result.dropped_bytes = pump.out().dropped() + pump.err().dropped();
  result.wall_seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();
  return result;
}

}  // namespace adapt::sandbox
