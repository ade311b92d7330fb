#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>

#include "sandbox/capability_probe.h"
#include "sandbox/policy.h"
#include "sandbox/run_process.h"
#include "tests/unit/process_list.h"
#include "tools/base/file.h"
#include "tools/base/text.h"

// adapt-jail by its exit code and by what the program inside can do.
namespace adapt::sandbox {
namespace {

RunOutput run_script(std::vector<std::string> argv, const std::string& script) {
  RunSpec spec;
  spec.spawn.argv = std::move(argv);
  for (const char* part : {"/bin/sh", "-c"}) spec.spawn.argv.emplace_back(part);
  spec.spawn.argv.push_back(script);
  spec.spawn.environment = {"PATH=/usr/bin:/bin", "LC_ALL=C"};
  spec.deadline = std::chrono::seconds(20);
  CancelToken cancel;
  auto output = run_process(spec, cancel);
  EXPECT_TRUE(output) << output.error().message;
  return output ? *output : RunOutput{};
}

RunOutput jail(std::vector<std::string> arguments, const std::string& script) {
  arguments.insert(arguments.begin(), ADAPT_JAIL);
  arguments.emplace_back("--");
  return run_script(std::move(arguments), script);
}

// Whether this machine lets us have the walls at all; without them their tests have nothing to say.
bool walls_available() {
  static const bool available = jail({"--no-network", "--private-processes", "--read-only"}, "true").status.ok();
  return available;
}
#define REQUIRE_WALLS() \
  if (!walls_available()) GTEST_SKIP() << "this machine grants no namespaces"

struct ExitCase {
  const char* name;
  std::vector<std::string> arguments;
  const char* script;
  int code;
};

TEST(Jail, ExitCodesAreTheProgramsOwn) {
  const ExitCase cases[] = {
      {"success", {}, "exit 0", 0},
      {"failure", {}, "exit 7", 7},
      {"signal", {}, "kill -TERM $$", 128 + SIGTERM},
      {"unknown option", {"--colour"}, "exit 0", 121},
      {"bad number", {"--memory", "many"}, "exit 0", 121},
      {"bad descriptor", {"--keep", "77"}, "exit 0", 121},
      {"unknown wall", {"--optional", "moat"}, "exit 0", 121},
  };
  for (const ExitCase& c : cases) EXPECT_EQ(jail(c.arguments, c.script).status, (ExitStatus{false, c.code})) << c.name;
}

TEST(Jail, ProgramThatCannotBeRunHasItsOwnCodes) {
  CancelToken cancel;
  for (const auto& [program, code] : {std::pair{"/no/such/program", 127}, std::pair{"/etc/passwd", 126}}) {
    RunSpec spec;
    spec.spawn.argv = {ADAPT_JAIL, "--", program};
    const auto output = run_process(spec, cancel);
    ASSERT_TRUE(output);
    EXPECT_EQ(output->status, (ExitStatus{false, code})) << output->stderr_text;
  }
}

TEST(Jail, AWallThatIsRequiredAndCannotStandStopsTheProgram) {
  REQUIRE_WALLS();
  const RunOutput output = jail({"--read-only", "--writable", "/no/such/folder"}, "echo ran");
  EXPECT_EQ(output.status, (ExitStatus{false, 122}));
  EXPECT_EQ(output.stdout_text, "");
  EXPECT_NE(output.stderr_text.find("/no/such/folder"), std::string::npos);
}

// A jail inside a jail has no rights left and may make no namespace of its own.
TEST(Jail, RefusesUnconfinedAndReportsWhatIsOptional) {
  REQUIRE_WALLS();
  const std::string inner = std::string(ADAPT_JAIL) + " --no-network --private-processes --read-only ";
  // Without a writable /proc no user namespace can be set up: the inner jail has to notice.
  const RunOutput refused = jail({"--private-processes", "--read-only"}, inner + "-- /bin/echo ran");
  EXPECT_EQ(refused.status, (ExitStatus{false, 122})) << refused.stderr_text;
  EXPECT_EQ(refused.stdout_text, "");
  const RunOutput reported = jail({"--private-processes", "--read-only"},
                                  inner + "--optional network,processes,filesystem --report 2 -- /bin/echo ran");
  EXPECT_TRUE(reported.status.ok()) << reported.stderr_text;
  EXPECT_EQ(reported.stdout_text, "ran\n");
  const auto report = read_jail_report(reported.stderr_text);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->confinement.tier(), "limits");
  EXPECT_EQ(report->confinement.refused.size(), 3U);
}

struct Attack {
  const char* name;
  const char* script;  // exit code 0 when the attack succeeds; DIR is a folder outside the writable one
  bool works_outside;  // positive control; false where even trying it outside would do harm
};

TEST(Jail, AttacksThatWorkOutsideFailInside) {
  REQUIRE_WALLS();
  const auto folder = TempDir::create("adapt-jail-test-");
  ASSERT_TRUE(folder && make_directories(folder->path() / "in"));
  const Attack attacks[] = {
      {"write outside", "echo x > DIR/a", true},
      {"write through a link", "ln -s DIR/b DIR/in/link && echo x > DIR/in/link", true},
      {"write through /proc", "echo x > /proc/self/root/DIR/c", true},
      {"change the mode outside", "chmod 700 DIR", true},
      {"signal a process outside", "kill -0 PID", true},
      {"see a process outside", "test -d /proc/PID/fd && test $$ != 1", true},
      {"read our environment", "cat /proc/PID/environ > /dev/null", true},
      {"mount", "mount -t tmpfs none DIR/in", false},
      {"remount", "mount -o remount,rw,bind /", false},
      {"a device node", "mknod DIR/in/null c 1 3", false},
      {"write kernel settings", "test -w /proc/sys/kernel/core_pattern && echo x > /proc/sys/kernel/core_pattern",
       false},
      {"raise a limit", "ulimit -H -n 100000", false},
      {"dump core", "ulimit -c 1", false},
      {"make a user namespace with rights", "unshare -Ur mount -t tmpfs none DIR/in", false},
      {"read a disk",
       "for d in /dev/vda /dev/sda /dev/nvme0n1 /dev/mem /dev/kmsg; do test -e $d && exit 0; done; exit 1", false},
      {"reach a network device", "tail -n +3 /proc/net/dev | grep -qv ' lo:'", false},
  };
  for (const Attack& attack : attacks) {
    std::string script = replace_all(attack.script, "DIR", folder->path().string());
    script = replace_all(script, "PID", std::to_string(::getpid()));
    if (attack.works_outside) {
      EXPECT_TRUE(run_script({}, script).status.ok()) << attack.name << " proves nothing: it does not work outside";
      std::error_code code;
      for (const auto& entry : std::filesystem::directory_iterator(folder->path() / "in"))
        std::filesystem::remove_all(entry.path(), code);
    }
    const RunOutput inside = jail(
        {"--no-network", "--private-processes", "--read-only", "--writable", (folder->path() / "in").string()}, script);
    EXPECT_FALSE(inside.status.ok()) << attack.name << " works: " << inside.stdout_text << inside.stderr_text;
  }
}

TEST(Jail, WhatWorkNeedsIsThere) {
  REQUIRE_WALLS();
  const auto folder = TempDir::create("adapt-jail-test-");
  ASSERT_TRUE(folder);
  const std::string dir = folder->path().string();
  const char* needs[] = {
      "echo x > file && test \"$(cat file)\" = x",  // the scratch folder is the working folder
      "echo x > /dev/null && head -c 8 /dev/urandom > file",
      "echo x > /dev/shm/x",
      "ls /proc/self/fd > file",
      "grep -q ' lo:\\|lo:' /proc/net/dev",
      "test \"$(umask)\" = 0077",
      "test \"$(ulimit -c)\" = 0",
  };
  for (const char* need : needs) {
    const RunOutput output = jail({"--no-network", "--private-processes", "--read-only", "--scratch", dir}, need);
    EXPECT_TRUE(output.status.ok()) << need << ": " << output.stderr_text;
  }
}

TEST(Jail, HiddenPlacesAreEmptyAndTmpfsIsPrivate) {
  REQUIRE_WALLS();
  const auto folder = TempDir::create("adapt-jail-test-");
  ASSERT_TRUE(folder);
  const std::string dir = folder->path().string();
  ASSERT_TRUE(make_directories(folder->path() / "keys") && make_directories(folder->path() / "tmp"));
  ASSERT_TRUE(write_file_atomic(folder->path() / "keys/id", "secret") &&
              write_file_atomic(folder->path() / "token", "secret"));
  const RunOutput output = jail({"--read-only", "--hide", dir + "/keys", "--hide", dir + "/token", "--hide",
                                 dir + "/absent", "--tmpfs", dir + "/tmp"},
                                replace_all("ls DIR/keys; cat DIR/token; echo x > DIR/tmp/mine", "DIR", dir));
  EXPECT_TRUE(output.status.ok()) << output.stderr_text;
  EXPECT_EQ(output.stdout_text, "");
  EXPECT_FALSE(std::filesystem::exists(folder->path() / "tmp/mine"));
}

TEST(Jail, LimitsHold) {
  EXPECT_FALSE(jail({"--file-bytes", "1000"},
                    "head -c 5000 /dev/zero > /dev/shm/adapt-limit-$$; r=$?; rm -f /dev/shm/adapt-limit-$$; exit $r")
                   .status.ok());
  EXPECT_EQ(jail({"--cpu-seconds", "1"}, "while :; do :; done").status, (ExitStatus{false, 128 + SIGKILL}));
  EXPECT_NE(jail({"--memory", "20000000"}, "head -c 100000000 /dev/zero | tail -n 1 | wc -c").stdout_text,
            "100000000\n");
}

TEST(Jail, NothingSurvivesTheProgram) {
  // A daemon with its own session that ignores signals; its name is its own.
  const std::string name = fmt::format("{}", 100000 + ::getpid());
  for (const std::vector<std::string>& walls :
       {std::vector<std::string>{}, std::vector<std::string>{"--private-processes"}}) {
    if (!walls.empty() && !walls_available()) continue;
    jail(walls, "setsid sh -c \"trap '' TERM HUP; sleep " + name + "\" > /dev/null 2>&1 & sleep 0.3");
    EXPECT_TRUE(tests::wait_until_gone(name));
  }
}

TEST(Jail, EndOfTheLifelineKillsEverything) {
  std::array<int, 2> line{};
  ASSERT_EQ(::pipe2(line.data(), O_CLOEXEC), 0);
  auto process =
      Process::spawn({.argv = {ADAPT_JAIL, "--lifeline", "5", "--", "/bin/sleep", "60"}, .fds = {{line[0], 5}}});
  ASSERT_TRUE(process);
  EXPECT_FALSE(process->wait_for(std::chrono::milliseconds(300)));
  ::close(line[1]);
  const auto status = process->wait_for(std::chrono::seconds(5));
  ASSERT_TRUE(status);
  EXPECT_EQ(*status, (ExitStatus{false, 128 + SIGKILL}));
  ::close(line[0]);
}

TEST(Jail, PassesOnlyTheWantedDescriptors) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), 0), 0);  // inheritable on purpose
  RunSpec spec;
  spec.spawn.argv = {ADAPT_JAIL, "--keep", "6", "--", "/bin/sh", "-c", "ls /proc/self/fd"};
  spec.spawn.fds = {{ends[0], 6}, {ends[1], 9}};
  spec.spawn.environment = {"PATH=/usr/bin:/bin"};
  CancelToken cancel;
  const auto output = run_process(spec, cancel);
  ::close(ends[0]);
  ::close(ends[1]);
  ASSERT_TRUE(output);
  EXPECT_EQ(output->stdout_text, "0\n1\n2\n3\n6\n");  // 3 is the folder that ls reads
}

