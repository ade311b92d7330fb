// One life of the host process: its start, its socket, and the thread that reads it. Private to harness/client.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <thread>

#include "harness/client/host.h"
#include "sandbox/process.h"
#include "tools/base/unique_fd.h"

namespace adapt::client {

struct Exited {
  sandbox::ExitStatus status;
  std::uint64_t peak_rss = 0;  // bytes
  int strays = 0;
};

// What the reading thread tells the thread of a call. `event` becomes readable when there is news.
class WorkerState {
 public:
  static Result<std::shared_ptr<WorkerState>> create();
  explicit WorkerState(UniqueFd event) : event_(std::move(event)) {}

  int event_fd() const { return event_.get(); }
  void set_exited(const Exited& exited);
  void set_host_died();
  std::optional<Exited> exited() const;
  bool host_died() const;

 private:
  void notify() const;

  UniqueFd event_;
  mutable std::mutex mutex_;
  std::optional<Exited> exited_;
  bool host_died_ = false;
};

struct Worker {
  int pid = -1;      // as the host counts
  pid_t local = -1;  // as we count: the host may live in a process namespace of its own
  UniqueFd pidfd;
  std::shared_ptr<WorkerState> state;  // shared with the reading thread

  // To the whole group; the leader also when it has not founded the group yet.
  void signal(int number) const;
};

class HostProcess {
 public:
  static Result<std::shared_ptr<HostProcess>> start(const HostOptions& options, const CancelToken& cancel);
  HostProcess(const HostProcess&) = delete;
  HostProcess& operator=(const HostProcess&) = delete;
  ~HostProcess();

  const Greeting& greeting() const { return greeting_; }
  const sandbox::Confinement& confinement() const { return confinement_; }
  pid_t pid() const { return pid_; }
  bool alive() const { return alive_.load(); }

  // `fds`: stdin, stdout, stderr, requests, replies.
  Result<Worker> fork(const Json& params, std::span<const int> fds);
  // The worker is over: it no longer counts as one of the others.
  void forget(const Worker& worker);
  std::set<pid_t> workers_beside(const Worker& worker) const;

  // For a host that no longer does its part.
  void kill();

 private:
  // A fork request that waits for its answer.
  struct Pending {
    std::shared_ptr<WorkerState> state;
    std::optional<Result<Worker>> answer;
  };

  HostProcess() = default;
  Result<void> launch(const HostOptions& options);
  Result<void> greet(const HostOptions& options, const CancelToken& cancel);
  void read_packets();
  void on_answer(std::int64_t id, const Json& message, std::vector<UniqueFd> fds);
  void on_exited(const Json& message);
  void on_death();

  std::optional<sandbox::Process> process_;
  UniqueFd socket_;
  UniqueFd lifeline_;  // while we hold it, the host lives
  UniqueFd report_;
  UniqueFd log_;    // the host's own stdout and stderr
  pid_t pid_ = -1;  // of the interpreter, as we count
  Greeting greeting_;
  sandbox::Confinement confinement_;
  std::atomic<bool> alive_{false};
  std::thread reader_;

  std::mutex kill_mutex_;
  mutable std::mutex mutex_;  // of all that follows
  std::condition_variable answered_;
  std::int64_t next_id_ = 1;
  std::map<std::int64_t, Pending*> pending_;
  std::map<int, std::pair<pid_t, std::shared_ptr<WorkerState>>> workers_;  // by the host's pid
};

}  // namespace adapt::client
