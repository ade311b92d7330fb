#include "sandbox/process.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <set>
#include <thread>

#include "sandbox/capped_text.h"
#include "sandbox/environment.h"
#include "sandbox/run_process.h"
#include "sandbox/workspace.h"
#include "tools/base/file.h"

namespace adapt::sandbox {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

RunSpec shell(const std::string& script) {
  RunSpec spec;
  spec.spawn.argv = {"/bin/sh", "-c", script};
  spec.spawn.environment = {"PATH=/usr/bin:/bin", "ONLY=this"};
  spec.deadline = std::chrono::seconds(20);
  return spec;
}

RunOutput run(const RunSpec& spec) {
  CancelToken cancel;
  auto output = run_process(spec, cancel);
  EXPECT_TRUE(output) << output.error().message;
  return output ? *output : RunOutput{};
}

TEST(RunProcess, CapturesBothStreamsAndTheStatus) {
  const RunOutput output = run(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(output.stdout_text, "out\n");
  EXPECT_EQ(output.stderr_text, "err\n");
  EXPECT_EQ(output.status, (ExitStatus{false, 3}));
  EXPECT_EQ(output.reason, EndReason::exited);
}

TEST(RunProcess, EnvironmentIsExactlyWhatWasGiven) {
  RunSpec spec = shell("");
  spec.spawn.argv = {"/usr/bin/env"};
  EXPECT_EQ(run(spec).stdout_text, "PATH=/usr/bin:/bin\nONLY=this\n");
}

TEST(RunProcess, FeedsStdinOfAnySize) {
  RunSpec spec = shell("wc -c");
  spec.stdin_text = std::string(3 << 20, 'x');
  EXPECT_EQ(run(spec).stdout_text, "3145728\n");
  RunSpec deaf = shell("exec 0<&-; sleep 0.2; echo done");  // never reads: no SIGPIPE for us
  deaf.stdin_text = std::string(3 << 20, 'x');
  EXPECT_EQ(run(deaf).stdout_text, "done\n");
}

TEST(RunProcess, ArgumentsAreNeverInterpreted) {
  RunSpec spec = shell("");
  spec.spawn.argv = {"/bin/echo", "$(id); `id` && *"};
  EXPECT_EQ(run(spec).stdout_text, "$(id); `id` && *\n");
}

TEST(RunProcess, DeadlineEndsEvenAProcessThatIgnoresSigterm) {
  RunSpec spec = shell("trap '' TERM; echo begun; while :; do sleep 1; done");
  spec.deadline = milliseconds(300);
  const auto start = steady_clock::now();
  const RunOutput output = run(spec);
  EXPECT_EQ(output.reason, EndReason::deadline);
  EXPECT_EQ(output.status, (ExitStatus{true, SIGKILL}));
  EXPECT_EQ(output.stdout_text, "begun\n");
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(6));
}

TEST(RunProcess, ChildrenThatHoldThePipesDoNotHoldUs) {
  const auto start = steady_clock::now();
  const RunOutput output = run(shell("setsid sleep 30 & echo gone"));
  EXPECT_EQ(output.stdout_text, "gone\n");
  EXPECT_EQ(output.reason, EndReason::exited);
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(RunProcess, OutputBeyondTheHardLimitStopsIt) {
  RunSpec spec = shell("yes");
  spec.output_limit = 10 << 20;
  const RunOutput output = run(spec);
  EXPECT_EQ(output.reason, EndReason::output_limit);
  EXPECT_LT(output.stdout_text.size(), kKeptHead + kKeptTail + 100);
  EXPECT_GT(output.dropped_bytes, 0U);
}

TEST(RunProcess, CancelStopsIt) {
  CancelToken cancel;
  std::thread stopper([&] {
    std::this_thread::sleep_for(milliseconds(200));
    cancel.request();
  });
  const auto output = run_process(shell("sleep 30"), cancel);
  stopper.join();
  ASSERT_TRUE(output);
  EXPECT_EQ(output->reason, EndReason::cancelled);
}

TEST(Process, WhatCannotBeStartedSaysWhichStepFailed) {
  const auto missing = Process::spawn({.argv = {"/no/such/program"}});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "cannot start /no/such/program: exec: No such file or directory");
  const auto nowhere = Process::spawn({.argv = {"/bin/true"}, .cwd = "/no/such/folder"});
  ASSERT_FALSE(nowhere);
  EXPECT_NE(nowhere.error().message.find("chdir"), std::string::npos);
}

TEST(Process, DescriptorsMayTradePlaces) {
  std::array<int, 4> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ASSERT_EQ(::pipe(ends.data() + 2), 0);
  // Each source number is the other's target.
  auto process = Process::spawn({.argv = {"/bin/sh", "-c", fmt::format("echo a >&{}; echo b >&{}", ends[1], ends[3])},
                                 .environment = {"PATH=/bin"},
                                 .fds = {{ends[1], ends[3]}, {ends[3], ends[1]}}});
  ASSERT_TRUE(process);
  EXPECT_TRUE(process->wait_for(std::chrono::seconds(5))->ok());
  std::array<char, 8> text{};
  EXPECT_EQ(::read(ends[2], text.data(), text.size()), 2);
  EXPECT_EQ(text[0], 'a');
  for (const int fd : ends) ::close(fd);
}

TEST(Process, DestructorLeavesNothing) {
  pid_t pid = -1;
  {
    auto process = Process::spawn({.argv = {"/bin/sleep", "60"}});
    ASSERT_TRUE(process);
    pid = process->pid();
    Process moved = std::move(*process);
    EXPECT_EQ(moved.pid(), pid);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(CappedText, KeepsHeadAndTailAndCountsTheRest) {
  CappedText text(4, 4);
  text.append("abcd");
  text.append("e");
  EXPECT_EQ(text.text(), "abcde");
  for (int i = 0; i < 100; ++i) text.append("0123456789");
  EXPECT_EQ(text.text(), "abcd\n[997 bytes dropped]\n6789");
  EXPECT_EQ(text.total(), 1005U);
  text.append(std::string(1000, 'y') + "LAST");
  EXPECT_EQ(text.text(), "abcd\n[2001 bytes dropped]\nLAST");
}

TEST(Environment, HoldsWhatItNamesAndNothingOfOurs) {
  ::setenv("OPENAI_API_KEY", "sk-test", 1);
  const auto variables = model_environment({.scratch = "/s",
                                            .python = "/env/bin/python",
                                            .harness = "/h",
                                            .hf_home = "",
                                            .threads = 2,
                                            .extra = {{"HOME", "/elsewhere"}}});
  ::unsetenv("OPENAI_API_KEY");
  EXPECT_TRUE(std::is_sorted(variables.begin(), variables.end()));
  const std::set<std::string> found(variables.begin(), variables.end());
  for (const char* wanted : {"HF_HUB_OFFLINE=1", "TMPDIR=/s/tmp", "OMP_NUM_THREADS=2", "PATH=/env/bin:/usr/bin:/bin",
                             "PYTHONPATH=/h", "PYTHONHASHSEED=0", "HOME=/elsewhere"})
    EXPECT_TRUE(found.contains(wanted)) << wanted;
  for (const std::string& variable : variables) EXPECT_EQ(variable.find("sk-test"), std::string::npos);
}

TEST(Workspace, SameSourcesGiveTheSameFolder) {
  const auto folder = TempDir::create("adapt-workspace-");
  ASSERT_TRUE(folder);
  const auto workspace = Workspace::open(folder->path() / "overlays");
  ASSERT_TRUE(workspace);
  const Sources one{{"a.b", "x = 1\n"}, {"c", ""}};
  const auto first = workspace->write(one);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(*workspace->write(one), *first);
  EXPECT_EQ(read_overlay(*first), one);
  EXPECT_EQ(overlay_modules(*first), (std::vector<std::string>{"a.b", "c"}));
  const auto second = workspace->write({{"a.b", "x = 2\n"}});
  ASSERT_TRUE(second);
  EXPECT_NE(*second, *first);
  EXPECT_EQ(read_overlay(*first), one);  // what was written stays as it was
  ASSERT_TRUE(workspace->reset());
  EXPECT_FALSE(read_overlay(*first));
}

TEST(Workspace, AFolderThatWasChangedIsWrittenAnew) {
  const auto folder = TempDir::create("adapt-workspace-");
  const auto workspace = Workspace::open(folder->path());
  const Sources sources{{"m", "x = 1\n"}};
  const auto written = workspace->write(sources);
  ASSERT_TRUE(written);
  ASSERT_TRUE(write_file_atomic(*written / "m.py", "x = 666\n"));
  ASSERT_TRUE(workspace->write(sources));
  EXPECT_EQ(read_overlay(*written), sources);
}

TEST(Workspace, RefusesWhatIsNoModule) {
  const auto folder = TempDir::create("adapt-workspace-");
  const auto workspace = Workspace::open(folder->path() / "o");
  for (const char* name : {"", ".", "..", "../x", "a/b", "a..b", "a.", ".a", "1a", "a b", "a\nb", "a\\b", "-a"}) {
    EXPECT_FALSE(is_module_name(name)) << name;
    EXPECT_FALSE(workspace->write({{name, ""}})) << name;
  }
  EXPECT_TRUE(is_module_name("transformers.models.x_1._y"));
  EXPECT_FALSE(workspace->write({{"m", std::string(kMaxSourceBytes + 1, ' ')}}));
  const auto overlay = workspace->write({{"m", ""}});
  ASSERT_EQ(::symlink("/etc/passwd", (*overlay / "link.py").c_str()), 0);
  EXPECT_FALSE(read_overlay(*overlay));
}

TEST(Workspace, HashTellsNamesFromTexts) {
  EXPECT_NE(content_hash({{"a", "b"}}), content_hash({{"b", "a"}}));
  EXPECT_NE(content_hash({{"a", ""}}), content_hash({}));
  EXPECT_EQ(content_hash({{"a", "1"}}), content_hash({{"a", "1"}}));
}

}  // namespace
}  // namespace adapt::sandbox
