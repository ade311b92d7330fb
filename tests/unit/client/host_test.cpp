#include "harness/client/host.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "tests/unit/process_list.h"
#include "tools/base/file.h"

// The engine's side against a stand-in host whose workers misbehave in every way we could think of. Each case checks
// the outcome, that it came in time, and that no process is left.
namespace adapt::client {
namespace {

using std::chrono::steady_clock;
using tests::open_descriptors;
using tests::processes_with;
using tests::wait_until_at_least;
using tests::wait_until_gone;

const std::string kStandIn = std::string(ADAPT_SOURCE_DIR) + "/tests/fakes/stand_in_host.py";

HostOptions options_for(const TempDir& folder, sandbox::Need confinement = sandbox::Need::best_effort) {
  HostOptions options;
  options.jail = ADAPT_JAIL;
  options.command = {ADAPT_PYTHON, "-B", kStandIn, "--marker=" + folder.path().string()};
  options.environment.scratch = folder.path() / "scratch";
  options.environment.python = ADAPT_PYTHON;
  options.confinement = confinement;
  options.visible = {folder.path().string(), ADAPT_SOURCE_DIR};
  options.start_seconds = 30;
  return options;
}

StageLimits short_limits() {
  StageLimits limits;
  limits.default_seconds = 1.0;
  limits.start_seconds = 5;
  limits.exit_seconds = 1;
  return limits;
}

class HostTest : public ::testing::TestWithParam<sandbox::Need> {
 protected:
  void SetUp() override {
    folder_.emplace(std::move(*TempDir::create("adapt-host-test-")));
    auto started = Host::start(options_for(*folder_, GetParam()), cancel_);
    ASSERT_TRUE(started) << started.error().message;
    host_.emplace(std::move(*started));
  }
  void TearDown() override {
    host_.reset();
    EXPECT_TRUE(wait_until_gone(folder_->path().string())) << "processes are left";
  }

  CallOutcome call(const std::string& what, StageLimits limits = short_limits(), Json extra = Json::object()) {
    extra["do"] = what;
    auto outcome = host_->call("probe", extra, limits, cancel_);
    EXPECT_TRUE(outcome) << what << ": " << outcome.error().message;
    return outcome ? *outcome : CallOutcome{};
  }
  // Only the host and its supervisor are left.
  int processes() const { return static_cast<int>(processes_with(folder_->path().string()).size()); }

