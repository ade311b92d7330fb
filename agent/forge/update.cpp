#include "agent/forge/update.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <tuple>

#include "agent/forge/config_file.h"
#include "tools/base/text.h"

namespace adapt::forge {
namespace {

constexpr UpdateRule kRules[] = {
    {Status::known_failure_xfail, Evidence::passed, Status::expected_passing, "promote"},
    {Status::not_supported_skip, Evidence::passed, Status::expected_passing, "promote"},
    {Status::unspecified, Evidence::passed, Status::expected_passing, "add"},
    {Status::unspecified, Evidence::failed, Status::known_failure_xfail, "add"},
    {Status::unspecified, Evidence::incorrect, Status::known_failure_xfail, "add"},
    {Status::expected_passing, Evidence::failed, Status::known_failure_xfail, "demote"},
    {Status::expected_passing, Evidence::incorrect, Status::known_failure_xfail, "demote"},
    {Status::known_failure_xfail, Evidence::failed, Status::known_failure_xfail, "refresh"},
    {Status::known_failure_xfail, Evidence::incorrect, Status::known_failure_xfail, "refresh"},
};

constexpr std::string_view kDefaultArchs[] = {"n150", "p150"};

// What of an entry a result can change.
struct State {
  std::optional<Status> status{};
  std::optional<BringupStatus> bringup{};
  std::optional<std::string> reason{};
  bool operator==(const State&) const = default;
  bool agrees(const State& other) const { return status == other.status && bringup == other.bringup; }
};

State state_of(const Settings& settings) { return {settings.status, settings.bringup_status, settings.reason}; }

void set_state(Settings& settings, const State& state) {
  settings.status = state.status;
  settings.bringup_status = state.bringup;
  settings.reason = state.reason;
}

// As tt-xla resolves it: an override wins where it says something.
Settings effective(const TestEntry& entry, const std::string& arch) {
  Settings out = entry.settings;
  const auto found = entry.arch_overrides.find(arch);
  if (found == entry.arch_overrides.end()) return out;
  const Settings& own = found->second;
  if (own.status) out.status = own.status;
  if (own.bringup_status) out.bringup_status = own.bringup_status;
  if (own.reason) out.reason = own.reason;
  if (own.assert_pcc) out.assert_pcc = own.assert_pcc;
  return out;
}

struct Step {
  const UpdateRule* rule = nullptr;
  State state;
};

// What the result makes of the settings, if anything.
std::optional<Step> step_of(const Settings& before, const TestResult& result) {
  const Status from = before.status.value_or(Status::unspecified);
  const auto* const rule = std::ranges::find_if(
      kRules, [&](const UpdateRule& row) { return row.from == from && row.evidence == result.evidence; });
  if (rule == std::end(kRules)) return std::nullopt;
  if (rule->to == Status::expected_passing) return Step{rule, {.status = rule->to}};
  if (from == Status::expected_passing && result.evidence == Evidence::incorrect && before.assert_pcc == false)
    return std::nullopt;  // the entry says that nobody looks at the numbers
  const bool same_stage = !before.bringup_status || before.bringup_status == result.bringup;
  if (from == rule->to && same_stage) return std::nullopt;  // numbers in reasons change with every run
  State state{.status = rule->to, .bringup = result.bringup};
  if (!result.reason.empty()) state.reason = result.reason;
  return Step{rule, std::move(state)};
}

// One architecture's override: what the default says already is left out.
void set_override(TestEntry& entry, const std::string& arch, const State& state) {
  Settings& own = entry.arch_overrides[arch];
  const State base = state_of(entry.settings);
  set_state(own, state);
  if (own.status == base.status) own.status.reset();
  if (own.bringup_status == base.bringup) own.bringup_status.reset();
  if (own.reason == base.reason) own.reason.reset();
  if (own.empty()) entry.arch_overrides.erase(arch);
}

class Updater {
 public:
  Updater(const TestEntry& before, const std::vector<TestResult>& results) : before_(before), results_(results) {}

  EntryUpdate run() {
    for (const TestResult& result : results_) sort_in(result);
    for (const auto& [arch, result] : by_arch_) step(arch, *result);
    if (const auto common = common_state()) {
      set_all(*common);
    } else {
      for (const auto& [arch, found] : steps_) {
        if (arch.empty())
          set_state(after_.settings, found.state);
        else
          set_override(after_, arch, found.state);
      }
    }
    if (!steps_.empty() && after_ != before_) out_.entry = after_;
    return std::move(out_);
  }

 private:
  void ignore(const TestResult& result, std::string why) {
    out_.ignored.push_back({to_string(result.id), result.arch, std::move(why), result.source});
  }

  // Of two results of one architecture that say different things, neither counts.
  void sort_in(const TestResult& result) {
    if (result.evidence == Evidence::nothing) return ignore(result, result.why);
    if (disputed_.contains(result.arch)) return ignore(result, "results of this architecture differ");
    const auto [first, is_new] = by_arch_.emplace(result.arch, &result);
    if (is_new || first->second->evidence == result.evidence) return;
    ignore(*first->second, "results of this architecture differ");
    ignore(result, "results of this architecture differ");
    by_arch_.erase(first);
    disputed_.insert(result.arch);
  }

  void step(const std::string& arch, const TestResult& result) {
    const Settings now = effective(before_, arch);
    for (const std::string& tag : result.guidance)
      if (contains(tag, "PCC"))
        out_.advice.push_back(fmt::format("{}{}: {}", to_string(result.id), arch.empty() ? "" : " on " + arch, tag));
    auto found = step_of(now, result);
    if (!found) return;
    out_.steps.push_back(fmt::format("{}{}: {} -> {}", found->rule->name, arch.empty() ? "" : " on " + arch,
                                     to_string(now.status.value_or(Status::unspecified)), to_string(found->rule->to)));
    steps_.emplace(arch, std::move(*found));
  }

