// Held-out edits of mass edits: rules are mined from some files of a family and applied to the others.
//
//   bench_mining <isomorphisms.txt> <background.tsv or -> <corpus folder> <draws> [<folder of untouched files>]
//   bench_mining <isomorphisms.txt> <background.tsv or -> <corpus folder> <draws> --rules [family]
//
// Prints, for 1 and 5 examples, precision and recall of each family and their macro mean; families of which the normal
// form sees no edit in most files (another spelling of the same names) are said and left out of the mean, as is the
// precision of a family for which nothing was predicted. A site is right when the tree that it gives equals the tree of
// the held-out file there; an edit is found when nothing of it is left to change. With a folder of files that no family
// touched it also counts the places that rules of 5 examples find in 2,000 of them. The second form shows the rules.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "patterns/mine/mine.h"
#include "patterns/mine/rule_text.h"
#include "patterns/scope.h"
#include "patterns/settled.h"
#include "tools/base/file.h"

namespace fs = std::filesystem;
using namespace adapt;
using namespace adapt::patterns;
using namespace adapt::patterns::mine;

namespace {

struct Tally {
  std::size_t right = 0, wrong = 0, edits = 0, found = 0;
  double precision() const {
    return right + wrong == 0 ? 0 : static_cast<double>(right) / static_cast<double>(right + wrong);
  }
  double recall() const { return edits == 0 ? 0 : static_cast<double>(found) / static_cast<double>(edits); }
};

struct Family {
  std::string name;
  std::vector<Example> examples;
};

std::string text_of(const fs::path& file) {
  auto text = read_file(file);
  if (!text) {
    fmt::print(stderr, "{}\n", text.error().message);
    std::exit(2);
  }
  return *text;
}

std::vector<Family> load(const fs::path& corpus, const Isomorphisms& isomorphisms) {
  std::vector<Family> out;
  for (const auto& folder : fs::directory_iterator(corpus)) {
    if (!folder.is_directory()) continue;
    Family family{folder.path().filename().string(), {}};
    std::vector<fs::path> cases;
    for (const auto& entry : fs::directory_iterator(folder.path()))
      if (fs::exists(entry.path() / "before.py")) cases.push_back(entry.path());
    std::sort(cases.begin(), cases.end());
    for (const fs::path& path : cases) {
      const std::string name = path.filename().string();
      auto example = Example::parse(
          {{name, name + ".py", text_of(path / "before.py"), "model"}, text_of(path / "after.py")}, isomorphisms);
      if (example) family.examples.push_back(std::move(*example));
    }
    if (!family.examples.empty()) out.push_back(std::move(family));
  }
  std::sort(out.begin(), out.end(), [](const Family& a, const Family& b) { return a.name < b.name; });
  return out;
}

bool verbose = false;
constexpr std::size_t kUntouched = 2'000;  // files

// An even sample of the Python files below a folder.
std::vector<SourceFile> untouched_files(const fs::path& folder) {
  std::vector<fs::path> all;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".py") all.push_back(entry.path());
  std::sort(all.begin(), all.end());
  std::vector<SourceFile> out;
  for (std::size_t i = 0; i < std::min(kUntouched, all.size()); ++i) {
    const fs::path& file = all[i * all.size() / std::min(kUntouched, all.size())];
    out.push_back({file.stem().string(), file.string(), text_of(file), "model"});
  }
  return out;
}

std::size_t hits(const Learned& learned, Corpus& corpus) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < corpus.size(); ++i) {
    if (!corpus.may_contain(i, learned.compiled.before.filter)) continue;
    const auto parsed = corpus.parsed(i);
    if (!parsed) continue;
    auto matches = find_matches(learned.compiled.before, learned.compiled.variables, *(*parsed)->terms, {});
    if (!matches) continue;
    std::erase_if(*matches, [&](const Match& match) {
      return !in_scope(learned.compiled, match, corpus.file(i), nullptr).value_or(false);
    });
    const auto kept = drop_settled(learned.compiled, *(*parsed)->terms, std::move(*matches));
    out += kept ? kept->size() : 0;
  }
  return out;
}

bool has_edits(const Family& family) {
  const auto edited = std::count_if(family.examples.begin(), family.examples.end(),
                                    [](const Example& example) { return !example.edits().empty(); });
  return 2 * static_cast<std::size_t>(edited) >= family.examples.size();
}

