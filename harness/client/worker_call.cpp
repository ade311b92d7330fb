#include "harness/client/worker_call.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include "harness/client/process_tree.h"
#include "harness/client/reply_reader.h"
#include "sandbox/capped_text.h"
#include "sandbox/run_process.h"
#include "sandbox/workspace.h"

namespace adapt::client {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Time = SteadyClock::time_point;
using std::chrono::milliseconds;

constexpr milliseconds kTick{100};              // memory is looked at, and cancellation, this often
constexpr milliseconds kSilentEnd{2000};        // for a worker that closed its reply pipe to end
constexpr std::chrono::seconds kReapLimit{15};  // for the host to say that a killed worker is gone
constexpr std::int64_t kRequestId = 1;

Time after(double seconds) {
  return SteadyClock::now() + std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(seconds));
}

void set_nonblocking(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

// A worker can point a pipe of ours at anything, but never make us block or hold more than one buffer.
std::string_view read_some(UniqueFd& fd, std::array<char, 65536>& buffer) {
  const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
  if (got > 0) return {buffer.data(), static_cast<std::size_t>(got)};
  if (got == 0 || (errno != EINTR && errno != EAGAIN)) fd.reset();
  return {};
}

struct Pipe {
  UniqueFd read, write;
};
Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(ErrorKind::environment, "cannot make a pipe: {}", std::strerror(errno));
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

class WorkerCall {
 public:
  WorkerCall(HostProcess& host, const CallSpec& spec, const CancelToken& cancel, const Progress& progress)
      : host_(host), spec_(spec), cancel_(cancel), progress_(progress), replies_(kRequestId) {}
  WorkerCall(const WorkerCall&) = delete;
  WorkerCall& operator=(const WorkerCall&) = delete;
  ~WorkerCall() {
    if (!worker_.pidfd) return;
    worker_.signal(SIGKILL);  // does nothing to one that has ended
    host_.forget(worker_);
  }

  Result<CallOutcome> run() {
    ADAPT_TRY_VOID(start());
    while (!over()) {
      turn();
      look_at_limits();
      if (dead_end_) return fail(ErrorKind::environment, "{}", *dead_end_);
    }
    return conclude();
  }

 private:
  Result<void> start();
  void turn();
  void read_replies();
  void write_request();
  void enter(Stage stage);
  void look_at_limits();
  void look_at_tree();
  void stop(StopCause cause, std::string detail);
  void begin_killing();
  bool over() const;
  Result<CallOutcome> conclude();
  EndFacts facts() const;

  HostProcess& host_;
  const CallSpec& spec_;
  const CancelToken& cancel_;
  const Progress& progress_;
  ReplyReader replies_;

  Worker worker_;
  UniqueFd requests_, replies_fd_, out_, err_;
  std::string unsent_;
  sandbox::CappedText stdout_, stderr_;
  std::array<char, 65536> buffer_{};

  Time started_ = SteadyClock::now();
  Time deadline_, total_deadline_, next_look_ = started_;
  std::string last_stage_;
  std::string clock_name_ = "start";
  std::uint64_t peak_seen_ = 0;
  std::uint64_t oom_kills_before_ = 0;

  // The end: a cause if it was ours, then SIGTERM, SIGKILL, the host's word that all is gone, the rest of the pipes.
  std::optional<StopCause> cause_;
  std::string cause_detail_;
  bool cancelled_ = false;
  std::optional<Time> kill_at_, give_up_at_, silent_until_, drain_until_;
  std::optional<Exited> exited_;
  std::optional<std::string> dead_end_;
};

Result<void> WorkerCall::start() {
  ADAPT_TRY(Pipe requests, make_pipe());
  ADAPT_TRY(Pipe replies, make_pipe());
  ADAPT_TRY(Pipe out, make_pipe());
  ADAPT_TRY(Pipe err, make_pipe());
  const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));

  const StageLimits& limits = spec_.limits;
  std::vector<std::string> overlaid;
  if (const std::string overlay = string_or(spec_.params, "overlay", ""); !overlay.empty()) {
    ADAPT_TRY(overlaid, sandbox::overlay_modules(overlay));
  }
  const Json fork_params = {{"cwd", spec_.cwd},
                            {"memory_bytes", limits.memory_bytes},
                            {"cpu_seconds", limits.cpu_seconds},
                            {"file_bytes", limits.file_bytes},
                            {"preloaded_conflicts", overlaid}};
  Json params = spec_.params;
  params["threads"] = limits.threads;
  // All of them, so that the worker's own alarm is as early for a stage that only the default bounds.
  for (const Stage stage : kStages) params["stage_seconds"][std::string(to_string(stage))] = limits.of(stage);
  unsent_ = dump({{"id", kRequestId}, {"method", spec_.method}, {"params", std::move(params)}}) + "\n";
  if (unsent_.size() > kMaxLine) return fail(ErrorKind::bug, "a {} request of {} bytes", spec_.method, unsent_.size());

  oom_kills_before_ = kernel_oom_kills();
  const int fds[] = {null.get(), out.write.get(), err.write.get(), requests.read.get(), replies.write.get()};
  ADAPT_TRY(worker_, host_.fork(fork_params, fds));
  requests_ = std::move(requests.write);
  replies_fd_ = std::move(replies.read);
  out_ = std::move(out.read);
  err_ = std::move(err.read);
  for (const UniqueFd* fd : {&requests_, &replies_fd_, &out_, &err_}) set_nonblocking(fd->get());
  deadline_ = after(limits.start_seconds);
  total_deadline_ = after(limits.total());
  return {};
}