  std::optional<TempDir> folder_;
  std::optional<Host> host_;
  CancelToken cancel_;
};

// With all walls, and with none but limits: an engine in a bare container has to survive the same workers.
INSTANTIATE_TEST_SUITE_P(Walls, HostTest, ::testing::Values(sandbox::Need::best_effort, sandbox::Need::off),
                         [](const auto& walls) { return walls.param == sandbox::Need::off ? "off" : "on"; });

TEST_P(HostTest, GivesTheReplyAndTheStages) {
  std::vector<std::string> stages;
  const Json params = {{"do", "stages"}};
  const auto outcome =
      host_->call("probe", params, short_limits(), cancel_, [&](std::string_view s) { stages.emplace_back(s); });
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->result, Json({{"backends", Json::array()}}));
  EXPECT_FALSE(outcome->process_failure);
  EXPECT_EQ(stages, (std::vector<std::string>{"load", "eager", "capture"}));
  EXPECT_EQ(outcome->last_stage, "capture");
  EXPECT_EQ(outcome->notes, std::vector<std::string>{"half way"});
  EXPECT_GT(outcome->peak_rss, 1U << 20U);
  EXPECT_EQ(outcome->exit_note, "");
  EXPECT_EQ(host_->greeting().harness, "stand-in");
}

struct Case {
  const char* what;
  FailureClass failure_class;
  const char* stage;
  const char* message;  // a part of it
};

TEST_P(HostTest, TellsEveryBadEndApart) {
  const Case cases[] = {
      {"segfault", FailureClass::crash, "compile", "signal 11"},
      {"kill-self", FailureClass::crash, "resolve", "signal 9"},
      {"exit", FailureClass::exit, "load", "exit code 0 without a reply"},
      {"hang", FailureClass::hang, "run", "stage run ran over its limit"},
      {"ignore-sigterm", FailureClass::hang, "run", "stage run"},
      {"stop-self", FailureClass::hang, "run", "stage run"},
      {"forged-line", FailureClass::protocol_violation, "resolve", "no request of ours"},
      {"two-replies", FailureClass::protocol_violation, "resolve", "a line after the reply"},
      {"not-json", FailureClass::protocol_violation, "resolve", "not a JSON object: \"PASS\""},
      {"no-newline", FailureClass::protocol_violation, "resolve", "a line over 1048576 bytes"},
      {"bad-utf8", FailureClass::protocol_violation, "resolve", "not a JSON object"},
      {"deep", FailureClass::protocol_violation, "resolve", "not a JSON object"},
      {"half-line", FailureClass::protocol_violation, "resolve", "inside a line"},
      {"unknown-stage", FailureClass::protocol_violation, "resolve", "victory"},
      {"close-replies", FailureClass::protocol_violation, "resolve", "closed its reply pipe"},
      {"close-all", FailureClass::protocol_violation, "resolve", "closed its reply pipe"},
      {"escape-and-exit", FailureClass::exit, "resolve", "exit code 0"},
      {"bad-alloc", FailureClass::out_of_memory, "resolve", "signal 6"},
      {"error", FailureClass::other, "load", "broken"},
  };
  for (const Case& c : cases) {
    const auto start = steady_clock::now();
    const CallOutcome outcome = call(c.what);
    const double seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
    EXPECT_FALSE(outcome.result) << c.what;
    ASSERT_TRUE(outcome.process_failure) << c.what;
    EXPECT_EQ(to_string(outcome.process_failure->failure_class), to_string(c.failure_class)) << c.what;
    EXPECT_EQ(to_string(outcome.process_failure->stage), c.stage) << c.what;
    EXPECT_NE(outcome.process_failure->message.find(c.message), std::string::npos)
        << c.what << ": " << outcome.process_failure->message;
    EXPECT_LT(seconds, 6.0) << c.what;  // a stage of 1 s, a grace of 2 s, and a busy machine
    EXPECT_LE(processes(), 2) << c.what << " left processes";
  }
  EXPECT_EQ(host_->restarts(), 0);
}

TEST_P(HostTest, HangKeepsWhatTheWorkerSaid) {
  const CallOutcome outcome = call("hang");
  EXPECT_EQ(outcome.stderr_text, "still here\n");
  ASSERT_TRUE(outcome.process_failure);
  EXPECT_EQ(outcome.process_failure->log, "still here\n");
}

TEST_P(HostTest, ClockBeforeTheFirstStageIsTheStartLimit) {
  StageLimits limits = short_limits();
  limits.start_seconds = 0.5;
  const CallOutcome outcome = call("hang-before-stage", limits);
  ASSERT_TRUE(outcome.process_failure);
  EXPECT_EQ(outcome.process_failure->failure_class, FailureClass::hang);
  EXPECT_NE(outcome.process_failure->message.find("start"), std::string::npos);
}

TEST_P(HostTest, RestartingTheClockForEverDoesNotHelp) {
  StageLimits limits = short_limits();
  limits.total_seconds = 1.5;
  const CallOutcome outcome = call("stage-for-ever", limits);
  ASSERT_TRUE(outcome.process_failure);
  EXPECT_EQ(outcome.process_failure->failure_class, FailureClass::hang);
  EXPECT_LT(outcome.wall_seconds, 5.0);
}

TEST_P(HostTest, MemoryOfTheWorkerAndOfAllItStartsIsBounded) {
  StageLimits limits = short_limits();
  limits.start_seconds = 20;
  limits.memory_bytes = std::uint64_t{200} << 20U;
  for (const char* what : {"hog", "child-hogs", "escaped-hog"}) {
    // Each of the four children stays below the limit; together they are above it.
    const CallOutcome outcome = call(what, limits, {{"size", 100 << 20}});
    ASSERT_TRUE(outcome.process_failure) << what;
    EXPECT_EQ(to_string(outcome.process_failure->failure_class), "out-of-memory") << what;
    EXPECT_GT(outcome.peak_rss, limits.memory_bytes) << what;
    EXPECT_LT(outcome.peak_rss, 4 * limits.memory_bytes) << what;
    EXPECT_LE(processes(), 2) << what << " left processes";
  }
}

TEST_P(HostTest, ForkStormIsStopped) {
  StageLimits limits = short_limits();
  limits.processes = 50;
  limits.start_seconds = 20;
  const CallOutcome outcome = call("fork-storm", limits);
  ASSERT_TRUE(outcome.process_failure);
  EXPECT_EQ(outcome.process_failure->exception, "process-limit");
  EXPECT_LE(processes(), 2);
}

TEST_P(HostTest, FloodOfOutputIsStoppedAndCut) {
  StageLimits limits = short_limits();
  limits.start_seconds = 60;
  const CallOutcome outcome = call("flood", limits);
  ASSERT_TRUE(outcome.process_failure);
  EXPECT_EQ(outcome.process_failure->exception, "output-limit");
  EXPECT_LT(outcome.stdout_text.size(), std::size_t{300} << 10U);
  EXPECT_NE(outcome.stdout_text.find("bytes dropped"), std::string::npos);
}

TEST_P(HostTest, ReplyStandsWhateverHappensAfterIt) {
  const CallOutcome crashed = call("reply-then-crash");
  EXPECT_TRUE(crashed.result);
  EXPECT_NE(crashed.exit_note.find("signal 11"), std::string::npos);
  const CallOutcome hung = call("reply-then-hang");
  EXPECT_TRUE(hung.result);
  EXPECT_NE(hung.exit_note.find("signal 9"), std::string::npos);
  const CallOutcome escaped = call("escape");
  EXPECT_TRUE(escaped.result);
  EXPECT_GE(escaped.strays, 1);
  EXPECT_LE(processes(), 2);
}

TEST_P(HostTest, RefusalBeforeAnyStageIsOurBug) {
  const auto outcome = host_->call("probe", {{"do", "refuse"}}, short_limits(), cancel_);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::bug);
}

