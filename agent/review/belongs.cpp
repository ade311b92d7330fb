#include "agent/review/belongs.h"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace adapt::review {
namespace {

using client::FailureClass;
using client::Stage;

using Set = std::uint32_t;  // of enumerators, by bit

template <class E>
constexpr Set bit(E value) {
  return Set{1} << static_cast<unsigned>(value);
}
template <class E>
constexpr Set set_of(std::initializer_list<E> values) {
  Set out = 0;
  for (const E value : values) out |= bit(value);
  return out;
}

constexpr Set kAny = 0;  // no condition
constexpr Set kOfCompiler = set_of({Stage::lower, Stage::compile, Stage::run, Stage::compare});
constexpr Set kBeforeModel = set_of({Stage::resolve, Stage::load, Stage::inputs});
constexpr Set kDied =
    set_of({FailureClass::crash, FailureClass::hang, FailureClass::exit, FailureClass::out_of_memory});
constexpr Set kRefused =
    set_of({FailureClass::unsupported_op, FailureClass::unsupported_dtype, FailureClass::legalize_failed});
constexpr Set kWrong =
    set_of({FailureClass::output_mismatch, FailureClass::nan_output, FailureClass::nondeterministic});

enum class Ask : std::uint8_t { nothing, only_options, in_loader, many_models, not_needed_later };

struct Rule {
  Set stages = kAny, classes = kAny;
  Ask ask = Ask::nothing;
  Layer layer = Layer::model;
  bool file_issue = false;
  std::string_view why;
};

// The first row that holds decides.
constexpr std::array kRules = {
    Rule{.classes = set_of({FailureClass::missing_package}),
         .layer = Layer::environment,
         .why = "a package is absent: requirements beside the loader, or the environment, are where it is named"},
    Rule{.ask = Ask::in_loader,
         .layer = Layer::loader,
         .why = "every changed place is in the loader, which others do not share"},
    Rule{.stages = kBeforeModel,
         .layer = Layer::loader,
         .why = "it fails before the model is called: what loads it and makes its inputs is at fault"},
    // However many models: their messages are alike, what they decide is not.
    Rule{.stages = set_of({Stage::capture}),
         .classes = set_of({FailureClass::data_dependent}),
         .layer = Layer::model,
         .why =
             "a value that is known only when the model runs decides what it computes: no compiler can know it before"},
    Rule{.stages = kOfCompiler,
         .ask = Ask::not_needed_later,
         .layer = Layer::compiler,
         .why = "a newer version of the backend works without the change: updating it makes the change superfluous"},
    Rule{.ask = Ask::only_options,
         .layer = Layer::config,
         .why = "settings alone repair it, and the source stays as it is"},
    Rule{.stages = kOfCompiler,
         .ask = Ask::many_models,
         .layer = Layer::compiler,
         .file_issue = true,
         .why = "the same failure blocks several models: one change in the compiler takes the place of one in each"},
    Rule{.stages = kOfCompiler,
         .classes = kDied,
         .layer = Layer::compiler,
         .file_issue = true,
         .why = "no program that a model can be should end a compiler or its runtime; a change of the model is a "
                "workaround"},
    Rule{.stages = kOfCompiler,
         .classes = kWrong,
         .layer = Layer::compiler,
         .file_issue = true,
         .why = "what was compiled computes something else than the model does; a change of the model is a workaround"},
    Rule{.stages = kOfCompiler,
         .classes = kRefused,
         .layer = Layer::model,
         .file_issue = true,
         .why = "the compiler lacks an operation that the model can do without; it is known of few models so far"},
    Rule{.ask = Ask::many_models,
         .layer = Layer::compiler,
         .file_issue = true,
         .why = "the same failure blocks several models before they are lowered: the front end could take their form"},
    Rule{.layer = Layer::model, .why = "the model's own code asks for what cannot be captured or lowered"},
};

bool holds(Ask ask, const Symptoms& symptoms) {
  switch (ask) {
    case Ask::nothing: return true;
    case Ask::only_options: return symptoms.only_options;
    case Ask::in_loader: return symptoms.in_loader;
    case Ask::many_models: return symptoms.models_blocked + 1 >= kManyModels;
    case Ask::not_needed_later: return symptoms.not_needed_later;
  }
  return false;
}

}  // namespace

std::string_view to_string(Layer layer) {
  switch (layer) {
    case Layer::environment: return "environment";
    case Layer::loader: return "loader";
    case Layer::config: return "config";
    case Layer::model: return "model";
    case Layer::compiler: return "compiler";
  }
  return "model";
}

Belongs where_it_belongs(const Symptoms& symptoms) {
  for (const Rule& rule : kRules) {
    const bool fits = (rule.stages == kAny || (rule.stages & bit(symptoms.stage)) != 0) &&
                      (rule.classes == kAny || (rule.classes & bit(symptoms.failure_class)) != 0);
    if (fits && holds(rule.ask, symptoms)) return {rule.layer, std::string(rule.why), rule.file_issue};
  }
  return {};
}

}  // namespace adapt::review
