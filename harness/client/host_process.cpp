#include "harness/client/host_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

#include "harness/client/channel.h"
#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::client {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr std::chrono::seconds kForkLimit{
    60};  // a host with torch forks in milliseconds; a busy machine may take longer
constexpr std::chrono::milliseconds kQuietEnd{3000};
constexpr int kChannelFd = 3;
constexpr int kReportFd = 4;
constexpr int kLifelineFd = 5;

// The end of what the host has printed, for an error message.
std::string log_tail(int log) {
  struct stat info {};
  if (::fstat(log, &info) != 0 || info.st_size == 0) return "";
  std::array<char, 2000> buffer;  // NOLINT: filled by pread
  const off_t start = std::max<off_t>(0, info.st_size - static_cast<off_t>(buffer.size()));
  const ssize_t got = ::pread(log, buffer.data(), buffer.size(), start);
  if (got <= 0) return "";
  return "; it said: " + std::string(trim({buffer.data(), static_cast<std::size_t>(got)}));
}

std::string read_to_end(int fd) {
  std::string out;
  std::array<char, 4096> buffer;  // NOLINT: filled by read
  ssize_t got = 0;
  while ((got = ::read(fd, buffer.data(), buffer.size())) > 0 || (got < 0 && errno == EINTR))
    if (got > 0 && out.size() < kMaxPacket) out.append(buffer.data(), static_cast<std::size_t>(got));
  return out;
}

// Our number of the process behind a pidfd: the kernel tells it in the numbering of our /proc.
pid_t local_pid(int pidfd) {
  const std::string path = "/proc/self/fdinfo/" + std::to_string(pidfd);
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const std::string text = fd ? read_to_end(fd.get()) : "";
  for (const std::string_view line : split_lines(text)) {
    if (!line.starts_with("Pid:")) continue;
    const std::string_view number = trim(line.substr(4));
    pid_t pid = -1;
    std::from_chars(number.data(), number.data() + number.size(), pid);
    return pid;
  }
  return -1;
}

// Without a name: workers write in the same folder, and must not be able to put something else in its place.
Result<UniqueFd> open_log(const std::filesystem::path& folder) {
  std::string path = (folder / "host-log-XXXXXX").string();
  UniqueFd fd(::mkostemp(path.data(), O_CLOEXEC | O_APPEND));
  if (!fd) return fail(ErrorKind::io, "cannot create a file in {}: {}", folder.string(), std::strerror(errno));
  ::unlink(path.c_str());
  return fd;
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

}  // namespace

Result<std::shared_ptr<WorkerState>> WorkerState::create() {
  UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) return fail(ErrorKind::environment, "cannot make an eventfd: {}", std::strerror(errno));
  return std::make_shared<WorkerState>(std::move(event));
}

void WorkerState::notify() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = ::write(event_.get(), &one, sizeof one);
}

void WorkerState::set_exited(const Exited& exited) {
  const std::lock_guard lock(mutex_);
  exited_ = exited;
  notify();
}

void WorkerState::set_host_died() {
  const std::lock_guard lock(mutex_);
  host_died_ = true;
  notify();
}

std::optional<Exited> WorkerState::exited() const {
  const std::lock_guard lock(mutex_);
  return exited_;
}

bool WorkerState::host_died() const {
  const std::lock_guard lock(mutex_);
  return host_died_;
}

void Worker::signal(int number) const {
  // Our number for it may have gone to somebody else once it is reaped: then the kernel no longer tells one.
  if (const pid_t group = local_pid(pidfd.get()); group > 1) ::kill(-group, number);
  ::syscall(SYS_pidfd_send_signal, pidfd.get(), number, nullptr, 0U);
}