TEST_P(HostTest, ReplyOfTheWrongShapeIsAViolation) {
  const auto outcome = Host::typed<ProbeRequest>(call("bad-shape"));
  EXPECT_FALSE(outcome.reply);
  ASSERT_TRUE(outcome.outcome.process_failure);
  EXPECT_EQ(outcome.outcome.process_failure->failure_class, FailureClass::protocol_violation);
  EXPECT_EQ(outcome.outcome.process_failure->message, "reply.backends[0].name is not a string");
}

TEST_P(HostTest, TwoCallsRunAtTheSameTime) {
  const auto start = steady_clock::now();
  CallOutcome hung;
  std::thread other([&] { hung = call("ignore-sigterm"); });
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(call("reply").result);
  other.join();
  ASSERT_TRUE(hung.process_failure);
  EXPECT_EQ(hung.process_failure->failure_class, FailureClass::hang);
  EXPECT_LT(std::chrono::duration<double>(steady_clock::now() - start).count(), 6.0);
}

TEST_P(HostTest, CancellingEndsTheCallAtOnce) {
  CancelToken cancel;
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    cancel.request();
  });
  const auto start = steady_clock::now();
  StageLimits limits = short_limits();
  limits.default_seconds = 60;
  const auto outcome = host_->call("probe", {{"do", "ignore-sigterm"}}, limits, cancel);
  stopper.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::interrupted);
  EXPECT_LT(std::chrono::duration<double>(steady_clock::now() - start).count(), 3.0);
  EXPECT_LE(processes(), 2);
}

TEST_P(HostTest, DeathOfTheHostIsAnEnvironmentErrorAndTheNextCallWorks) {
  const auto outcome = host_->call("probe", {{"do", "crash-host"}}, short_limits(), cancel_);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::environment);
  EXPECT_TRUE(call("reply").result);
  EXPECT_EQ(host_->restarts(), 1);
}

TEST_P(HostTest, AHundredCallsLeaveNothingOpen) {
  call("reply");
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(call("reply").result) << i;
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_LE(processes(), 2);
}

class WalledHostTest : public ::testing::Test {
 protected:
  void SetUp() override { folder_.emplace(std::move(*TempDir::create("adapt-host-test-"))); }
  void TearDown() override { EXPECT_TRUE(wait_until_gone(folder_->path().string())); }
  std::optional<TempDir> folder_;
  CancelToken cancel_;
};

// A listener of ours on loopback, which the worker must not reach.
struct Listener {
  Listener() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket.get(), 4), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port = ntohs(address.sin_port);
  }
  UniqueFd socket;
  int port = 0;
};

Json found_by(Host& host, const TempDir& folder, const CancelToken& cancel) {
  const Json params = {{"do", "walls"},
                       {"paths",
                        {{"scratch", (folder.path() / "scratch/x").string()},
                         {"out", (folder.path() / "out/x").string()},
                         {"events", (folder.path() / "events.jsonl").string()}}}};
  const auto outcome = host.call("probe", params, short_limits(), cancel);
  EXPECT_TRUE(outcome && outcome->result);
  return outcome && outcome->result ? (*outcome->result)["found"] : Json();
}