// One wait for whatever comes first.
void WorkerCall::turn() {
  const bool may_send = replies_.greeted() && !unsent_.empty();
  std::array<pollfd, 5> events{{{replies_fd_.get(), POLLIN, 0},
                                {out_.get(), POLLIN, 0},
                                {err_.get(), POLLIN, 0},
                                {may_send ? requests_.get() : -1, POLLOUT, 0},
                                {exited_ ? -1 : worker_.state->event_fd(), POLLIN, 0}}};
  if (::poll(events.data(), events.size(), static_cast<int>(kTick.count())) < 0) return;
  if (events[0].revents != 0) read_replies();
  if (events[1].revents != 0) stdout_.append(read_some(out_, buffer_));
  if (events[2].revents != 0) stderr_.append(read_some(err_, buffer_));
  if (events[3].revents != 0) write_request();
  if (!exited_) exited_ = worker_.state->exited();
  if (exited_ && !drain_until_) drain_until_ = SteadyClock::now() + sandbox::kDrainLimit;
  if (!exited_ && worker_.state->host_died()) dead_end_ = "the Python host died during a call";
}

void WorkerCall::read_replies() {
  const bool had_reply = replies_.replied();
  for (const Stage stage : replies_.feed(read_some(replies_fd_, buffer_))) enter(stage);
  if (replies_.violation()) return stop(StopCause::violation, *replies_.violation());
  if (replies_.greeted() && replies_.protocol() != kProtocol)
    dead_end_ = fmt::format("the worker speaks protocol {}, this engine speaks {}", replies_.protocol(), kProtocol);
  if (replies_.replied() && !had_reply) deadline_ = after(spec_.limits.exit_seconds);
  if (!replies_fd_ && !replies_.replied() && !silent_until_) silent_until_ = SteadyClock::now() + kSilentEnd;
}

void WorkerCall::write_request() {
  const ssize_t put = sandbox::write_no_sigpipe(requests_.get(), unsent_);
  if (put > 0) unsent_.erase(0, static_cast<std::size_t>(put));
  const bool broken = put < 0 && errno != EAGAIN && errno != EINTR;
  if (broken) unsent_.clear();  // how the worker ended says why
  if (unsent_.empty()) requests_.reset();
}

void WorkerCall::enter(Stage stage) {
  last_stage_ = to_string(stage);
  clock_name_ = "stage " + last_stage_;
  deadline_ = after(spec_.limits.of(stage));
  if (progress_) progress_(last_stage_);
}

void WorkerCall::look_at_limits() {
  const Time now = SteadyClock::now();
  if (kill_at_ && now > *kill_at_) begin_killing();
  if (give_up_at_ && now > *give_up_at_ && !exited_) {
    // More children than the host can bury in time: the end of its jail takes all of them. The next call starts
    // another.
    host_.kill();
    exited_ = Exited{.status = {.signaled = true, .code = SIGKILL}, .peak_rss = peak_seen_, .strays = 0};
    drain_until_ = now + sandbox::kDrainLimit;
  }
  if (exited_ || cause_ || cancelled_) return;

  if (cancel_.requested()) {
    cancelled_ = true;
    return begin_killing();
  }
  if (stdout_.total() + stderr_.total() > sandbox::kOutputLimit)
    return stop(StopCause::output, fmt::format("it printed over {} bytes", sandbox::kOutputLimit));
  if (replies_.replied() && now > deadline_ && !kill_at_) {
    worker_.signal(SIGTERM);  // the reply stands: only its process does not end
    kill_at_ = now + sandbox::kStopGrace;
    return;
  }
  if (!replies_.replied() && now > std::min(deadline_, total_deadline_)) {
    const double limit = std::chrono::duration<double>(now - started_).count();
    return stop(StopCause::hang,
                now > total_deadline_
                    ? fmt::format("the whole call ran over {:.0f} s", spec_.limits.total())
                    : fmt::format("{} ran over its limit ({:.1f} s into the call)", clock_name_, limit));
  }
  if (silent_until_ && now > *silent_until_)
    return stop(StopCause::violation, "it closed its reply pipe without a reply");
  if (now >= next_look_) look_at_tree();
}