Result<void> HostProcess::launch(const HostOptions& options) {
  namespace fs = std::filesystem;
  const fs::path& scratch = options.environment.scratch;
  ADAPT_TRY_VOID(make_directories(scratch));
  for (const fs::path& folder : sandbox::environment_folders(options.environment))
    ADAPT_TRY_VOID(make_directories(folder));

  std::vector<std::string> visible = options.visible;
  for (const fs::path& path : {options.environment.python, options.environment.harness, options.environment.hf_home})
    if (!path.empty()) visible.push_back(path.string());
  visible.insert(visible.end(), options.command.begin(), options.command.end());
  visible.push_back(scratch.string());
  sandbox::Policy policy = sandbox::model_policy(options.confinement, options.writable, visible);
  policy.hidden.insert(policy.hidden.end(), options.hidden.begin(), options.hidden.end());
  policy.devices = options.devices;
  policy.scratch = scratch.string();

  ADAPT_TRY(log_, open_log(scratch));
  ADAPT_TRY(SocketPair channel, make_channel());
  ADAPT_TRY(Pipe report, make_pipe());
  ADAPT_TRY(Pipe lifeline, make_pipe());
  const sandbox::SpawnSpec spec{
      .argv = sandbox::jail_argv(options.jail.string(), policy,
                                 {.report = kReportFd, .lifeline = kLifelineFd, .keep = {kChannelFd}}, options.command),
      .environment = sandbox::model_environment(options.environment),
      .cwd = "/",
      .fds = {{log_.get(), 1},
              {log_.get(), 2},
              {channel.theirs.get(), kChannelFd},
              {report.write.get(), kReportFd},
              {lifeline.read.get(), kLifelineFd}}};
  ADAPT_TRY(process_, sandbox::Process::spawn(spec));
  // The other ends are closed on return: only then does the host's death read as end of file.
  socket_ = std::move(channel.ours);
  lifeline_ = std::move(lifeline.write);
  report_ = std::move(report.read);
  return {};
}