TEST_F(WalledHostTest, WorkersSeeNoSecretNoNetworkAndNoFileOfOurs) {
  Listener listener;
  ::setenv("ADAPT_TEST_SECRET", "sk-not-for-models", 1);
  ASSERT_TRUE(make_directories(folder_->path() / "out"));
  ASSERT_TRUE(write_file_atomic(folder_->path() / "events.jsonl", "{}\n"));
  HostOptions options = options_for(*folder_);
  options.writable = {(folder_->path() / "out").string()};
  options.environment.extra = {{"STAND_IN_PORT", std::to_string(listener.port)}};
  auto host = Host::start(options, cancel_);
  ASSERT_TRUE(host) << host.error().message;
  const Json found = found_by(*host, *folder_, cancel_);
  EXPECT_EQ(found["scratch"], "written");
  EXPECT_EQ(found["out"], "written");
  for (const Json& name : found["environment"]) EXPECT_NE(name, "ADAPT_TEST_SECRET");
  const sandbox::Confinement walls = host->confinement();
  if (walls.network == "isolated") {
    EXPECT_EQ(found["network"], "ConnectionRefusedError");
  }
  if (walls.filesystem == "read-only") {
    EXPECT_EQ(found["events"], "Read-only file system");
    EXPECT_EQ(*read_file(folder_->path() / "events.jsonl"), "{}\n");
  }
  ::unsetenv("ADAPT_TEST_SECRET");
}

TEST_F(WalledHostTest, PositiveControlWithoutWallsTheSameAttemptsSucceed) {
  Listener listener;
  ASSERT_TRUE(make_directories(folder_->path() / "out"));
  HostOptions options = options_for(*folder_, sandbox::Need::off);
  options.environment.extra = {{"STAND_IN_PORT", std::to_string(listener.port)}};
  auto host = Host::start(options, cancel_);
  ASSERT_TRUE(host) << host.error().message;
  const Json found = found_by(*host, *folder_, cancel_);
  EXPECT_EQ(found["network"], "connected");
  EXPECT_EQ(found["events"], "written");
  EXPECT_EQ(host->confinement().tier(), "limits");
}

TEST_F(WalledHostTest, AWorkerCannotStopOrKillTheHostBehindTheWalls) {
  auto host = Host::start(options_for(*folder_), cancel_);
  ASSERT_TRUE(host) << host.error().message;
  if (host->confinement().processes != "private") GTEST_SKIP() << "no process namespace here";
  for (const char* what : {"kill-host", "stop-host"}) {
    const auto outcome = host->call("probe", {{"do", what}}, short_limits(), cancel_);
    ASSERT_TRUE(outcome) << what << ": " << outcome.error().message;
    EXPECT_TRUE(outcome->result) << what;
  }
  EXPECT_EQ(host->restarts(), 0);
}

struct StartCase {
  const char* flag;
  const char* message;
};

TEST_F(WalledHostTest, HostThatDoesNotStartIsAnEnvironmentErrorThatSaysWhy) {
  const StartCase cases[] = {{"--silent", "did not greet within 1 s"},
                             {"--dies", "the stand-in was told to die"},
                             {"--newer", "protocol 99, this engine speaks 1"}};
  for (const StartCase& c : cases) {
    HostOptions options = options_for(*folder_);
    options.command.emplace_back(c.flag);
    options.start_seconds = 1;
    const auto host = Host::start(options, cancel_);
    ASSERT_FALSE(host) << c.flag;
    EXPECT_EQ(host.error().kind, ErrorKind::environment) << c.flag;
    EXPECT_NE(host.error().message.find(c.message), std::string::npos) << host.error().message;
  }
}

TEST_F(WalledHostTest, AMissingInterpreterIsASandboxError) {
  HostOptions options = options_for(*folder_);
  options.command = {"/no/such/python"};
  const auto host = Host::start(options, cancel_);
  ASSERT_FALSE(host);
  EXPECT_NE(host.error().message.find("cannot run /no/such/python"), std::string::npos) << host.error().message;
}

// The engine dies the hard way in the middle of a call; all that it started must follow.
void die_with_the_engine(const TempDir& folder, sandbox::Need confinement, const CancelToken& cancel) {
  const pid_t engine = ::fork();
  if (engine == 0) {
    auto host = Host::start(options_for(folder, confinement), cancel);
    StageLimits limits;
    if (host) static_cast<void>(host->call("probe", {{"do", "ignore-sigterm"}}, limits, cancel));
    ::_exit(0);
  }
  ASSERT_TRUE(wait_until_at_least(folder.path().string(), 3)) << "the worker did not come up";
  ASSERT_EQ(::kill(engine, SIGKILL), 0);
  ::waitpid(engine, nullptr, 0);
  EXPECT_TRUE(wait_until_gone(folder.path().string())) << "processes outlived the engine";
}

TEST_F(WalledHostTest, NothingOutlivesAKilledEngine) {
  die_with_the_engine(*folder_, sandbox::Need::best_effort, cancel_);
}
TEST_F(WalledHostTest, NothingOutlivesAKilledEngineWithoutWalls) {
  die_with_the_engine(*folder_, sandbox::Need::off, cancel_);
}

}  // namespace
}  // namespace adapt::client