void WorkerCall::look_at_tree() {
  next_look_ = SteadyClock::now() + kTick;
  const TreeQuery query{.worker = worker_.local, .host = host_.pid(), .other_workers = host_.workers_beside(worker_)};
  TreeUsage usage = measure_tree(query);
  const std::uint64_t limit = spec_.limits.memory_bytes;
  // The sum counts what a fork shares twice; only when it matters is the slow, exact figure worth its time.
  if (limit != 0 && usage.memory_bytes > limit)
    usage.memory_bytes = proportional_memory(query).value_or(usage.memory_bytes);
  peak_seen_ = std::max(peak_seen_, usage.memory_bytes);
  if (limit != 0 && usage.memory_bytes > limit)
    return stop(StopCause::memory,
                fmt::format("it used {} bytes of memory; the limit is {}", usage.memory_bytes, limit));
  if (usage.processes > spec_.limits.processes)
    return stop(StopCause::processes,
                fmt::format("it ran {} processes; the limit is {}", usage.processes, spec_.limits.processes));
}

void WorkerCall::stop(StopCause cause, std::string detail) {
  if (cause_ || cancelled_) return;
  cause_ = cause;
  cause_detail_ = std::move(detail);
  // A hang gets a moment to say more; what grows or lies does not.
  if (cause != StopCause::hang) return begin_killing();
  worker_.signal(SIGTERM);
  worker_.signal(SIGCONT);
  kill_at_ = SteadyClock::now() + sandbox::kStopGrace;
}

void WorkerCall::begin_killing() {
  worker_.signal(SIGKILL);
  kill_at_.reset();
  if (!give_up_at_) give_up_at_ = SteadyClock::now() + kReapLimit;
}

bool WorkerCall::over() const {
  if (!exited_) return false;
  const bool drained = !replies_fd_ && !out_ && !err_;
  return drained || SteadyClock::now() > *drain_until_;
}

EndFacts WorkerCall::facts() const {
  return {.last_stage = last_stage_,
          .cause = cause_,
          .detail = cause_detail_,
          .status = exited_->status,
          .peak_rss = std::max(exited_->peak_rss, peak_seen_),
          .memory_limit = spec_.limits.memory_bytes,
          .kernel_killed = kernel_oom_kills() > oom_kills_before_,
          .stderr_text = stderr_.text()};
}

Result<CallOutcome> WorkerCall::conclude() {
  if (cancelled_) return fail(ErrorKind::interrupted, "stopped during {}", spec_.method);
  replies_.finish();
  if (replies_.violation() && !cause_) {
    cause_ = StopCause::violation;
    cause_detail_ = *replies_.violation();
  }
  CallOutcome outcome{.last_stage = last_stage_,
                      .notes = replies_.notes(),
                      .stdout_text = stdout_.text(),
                      .stderr_text = stderr_.text(),
                      .wall_seconds = std::chrono::duration<double>(SteadyClock::now() - started_).count(),
                      .peak_rss = std::max(exited_->peak_rss, peak_seen_),
                      .strays = exited_->strays};
  if (const auto& error = replies_.error(); error && !cause_) {
    if (error->kind == "connection") return fail(ErrorKind::environment, "{}", error->message);
    // Before the first stage nothing foreign has run, so this is about our request; later it may be the model's doing.
    if (last_stage_.empty() && error->kind != "internal")
      return fail(ErrorKind::bug, "the harness refused a {} request: {}: {}", spec_.method, error->kind,
                  error->message);
    EndFacts end = facts();
    end.stderr_text += error->traceback;
    outcome.process_failure = process_failure(end);
    outcome.process_failure->failure_class = FailureClass::other;
    outcome.process_failure->exception = "harness-" + error->kind;
    outcome.process_failure->message = error->message.substr(0, 4096);
    outcome.process_failure->fingerprint =
        fmt::format("{}|other||harness-{}", to_string(outcome.process_failure->stage), error->kind);
  } else if (replies_.result() && !cause_) {
    outcome.result = replies_.result();
    if (!exited_->status.ok()) outcome.exit_note = exited_->status.describe() + " after the reply";
  } else {
    outcome.process_failure = process_failure(facts());
  }
  return outcome;
}

}  // namespace

Result<CallOutcome> run_worker_call(HostProcess& host, const CallSpec& spec, const CancelToken& cancel,
                                    const Progress& progress) {
  WorkerCall call(host, spec, cancel, progress);
  return call.run();
}

}  // namespace adapt::client