TEST(Policy, CommandLineAsksForWhatThePolicySays) {
  Policy policy = model_policy(Need::best_effort, {"/runs/7/work"}, {"/models"});
  policy.limits.memory_bytes = 1000;
  policy.scratch = "/runs/7/scratch";
  EXPECT_EQ(
      join(jail_argv("/bin/jail", policy, {.report = 4, .lifeline = 5, .keep = {3}}, {"python", "-B"}), " "),
      "/bin/jail --no-network --private-processes --read-only --optional network,processes,filesystem --memory 1000 "
      "--writable /runs/7/work --hide /run --tmpfs /tmp --scratch /runs/7/scratch --report 4 --lifeline 5 --keep 3 -- "
      "python -B");
}

TEST(Policy, TmpStaysWhereSomethingInItIsNeeded) {
  EXPECT_TRUE(model_policy(Need::required, {"/tmp/run"}, {}).empty_tmp.empty());
  EXPECT_TRUE(model_policy(Need::required, {}, {"/tmp"}).empty_tmp.empty());
  EXPECT_FALSE(model_policy(Need::required, {"/tmpfoo"}, {}).empty_tmp.empty());
}

TEST(Policy, ReportsThatSayNothingAreErrors) {
  EXPECT_FALSE(read_jail_report(""));
  EXPECT_FALSE(read_jail_report("{\"pid\":4}\n"));
  EXPECT_FALSE(read_jail_report("not JSON\n"));
  const auto refused = read_jail_report("{\"pid\":4}\n{\"error\":\"cannot confine\"}\n");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "cannot confine");
}

TEST(CapabilityProbe, RowsAgreeWithWhatTheJailReports) {
  CancelToken cancel;
  const auto report = probe_capabilities(ADAPT_JAIL, cancel);
  ASSERT_TRUE(report) << report.error().message;
  for (const Capability& row : report->rows) {
    const bool reported = (row.name != "network" || report->confinement.network == "isolated") &&
                          (row.name != "processes" || report->confinement.processes == "private") &&
                          (row.name != "filesystem" || report->confinement.filesystem == "read-only");
    EXPECT_EQ(row.enforced, reported) << row.name << ": " << row.evidence;
  }
}

}  // namespace
}  // namespace adapt::sandbox