// Applies the rules to one held-out file.
void judge(const Mined& mined, const Example& held_out, Tally& tally) {
  std::vector<Match> seen;
  std::set<std::pair<std::size_t, std::size_t>> found;
  for (const Learned& learned : mined.rules) {
    const auto result = score(learned.rule, learned.compiled, std::span(&held_out, 1));
    if (!result) continue;
    std::vector<Match> places;
    for (const Site& site : result->sites) {
      if (std::ranges::any_of(seen, [&](const Match& other) { return takes(other, site.match.span()); })) continue;
      places.push_back(site.match);
      (site.verdict == Verdict::right ? tally.right : tally.wrong) += 1;
      if (verbose && site.verdict != Verdict::right)
        fmt::print("      wrong: {}: {:.100}\n", held_out.files().before.file,
                   std::string(held_out.before().document().text(site.match.span())));
    }
    seen.insert(seen.end(), places.begin(), places.end());
    found.insert(result->covered.begin(), result->covered.end());
  }
  tally.edits += held_out.edits().size();
  tally.found += found.size();
  if (verbose)
    for (std::size_t e = 0; e < held_out.edits().size(); ++e)
      if (!found.contains({0, e})) {
        const TreeEdit& edit = held_out.edits()[e];
        const auto span = run_span(held_out.before(), edit.before_parent, edit.before_first, edit.before_count);
        const auto after = run_span(held_out.after(), edit.after_parent, edit.after_first, edit.after_count);
        fmt::print("      missed: {}: {:.90} ==> {:.90}\n", held_out.files().before.file,
                   std::string(held_out.before().document().text(span)),
                   std::string(held_out.after().document().text(after)));
      }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  verbose = argc > 5 && std::string(argv[5]) == "--rules";
  const std::string only = argc > 6 ? argv[6] : "";
  const auto isomorphisms = Isomorphisms::load(argv[1]);
  if (!isomorphisms) return fmt::print(stderr, "{}\n", isomorphisms.error().message), 2;
  std::optional<Background> background;
  if (std::string(argv[2]) != "-") {
    auto loaded = Background::load(argv[2]);
    if (!loaded) return fmt::print(stderr, "{}\n", loaded.error().message), 2;
    background = std::move(*loaded);
  }
  const std::vector<Family> families = load(argv[3], **isomorphisms);
  const int draws = std::atoi(argv[4]);
  const std::vector<SourceFile> sources = argc > 5 && !verbose ? untouched_files(argv[5]) : std::vector<SourceFile>();
  Corpus untouched(sources, *isomorphisms);
  std::size_t strays = 0, rules = 0;
  for (const std::size_t examples : {std::size_t{1}, std::size_t{5}}) {
    double precision = 0, recall = 0, seconds = 0;
    std::size_t counted = 0, predicted = 0, runs = 0;
    for (const Family& family : families) {
      if (family.examples.size() <= examples || (!only.empty() && family.name != only)) continue;
      if (!has_edits(family)) {
        fmt::print("{:<28} {} example(s): left out, patterns do not tell its old code from its new\n", family.name,
                   examples);
        continue;
      }
      Tally tally;
      for (int draw = 0; draw < draws; ++draw) {
        std::vector<std::size_t> order(family.examples.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::mt19937 random(static_cast<unsigned>(draw) * 77 + static_cast<unsigned>(examples));
        std::shuffle(order.begin(), order.end(), random);
        std::vector<Example> training;
        for (std::size_t i = 0; i < examples; ++i)
          training.push_back(std::move(*Example::parse(family.examples[order[i]].files(), **isomorphisms)));
        const std::clock_t start = std::clock();  // processor time: it means the same on a busy machine
        const auto mined = mine::mine(training, {isomorphisms->get(), background ? &*background : nullptr});
        seconds += static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
        ++runs;
        if (!mined) return fmt::print(stderr, "{}\n", mined.error().message), 1;
        if (verbose && draw < 2) {
          fmt::print("  -- {} draw {}: {} of {} edits explained\n", family.name, draw, mined->explained, mined->edits);
          for (const Learned& learned : mined->rules) {
            fmt::print("    rule level {} right {} files {}\n", learned.rule.level, learned.score.right,
                       learned.score.files());
            const RuleText text = rule_text(learned.rule);
            for (const auto& line : text.variables)
              if (line.find(": expr") != line.size() - 6) fmt::print("      {}\n", line);
            for (const BodyLine& line : text.body) fmt::print("      {} {}\n", line.marker, line.text);
          }
        }
        if (examples == 5 && draw == 0)
          for (const Learned& learned : mined->rules) {
            strays += sources.empty() ? 0 : hits(learned, untouched);
            ++rules;
          }
        const bool was = verbose;
        verbose = verbose && draw < 2;
        for (std::size_t i = examples; i < order.size(); ++i) judge(*mined, family.examples[order[i]], tally);
        verbose = was;
      }
      fmt::print("{:<28} {} example(s): precision {:.3f} recall {:.3f}  ({} right, {} wrong, {} of {} edits)\n",
                 family.name, examples, tally.precision(), tally.recall(), tally.right, tally.wrong, tally.found,
                 tally.edits);
      std::fflush(stdout);
      if (tally.right + tally.wrong > 0) {
        precision += tally.precision();
        ++predicted;
      }
      recall += tally.recall();
      ++counted;
    }
    if (counted > 0)
      fmt::print("macro mean of {} families, {} example(s): precision {:.3f} recall {:.3f}, mining {:.3f} s a run\n",
                 counted, examples, precision / static_cast<double>(std::max<std::size_t>(predicted, 1)),
                 recall / static_cast<double>(counted), seconds / static_cast<double>(runs));
  }
  if (!sources.empty())
    fmt::print("stray {} places in {} untouched files of {} rules\n", strays, sources.size(), rules);
  return 0;
}