Result<void> HostProcess::greet(const HostOptions& options, const CancelToken& cancel) {
  // The report ends when the host's program has been started, or could not be.
  auto report = sandbox::read_jail_report(read_to_end(report_.get()));
  if (!report) return fail(report.error(), "starting the Python host");
  pid_ = report->pid;
  confinement_ = report->confinement;

  const auto deadline = SteadyClock::now() + std::chrono::duration<double>(options.start_seconds);
  pollfd event{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  while (::poll(&event, 1, 100) <= 0) {
    if (cancel.requested()) return fail(ErrorKind::interrupted, "stopped while the Python host was starting");
    if (SteadyClock::now() > deadline)
      return fail(ErrorKind::environment, "the Python host did not greet within {:.0f} s{}", options.start_seconds,
                  log_tail(log_.get()));
  }
  ADAPT_TRY(const Packet packet, receive_packet(socket_.get()));
  if (packet.text.empty())
    return fail(ErrorKind::environment, "the Python host ended before its greeting{}", log_tail(log_.get()));
  ADAPT_TRY(const Json message, parse_json(packet.text));
  ADAPT_TRY(greeting_, decode<Greeting>(message, "greeting"));
  if (greeting_.protocol != kProtocol)
    return fail(ErrorKind::environment, "the harness speaks protocol {}, this engine speaks {}", greeting_.protocol,
                kProtocol);
  return {};
}

Result<std::shared_ptr<HostProcess>> HostProcess::start(const HostOptions& options, const CancelToken& cancel) {
  // Shared: a call that is still running keeps the host it began with while another call starts the next one.
  std::shared_ptr<HostProcess> host(new HostProcess);
  ADAPT_TRY_VOID(host->launch(options));
  ADAPT_TRY_VOID(host->greet(options, cancel));
  host->alive_ = true;
  host->reader_ = std::thread([raw = host.get()] { raw->read_packets(); });
  return host;
}

HostProcess::~HostProcess() {
  if (socket_) ::shutdown(socket_.get(), SHUT_RDWR);  // end of file for the host and for our reader
  if (reader_.joinable()) reader_.join();
  if (process_ && !process_->wait_for(kQuietEnd)) kill();
}

void HostProcess::kill() {
  const std::lock_guard lock(kill_mutex_);
  lifeline_.reset();  // adapt-jail kills what is inside
  if (process_) process_->wait_for(std::chrono::seconds(1));
}

void HostProcess::read_packets() {
  while (true) {
    auto packet = receive_packet(socket_.get());
    if (!packet || packet->text.empty()) break;
    const auto message = parse_json(packet->text);
    if (!message || !message->is_object()) break;  // the host runs no foreign code: this is a broken host
    if (message->contains("event"))
      on_exited(*message);
    else
      on_answer(int_or(*message, "id", -1), *message, std::move(packet->fds));
  }
  on_death();
}

void HostProcess::on_answer(std::int64_t id, const Json& message, std::vector<UniqueFd> fds) {
  const std::lock_guard lock(mutex_);
  const auto it = pending_.find(id);
  if (it == pending_.end()) return;
  Pending& pending = *it->second;
  const Json& result = member_or_null(message, "result");
  if (result.is_object() && fds.size() == 1) {
    Worker worker;
    worker.pid = static_cast<int>(int_or(result, "pid", -1));
    worker.local = local_pid(fds[0].get());
    worker.pidfd = std::move(fds[0]);
    worker.state = pending.state;
    // Before the next packet is read: that may already say that this worker has ended.
    workers_[worker.pid] = {worker.local, worker.state};
    pending.answer = std::move(worker);
  } else {
    pending.answer = fail(ErrorKind::environment, "the Python host cannot fork a worker: {}",
                          string_or(member_or_null(message, "error"), "message", "no descriptor came with its answer"));
  }
  answered_.notify_all();
}

void HostProcess::on_exited(const Json& message) {
  const std::lock_guard lock(mutex_);
  const auto it = workers_.find(static_cast<int>(int_or(message, "pid", -1)));
  if (it == workers_.end()) return;
  it->second.second->set_exited(
      {.status = sandbox::ExitStatus::from_wait_status(static_cast<int>(int_or(message, "status", 0))),
       .peak_rss = static_cast<std::uint64_t>(std::max<std::int64_t>(int_or(message, "peak_rss_bytes", 0), 0)),
       .strays = static_cast<int>(int_or(message, "strays", 0))});
  workers_.erase(it);
}

void HostProcess::on_death() {
  const std::lock_guard lock(mutex_);
  alive_ = false;
  for (const auto& [pid, worker] : workers_) worker.second->set_host_died();
  for (const auto& [id, pending] : pending_)
    if (!pending->answer)
      pending->answer = fail(ErrorKind::environment, "the Python host has died{}", log_tail(log_.get()));
  answered_.notify_all();
}

Result<Worker> HostProcess::fork(const Json& params, std::span<const int> fds) {
  Pending pending;
  ADAPT_TRY(pending.state, WorkerState::create());
  std::unique_lock lock(mutex_);
  if (!alive_) return fail(ErrorKind::environment, "the Python host has died{}", log_tail(log_.get()));
  const std::int64_t id = next_id_++;
  pending_[id] = &pending;
  auto sent = send_packet(socket_.get(), dump({{"id", id}, {"method", "fork"}, {"params", params}}), fds);
  if (sent) answered_.wait_for(lock, kForkLimit, [&] { return pending.answer.has_value(); });
  pending_.erase(id);
  if (!sent) return tl::unexpected<Error>(sent.error());
  if (!pending.answer) {
    lock.unlock();
    kill();
    return fail(ErrorKind::environment, "the Python host did not fork a worker within {} s", kForkLimit.count());
  }
  return std::move(*pending.answer);
}

void HostProcess::forget(const Worker& worker) {
  const std::lock_guard lock(mutex_);
  const auto it = workers_.find(worker.pid);
  if (it != workers_.end() && it->second.second == worker.state) workers_.erase(it);
}

std::set<pid_t> HostProcess::workers_beside(const Worker& worker) const {
  const std::lock_guard lock(mutex_);
  std::set<pid_t> out;
  for (const auto& [pid, entry] : workers_)
    if (entry.second != worker.state) out.insert(entry.first);
  return out;
}

}  // namespace adapt::client
