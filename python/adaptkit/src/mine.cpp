// mine: examples of a repair to a pattern.
#include "patterns/mine/mine_pattern.h"
#include "python/adaptkit/src/bindings.h"
#include "python/adaptkit/src/shipped.h"

namespace adapt::python {
namespace {

using patterns::mine::FilePair;
using patterns::mine::MinedPattern;

std::vector<FilePair> file_pairs(Pairs given) {
  std::vector<FilePair> out;
  for (auto& [before, after] : given.pairs) {
    const std::string module = fmt::format("pair{}", out.size() + 1);
    std::string file = before.name == kNoName ? module + ".py" : std::move(before.name);
    out.push_back({{module, std::move(file), std::move(before.bytes), "model"}, std::move(after.bytes)});
  }
  return out;
}

struct Loaded {
  MinedPattern mined;
  PatternObject pattern;
};

Result<Loaded> mine_and_load(const std::vector<FilePair>& pairs, const patterns::mine::PatternHead& head) {
  ADAPT_TRY(const auto isomorphisms, shipped_isomorphisms());
  ADAPT_TRY(const auto* background, shipped_background());
  Loaded out;
  ADAPT_TRY(out.mined, patterns::mine::mine_pattern(pairs, head, *background, isomorphisms));
  ADAPT_TRY(patterns::Pattern pattern, patterns::parse_pattern(out.mined.text, head.id + ".adapt", isomorphisms));
  out.pattern.pattern = std::make_shared<const patterns::Pattern>(std::move(pattern));
  return out;
}

py::object mine(Pairs pairs, const std::string& id, const std::string& title, const std::vector<std::string>& when,
                const std::vector<std::string>& why) {
  const std::vector<FilePair> examples = file_pairs(std::move(pairs));
  patterns::mine::PatternHead head;
  head.id = id;
  head.title = title;
  head.when = when;
  head.why = why;
  const Loaded loaded = value_of(without_gil([&] { return mine_and_load(examples, head); }));
  const patterns::mine::Replay& replay = loaded.mined.replay;
  py::list notes;
  for (const std::string& note : replay.notes) notes.append(to_str(note));
  return make("Mined", to_str(loaded.mined.text), loaded.pattern, loaded.mined.rules,
              make("Replay", replay.files, replay.exact, replay.edits, replay.missing, replay.wrong, notes));
}

}  // namespace

void bind_mine(py::module_& module) {
  module.def("mine", &mine, py::arg("pairs"), py::kw_only(), py::arg("id") = "mined/candidate",
             py::arg("title") = "Mined from examples", py::arg("when") = std::vector<std::string>(),
             py::arg("why") = std::vector<std::string>(),
             "A pattern that makes of each text before what its author made of it, and leaves the rest alone.\n\n"
             "`pairs` are (before, after); equal ones show what must stay. `when` and `why` are lines of the pattern "
             "file: its [when] section and the reasons. Raises Error when the texts do not differ in code, or no rule "
             "explains the difference.");
}

}  // namespace adapt::python
