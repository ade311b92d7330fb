#include "harness/client/messages.h"

#include <concepts>
#include <type_traits>

#include "harness/client/codec.h"

namespace adapt::client {

// T, const or not: the same description reads and writes.
template <class S, class T>
concept Is = std::same_as<std::remove_const_t<S>, T>;

template <class V, Is<Greeting> S>
void fields(V& v, S& x) {
  v("protocol", x.protocol);
  v.optional("harness", x.harness);
  v.optional("python", x.python);
  v("packages", x.packages);
  v("methods", x.methods);
  v.optional("modules", x.modules);
}

template <class V, Is<Stub> S>
void fields(V& v, S& x) {
  v("module", x.module);
  v("functions", x.functions);
  v("spec", x.spec);
}

template <class V, Is<Model> S>
void fields(V& v, S& x) {
  v("kind", x.kind);
  v("name", x.name);
  v("size", x.size);
  v("factory", x.factory);
  v("seed", x.seed);
  v("stubs", x.stubs);
}

template <class V, Is<Draw> S>
void fields(V& v, S& x) {
  v("seed", x.seed);
  v("variant", x.variant);
}

template <class V, Is<Frame> S>
void fields(V& v, S& x) {
  v("file", x.file);
  v("module", x.module);
  v("line", x.line);
  v("function", x.function);
  v("source", x.source);
}

template <class V, Is<LogFinding> S>
void fields(V& v, S& x) {
  v("category", x.category);
  v("says", x.says);
  v("bringup_status", x.bringup);
  v("component", x.component);
  v("line", x.line);
  v("text", x.text);
  v("buffer", x.buffer);
  v("memory", x.memory);
  v("repairs", x.repairs);
  v("confidence", x.confidence);
}

template <class V, Is<Failure> S>
void fields(V& v, S& x) {
  v("stage", x.stage);
  v("class", x.failure_class);
  v("exception", x.exception);
  v("message", x.message);
  v("fingerprint", x.fingerprint);
  v("op", x.op);
  v("file", x.file);
  v("line", x.line);
  v("function", x.function);
  v("source", x.source);
  v("frames", x.frames);
  v.optional("log", x.log);
  v.present("finding", x.finding);
}

template <class V, Is<SourceRef> S>
void fields(V& v, S& x) {
  v("module", x.module);
  v("file", x.file);
  v("path", x.path);
  v("sha256", x.sha256);
  v("role", x.role);
}

template <class V, Is<When> S>
void fields(V& v, S& x) {
  v("stage", x.stage);
  v("class", x.failure_class);
  v("op", x.op);
  v("message", x.message);
}

template <class V, Is<Option> S>
void fields(V& v, S& x) {
  v("id", x.id);
  v("scope", x.scope);
  v("set", x.set);
  v.optional("does", x.does);
  v("concession", x.concession);
  v("cap", x.cap);
  v.optional("when", x.when);
}

template <class V, Is<ChosenOption> S>
void fields(V& v, S& x) {
  v("id", x.id);
  v("scope", x.scope);
  v("set", x.set);
}

template <class V, Is<InputSpec> S>
void fields(V& v, S& x) {
  v("name", x.name);
  v("dtype", x.dtype);
  v("shape", x.shape);
}

template <class V, Is<ProbeRequest> S>
void fields(V& v, S& x) {
  v("backends", x.backends);
  v("options", x.options);
}

template <class V, Is<BackendProbe> S>
void fields(V& v, S& x) {
  v("name", x.name);
  v("available", x.available);
  v("evidence", x.evidence);
  v("version", x.version);
  v("options", x.options);
  v("concession", x.concession);
  v("cap", x.cap);
  v.optional("executes", x.executes);
}

template <class V, Is<ProbeReply> S>
void fields(V& v, S& x) {
  v("backends", x.backends);
}

template <class V, Is<ModelsRequest> S>
void fields(V& v, S& x) {
  v("prefix", x.prefix);
  v("near", x.near);
  v("limit", x.limit);
}

template <class V, Is<ModelsReply> S>
void fields(V& v, S& x) {
  v("names", x.names);
  v("total", x.total);
}

template <class V, Is<DescribeRequest> S>
void fields(V& v, S& x) {
  v("model", x.model);
  v("out", x.out);
}

template <class V, Is<DescribeReply> S>
void fields(V& v, S& x) {
  v("class", x.class_name);
  v("module", x.module);
  v("config", x.config);
  v("parameters", x.parameters);
  v("inputs", x.inputs);
  v("constants", x.constants);
  v("notes", x.notes);
}

template <class V, Is<ReferenceRequest> S>
void fields(V& v, S& x) {
  v("model", x.model);
  v("draws", x.draws);
  v("out", x.out);
  v("fp64", x.fp64);
  v("sensitivity", x.sensitivity);
  v("repeat", x.repeat);
}

template <class V, Is<DrawFiles> S>
void fields(V& v, S& x) {
  v("seed", x.seed);
  v("variant", x.variant);
  v("inputs", x.inputs);
  v("fp32", x.fp32);
  v("fp64", x.fp64);
  v("effects", x.effects);
}

template <class V, Is<UnavailableDraw> S>
void fields(V& v, S& x) {
  v("seed", x.seed);
  v("variant", x.variant);
  v("reason", x.reason);
}

template <class V, Is<ReferenceReply> S>
void fields(V& v, S& x) {
  v("ok", x.ok);
  v("failure", x.failure);
  v.optional("class", x.class_name);
  v.optional("module", x.module);
  v.optional("model_file", x.model_file);
  v("config", x.config);
  v.optional("parameters", x.parameters);
  v.optional("weights", x.weights);
  v("inputs", x.inputs);
  v("constants", x.constants);
  v("notes", x.notes);
  v("sources", x.sources);
  v.optional("requirements", x.requirements);
  v.optional("deterministic", x.deterministic);
  v("draws", x.draws);
  v("unavailable_draws", x.unavailable_draws);
  v("sensitivity", x.sensitivity);
}

template <class V, Is<BuildRequest> S>
void fields(V& v, S& x) {
  v("model", x.model);
  v("backend", x.backend);
  v("overlay", x.overlay);
  v("options", x.options);
  v("inputs", x.inputs);
  v("out", x.out);
  v("until", x.until);
}

template <class V, Is<Graph> S>
void fields(V& v, S& x) {
  v("nodes", x.nodes);
  v("ops", x.ops);
}

template <class V, Is<Placement> S>
void fields(V& v, S& x) {
  v("on_backend", x.on_backend);
  v("elsewhere", x.elsewhere);
  v("detail", x.detail);
}

template <class V, Is<BuildReply> S>
void fields(V& v, S& x) {
  v("ok", x.ok);
  v("failure", x.failure);
  v("reached", x.reached);
  v("artefact", x.artefact);
  v.optional("weights", x.weights);
  v("sources", x.sources);
  v("overlaid", x.overlaid);
  v("graph", x.graph);
  v("placement", x.placement);
  v.optional("snippet", x.snippet);
  v("seconds", x.seconds);
}

template <class V, Is<ExecuteRequest> S>
void fields(V& v, S& x) {
  v("backend", x.backend);
  v("artefact", x.artefact);
  v("options", x.options);
  v("inputs", x.inputs);
  v("outputs", x.outputs);
}

template <class V, Is<ExecuteReply> S>
void fields(V& v, S& x) {
  v("ok", x.ok);
  v("failure", x.failure);
  v("placement", x.placement);
  v.optional("seconds", x.seconds);
}

template <class V, Is<EagerRequest> S>
void fields(V& v, S& x) {
  v("model", x.model);
  v("overlay", x.overlay);
  v("options", x.options);
  v("inputs", x.inputs);
  v("outputs", x.outputs);
  v("sensitivity", x.sensitivity);
  v("effects", x.effects);
}

template <class V, Is<EagerReply> S>
void fields(V& v, S& x) {
  v("ok", x.ok);
  v("failure", x.failure);
  v.optional("weights", x.weights);
  v("effects", x.effects);
}

template <class V, Is<PackageRequest> S>
void fields(V& v, S& x) {
  v("model", x.model);
  v("backend", x.backend);
  v("inputs", x.inputs);
  v("expected", x.expected);
  v("out", x.out);
}

template <class V, Is<PackageReply> S>
void fields(V& v, S& x) {
  v("ok", x.ok);
  v("failure", x.failure);
  v.optional("builder", x.builder);
  v("files", x.files);
  v("requirements", x.requirements);
}

template <class V, Is<CheckInput> S>
void fields(V& v, S& x) {
  v("name", x.name);
  v("dtype", x.dtype);
  v("shape", x.shape);
  v("fill", x.fill);
  v("low", x.low);
  v("high", x.high);
  v("values", x.values);
  v("nan", x.nan);
  v("inf", x.inf);
}

template <class V, Is<CheckDraw> S>
void fields(V& v, S& x) {
  v("seed", x.seed);
  v("inputs", x.inputs);
  v("before", x.before);
  v("after", x.after);
}

template <class V, Is<CheckRequest> S>
void fields(V& v, S& x) {
  v("before", x.before);
  v("after", x.after);
  v("draws", x.draws);
}

template <class V, Is<CheckRun> S>
void fields(V& v, S& x) {
  v("raised", x.raised);
  v("message", x.message);
}

template <class V, Is<CheckAnswer> S>
void fields(V& v, S& x) {
  v("before", x.before);
  v("after", x.after);
}

template <class V, Is<CheckReply> S>
void fields(V& v, S& x) {
  v("ok", x.ok);
  v("failure", x.failure);
  v("reached", x.reached);
  v("draws", x.draws);
}

template <class V, Is<Place> S>
void fields(V& v, S& x) {
  v("module", x.module);
  v("lines", x.lines);
}

template <class V, Is<FactsRequest> S>
void fields(V& v, S& x) {
  v("model", x.model);
  v("overlay", x.overlay);
  v("options", x.options);
  v("draws", x.draws);
  v("places", x.places);
}

template <class V, Is<Fact> S>
void fields(V& v, S& x) {
  v("module", x.module);
  v("line", x.line);
  v("name", x.name);
  v("kind", x.kind);
  v("dtypes", x.dtypes);
  v("ranks", x.ranks);
  v("shapes", x.shapes);
  v("static", x.is_static);
  v("parameter", x.parameter);
  v("aliased", x.aliased);
  v("gradient", x.gradient);
}

template <class V, Is<FactsReply> S>
void fields(V& v, S& x) {
  v("ok", x.ok);
  v("failure", x.failure);
  v("notes", x.notes);
  v("facts", x.facts);
}

template <class V, Is<StubsRequest> S>
void fields(V& v, S& x) {
  v("stubs", x.stubs);
}

template <class V, Is<StubsReply> S>
void fields(V& v, S& x) {
  v("ok", x.ok);
  v("failure", x.failure);
}

template <class V, Is<BisectRequest> S>
void fields(V& v, S& x) {
  v("model", x.model);
  v("backend", x.backend);
  v("overlay", x.overlay);
  v("options", x.options);
  v("inputs", x.inputs);
  v("out", x.out);
  v("limit", x.limit);
  v("seconds", x.seconds);
}

template <class V, Is<Culprit> S>
void fields(V& v, S& x) {
  v("module", x.module);
  v("class", x.class_name);
  v("source", x.source);
  v("failure", x.failure);
}

template <class V, Is<BisectReply> S>
void fields(V& v, S& x) {
  v("ok", x.ok);
  v("failure", x.failure);
  v("culprit", x.culprit);
  v("tried", x.tried);
  v("notes", x.notes);
}

#define ADAPT_MESSAGE(T)                                       \
  template Result<T> decode<T>(const Json&, std::string_view); \
  template Json encode<T>(const T&);
#define ADAPT_METHOD(M)     \
  ADAPT_MESSAGE(M##Request) \
  ADAPT_MESSAGE(M##Reply)
ADAPT_MESSAGE(Greeting)
ADAPT_MESSAGE(Stub)
ADAPT_MESSAGE(Model)
ADAPT_MESSAGE(Draw)
ADAPT_MESSAGE(Frame)
ADAPT_MESSAGE(LogFinding)
ADAPT_MESSAGE(Failure)
ADAPT_MESSAGE(SourceRef)
ADAPT_MESSAGE(Option)
ADAPT_MESSAGE(ChosenOption)
ADAPT_MESSAGE(InputSpec)
ADAPT_MESSAGE(Placement)
ADAPT_MESSAGE(DrawFiles)
ADAPT_MESSAGE(BackendProbe)
ADAPT_MESSAGE(Culprit)
ADAPT_METHOD(Probe)
ADAPT_METHOD(Models)
ADAPT_METHOD(Describe)
ADAPT_METHOD(Reference)
ADAPT_METHOD(Build)
ADAPT_METHOD(Execute)
ADAPT_METHOD(Eager)
ADAPT_METHOD(Package)
ADAPT_METHOD(Check)
ADAPT_METHOD(Facts)
ADAPT_METHOD(Stubs)
ADAPT_METHOD(Bisect)
#undef ADAPT_METHOD
#undef ADAPT_MESSAGE

}  // namespace adapt::client