  std::set<std::string> archs_of_test() const {
    const std::vector<std::string>& listed = before_.settings.supported_archs;
    std::set<std::string> out(listed.begin(), listed.end());
    if (out.empty()) out.insert(std::begin(kDefaultArchs), std::end(kDefaultArchs));
    return out;
  }

  // Where every architecture that the test runs on has a result, and all end in the same state, that state.
  std::optional<State> common_state() const {
    if (steps_.empty() || steps_.contains("")) return std::nullopt;
    std::optional<State> out;
    for (const std::string& arch : archs_of_test()) {
      if (!by_arch_.contains(arch)) return std::nullopt;
      const auto found = steps_.find(arch);
      State state = found == steps_.end() ? state_of(effective(before_, arch)) : found->second.state;
      if (state.status == Status::expected_passing) state = {.status = state.status};
      if (out && !out->agrees(state)) return std::nullopt;
      if (!out) out = std::move(state);
    }
    return out;
  }

  void set_all(const State& common) {
    set_state(after_.settings, common);
    for (const std::string& arch : archs_of_test())
      if (after_.arch_overrides.contains(arch)) set_override(after_, arch, common);
    for (const auto& [arch, found] : steps_)
      if (!archs_of_test().contains(arch)) set_override(after_, arch, found.state);
  }

  const TestEntry& before_;
  const std::vector<TestResult>& results_;
  TestEntry after_ = before_;
  std::map<std::string, const TestResult*> by_arch_;
  std::set<std::string> disputed_;
  std::map<std::string, Step> steps_;
  EntryUpdate out_;
};

// Where a test without entry belongs; nothing where that file is not among those given.
std::optional<std::string> home_of(const TestId& id, const std::map<std::string, std::string>& files) {
  namespace fs = std::filesystem;
  const fs::path wanted(config_file_of(id));
  for (const auto& [file, text] : files) {
    const fs::path path(file);
    const bool other_folder = parse_framework(path.parent_path().filename().string()).has_value() &&
                              path.parent_path().filename() != wanted.parent_path().filename();
    if (path.filename() == wanted.filename() && !other_folder) return file;
  }
  return std::nullopt;
}

class Planner {
 public:
  Planner(const std::map<std::string, std::string>& files, const std::string& arch) : files_(files), arch_(arch) {
    for (const auto& [file, text] : files) {
      texts_[file] = text;
      configs_.push_back(read_config(text, file));
    }
  }

  Result<UpdatePlan> run(const std::vector<TestResult>& results) {
    std::map<std::string, std::vector<TestResult>> by_test;
    for (TestResult result : results) {
      if (result.arch.empty()) result.arch = arch_;
      by_test[to_string(result.id)].push_back(std::move(result));
    }
    for (const auto& [test, group] : by_test) ADAPT_TRY_VOID(update(test, group));
    for (const auto& [file, text] : texts_) {
      if (text == files_.at(file)) continue;
      out_.before[file] = files_.at(file);
      out_.after[file] = text;
    }
    return std::move(out_);
  }

 private:
  void ignore_all(const std::string& test, const std::vector<TestResult>& group, const std::string& why) {
    for (const TestResult& result : group) out_.ignored.push_back({test, result.arch, why, result.source});
  }

  // The entry that counts: of the last file that has one, as tt-xla merges them.
  const PlacedEntry* find(const std::string& test, std::string& file) const {
    for (auto config = configs_.rbegin(); config != configs_.rend(); ++config)
      if (const PlacedEntry* placed = config->find(test)) {
        file = config->path;
        return placed;
      }
    return nullptr;
  }

  Result<void> update(const std::string& test, const std::vector<TestResult>& group) {
    std::string file;
    const PlacedEntry* placed = find(test, file);
    if (placed == nullptr) {
      const auto home = home_of(group.front().id, files_);
      if (!home) {
        ignore_all(test, group, fmt::format("its file {} was not given", config_file_of(group.front().id)));
        return {};
      }
      file = *home;
    } else if (!placed->whole) {
      ignore_all(test, group, fmt::format("its entry in {}:{} has errors", file, placed->place.line));
      return {};
    }
    EntryUpdate done = updated(placed == nullptr ? TestEntry{.id = test} : placed->entry, group);
    out_.ignored.insert(out_.ignored.end(), done.ignored.begin(), done.ignored.end());
    out_.advice.insert(out_.advice.end(), done.advice.begin(), done.advice.end());
    if (!done.entry) return {};
    auto text = with_entry(texts_[file], *done.entry);
    if (!text && text.error().kind == ErrorKind::parse) {
      ignore_all(test, group, text.error().message);
      return {};
    }
    if (!text) return fail(text.error(), file);
    texts_[file] = std::move(*text);
    out_.changes.push_back({test, file, std::move(done.steps)});
    return {};
  }

  const std::map<std::string, std::string>& files_;
  std::string arch_;
  std::map<std::string, std::string> texts_;
  std::vector<ConfigFile> configs_;
  UpdatePlan out_;
};

}  // namespace

std::span<const UpdateRule> update_rules() { return kRules; }

EntryUpdate updated(const TestEntry& before, const std::vector<TestResult>& results) {
  return Updater(before, results).run();
}

Result<UpdatePlan> plan_update(const std::map<std::string, std::string>& files, const std::vector<TestResult>& results,
                               const std::string& arch) {
  if (!arch.empty() && std::ranges::find(archs(), arch) == archs().end())
    return fail(ErrorKind::usage, "unknown architecture '{}'{}", arch, did_you_mean(arch, arch_names()));
  return Planner(files, arch).run(results);
}

}  // namespace adapt::forge
