// The values, requests and replies of PROTOCOL.md, in its order. What a reply says has been checked against the page,
// and bounded, once it is one of these; encode() and decode() are inverse, because the engine journals replies.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/client/vocabulary.h"
#include "tools/base/json.h"
#include "tools/base/result.h"

namespace adapt::client {

inline constexpr std::size_t kMaxText = std::size_t{64} << 10U;  // bytes of one text in a reply
inline constexpr std::size_t kMaxList = 20000;                   // entries of one list or map in a reply

template <class T>
using Maybe = std::optional<T>;
using Texts = std::vector<std::string>;
using Seconds = std::map<std::string, double>;  // by stage

// Section 3.
struct Greeting {
  std::int64_t protocol = 0;
  std::string harness{}, python{};
  std::map<std::string, std::string> packages{};  // version by distribution name
  Texts methods{};
  std::int64_t modules = 0;  // imported ones
  bool operator==(const Greeting&) const = default;
};

// Section 4.
struct Stub {
  std::string module{};  // dotted
  Texts functions{};
  bool spec = false;  // whether importlib.util.find_spec is to find it
  bool operator==(const Stub&) const = default;
};

struct Model {
  std::string kind{}, name{}, size{};  // transformers|folder|file|forge; class or absolute path; tiny|base|full
  Maybe<std::string> factory{};        // of a file; a loader's variant
  std::int64_t seed = 0;
  std::vector<Stub> stubs{};  // there before its source is imported
  bool operator==(const Model&) const = default;
};

struct Draw {
  std::int64_t seed = 0;
  std::string variant{};  // base, padded, left-padded, shorter, batch1
  bool operator==(const Draw&) const = default;
};

struct Frame {
  std::string file{};
  Maybe<std::string> module{};
  std::int64_t line = 0;
  std::string function{}, source{};
  bool operator==(const Frame&) const = default;
};

// What the backend's own log says of a failure; found by the engine, which reads the log, and never sent by a worker.
struct LogFinding {
  std::string category{}, says{}, bringup{}, component{};
  std::int64_t line = 0;                         // of the log, from 1
  std::string text{};                            // that line
  std::string buffer{};                          // of the device's memory; "": none is named
  std::map<std::string, std::int64_t> memory{};  // bytes, by what they count
  Texts repairs{};
  double confidence = 0;
  bool operator==(const LogFinding&) const = default;
};

struct Failure {
  Stage stage = Stage::resolve;
  FailureClass failure_class = FailureClass::other;  // "class"
  std::string exception{}, message{}, fingerprint{};
  Maybe<std::string> op{}, file{};
  Maybe<std::int64_t> line{};
  Maybe<std::string> function{}, source{};
  std::vector<Frame> frames{};  // innermost first
  std::string log{};
  Maybe<LogFinding> finding{};
  bool operator==(const Failure&) const = default;
};

struct SourceRef {
  std::string module{}, file{}, path{}, sha256{}, role{};  // role: model|frame|graph
  bool operator==(const SourceRef&) const = default;
};

struct When {
  Texts stage{}, failure_class{};      // "class"; empty: any
  Maybe<std::string> op{}, message{};  // regular expressions
  bool operator==(const When&) const = default;
};

struct Option {
  std::string id{}, scope{};  // scope: env|load|config|forward|capture|lower|compile
  Json set = Json::object();
  std::string does{};
  Maybe<std::string> concession{}, cap{};
  When when{};
  bool operator==(const Option&) const = default;
};

struct ChosenOption {
  std::string id{}, scope{};
  Json set = Json::object();
  bool operator==(const ChosenOption&) const = default;
};

struct InputSpec {
  std::string name{}, dtype{};
  std::vector<std::int64_t> shape{};
  bool operator==(const InputSpec&) const = default;
};

// Section 6: a request knows its method's name, a reply its request.
struct ProbeRequest {
  static constexpr std::string_view kMethod = "probe";
  Maybe<Texts> backends{};  // none: all
  std::vector<ChosenOption> options{};
  bool operator==(const ProbeRequest&) const = default;
};
struct BackendProbe {
  std::string name{};
  bool available = false;
  std::string evidence{};
  Maybe<std::string> version{};
  std::vector<Option> options{};
  Maybe<std::string> concession{}, cap{};  // of every claim about this backend
  bool executes = true;                    // false: it compiles, and there is nothing to execute on
  bool operator==(const BackendProbe&) const = default;
};
struct ProbeReply {
  std::vector<BackendProbe> backends{};
  bool operator==(const ProbeReply&) const = default;
};

struct ModelsRequest {
  static constexpr std::string_view kMethod = "models";
  std::string prefix{};
  Maybe<std::string> near{};
  std::int64_t limit = 100;
  bool operator==(const ModelsRequest&) const = default;
};
struct ModelsReply {
  Texts names{};
  std::int64_t total = 0;
  bool operator==(const ModelsReply&) const = default;
};

struct DescribeRequest {
  static constexpr std::string_view kMethod = "describe";
  Model model{};
  std::string out{};  // folder
  bool operator==(const DescribeRequest&) const = default;
};
struct DescribeReply {
  std::string class_name{}, module{};  // "class"
  Json config{};                       // object or null
  std::int64_t parameters = 0;
  std::vector<InputSpec> inputs{};
  Json constants = Json::object();
  Texts notes{};
  bool operator==(const DescribeReply&) const = default;
};

struct ReferenceRequest {
  static constexpr std::string_view kMethod = "reference";
  Model model{};
  std::vector<Draw> draws{};
  std::string out{};  // folder
  bool fp64 = true, sensitivity = true, repeat = true;
  bool operator==(const ReferenceRequest&) const = default;
};
struct DrawFiles {
  std::int64_t seed = 0;
  std::string variant{}, inputs{}, fp32{};
  Maybe<std::string> fp64{};
  Texts effects{};
  bool operator==(const DrawFiles&) const = default;
};
struct UnavailableDraw {
  std::int64_t seed = 0;
  std::string variant{}, reason{};
  bool operator==(const UnavailableDraw&) const = default;
};
struct ReferenceReply {
  bool ok = false;
  Maybe<Failure> failure{};  // exactly when not ok; all that follows is filled as far as the run came
  std::string class_name{}, module{}, model_file{};
  Json config{};
  std::int64_t parameters = 0;
  std::string weights{};
  std::vector<InputSpec> inputs{};
  Json constants = Json::object();
  Texts notes{};
  std::vector<SourceRef> sources{};
  Texts requirements{};  // installed packages that files of the model's own import: "einops==0.8.1"
  bool deterministic = false;
  std::vector<DrawFiles> draws{};
  std::vector<UnavailableDraw> unavailable_draws{};
  Maybe<std::string> sensitivity{};
  bool operator==(const ReferenceReply&) const = default;
};

struct BuildRequest {
  static constexpr std::string_view kMethod = "build";
  Model model{};
  std::string backend{};
  Maybe<std::string> overlay{};  // folder
  std::vector<ChosenOption> options{};
  std::string inputs{}, out{};
  Stage until = Stage::compile;
  bool operator==(const BuildRequest&) const = default;
};
struct Graph {
  std::int64_t nodes = 0;
  std::map<std::string, std::int64_t> ops{};
  bool operator==(const Graph&) const = default;
};
struct Placement {
  std::int64_t on_backend = 0, elsewhere = 0;
  Texts detail{};
  bool operator==(const Placement&) const = default;
};
struct BuildReply {
  bool ok = false;
  Maybe<Failure> failure{};
  Stage reached = Stage::load;
  Maybe<std::string> artefact{};  // folder
  std::string weights{};
  std::vector<SourceRef> sources{};
  Texts overlaid{};
  Maybe<Graph> graph{};
  Maybe<Placement> placement{};
  std::string snippet{};
  Seconds seconds{};
  bool operator==(const BuildReply&) const = default;
};

struct ExecuteRequest {
  static constexpr std::string_view kMethod = "execute";
  std::string backend{}, artefact{};
  std::vector<ChosenOption> options{};
  Texts inputs{}, outputs{};  // files, pairwise
  bool operator==(const ExecuteRequest&) const = default;
};
struct ExecuteReply {
  bool ok = false;
  Maybe<Failure> failure{};
  Maybe<Placement> placement{};
  double seconds = 0;
  bool operator==(const ExecuteReply&) const = default;
};

struct EagerRequest {
  static constexpr std::string_view kMethod = "eager";
  Model model{};
  Maybe<std::string> overlay{};
  std::vector<ChosenOption> options{};
  Texts inputs{}, outputs{};
  Maybe<std::string> sensitivity{};
  bool effects = true;
  bool operator==(const EagerRequest&) const = default;
};
struct EagerReply {
  bool ok = false;
  Maybe<Failure> failure{};
  std::string weights{};
  Texts effects{};
  bool operator==(const EagerReply&) const = default;
};

struct PackageRequest {
  static constexpr std::string_view kMethod = "package";
  Model model{};
  std::string backend{}, inputs{}, expected{}, out{};  // inputs and outputs files of a draw; folder
  bool operator==(const PackageRequest&) const = default;
};
struct PackageReply {
  bool ok = false;
  Maybe<Failure> failure{};
  std::string builder{};  // Python text that defines build_model(options)
  Texts files{}, requirements{};
  bool operator==(const PackageReply&) const = default;
};

// One function in two versions on the same inputs.
struct CheckInput {
  std::string name{}, dtype{};  // dtype as torch spells it
  std::vector<std::int64_t> shape{};
  std::string fill{};  // normal, uniform, integers, values, range, distinct, some, mixed, all, none
  double low = 0, high = 1;
  std::vector<double> values{};
  bool nan = false, inf = false;
  bool operator==(const CheckInput&) const = default;
};
struct CheckDraw {
  std::int64_t seed = 0;
  std::vector<CheckInput> inputs{};
  std::string before{}, after{};  // files of outputs
  bool operator==(const CheckDraw&) const = default;
};
struct CheckRequest {
  static constexpr std::string_view kMethod = "check";
  std::string before{}, after{};  // Python files
  std::vector<CheckDraw> draws{};
  bool operator==(const CheckRequest&) const = default;
};
struct CheckRun {
  Maybe<std::string> raised{};  // class of the exception; none: the file is written
  std::string message{};
  bool operator==(const CheckRun&) const = default;
};
struct CheckAnswer {
  CheckRun before{}, after{};
  bool operator==(const CheckAnswer&) const = default;
};
struct CheckReply {
  bool ok = false;
  Maybe<Failure> failure{};
  bool reached = false;              // some line that differs between the versions was run
  std::vector<CheckAnswer> draws{};  // as many as asked for when ok
  bool operator==(const CheckReply&) const = default;
};

// What variables hold at given lines.
struct Place {
  std::string module{};
  std::vector<std::int64_t> lines{};
  bool operator==(const Place&) const = default;
};
struct FactsRequest {
  static constexpr std::string_view kMethod = "facts";
  Model model{};
  Maybe<std::string> overlay{};
  std::vector<ChosenOption> options{};
  std::vector<Draw> draws{};
  std::vector<Place> places{};
  bool operator==(const FactsRequest&) const = default;
};
struct Fact {
  std::string module{};
  std::int64_t line = 0;
  std::string name{}, kind{};  // kind: tensor|number|other
  Texts dtypes{};
  std::vector<std::int64_t> ranks{};
  std::vector<Maybe<std::vector<std::int64_t>>> shapes{};  // by draw
  Maybe<bool> is_static{};                                 // "static"
  bool parameter = false, aliased = false;
  Maybe<bool> gradient{};
  bool operator==(const Fact&) const = default;
};
struct FactsReply {
  bool ok = false;
  Maybe<Failure> failure{};
  Texts notes{};
  std::vector<Fact> facts{};
  bool operator==(const FactsReply&) const = default;
};

struct StubsRequest {
  static constexpr std::string_view kMethod = "stubs";
  std::vector<Stub> stubs{};
  bool operator==(const StubsRequest&) const = default;
};
struct StubsReply {
  bool ok = false;
  Maybe<Failure> failure{};
  bool operator==(const StubsReply&) const = default;
};

// Which part of a model is the first that fails alone: a diagnosis, which no verdict rests on.
struct BisectRequest {
  static constexpr std::string_view kMethod = "bisect";
  Model model{};
  std::string backend{};
  Maybe<std::string> overlay{};
  std::vector<ChosenOption> options{};
  std::string inputs{}, out{};  // file; folder
  std::int64_t limit = 64;      // most parts that are tried
  double seconds = 300;         // after the eager run; no part is begun later
  bool operator==(const BisectRequest&) const = default;
};
struct Culprit {
  std::string module{};      // path in the model: "encoder.layer.0"
  std::string class_name{};  // "class"
  std::string source{};      // dotted module that defines the class
  Failure failure{};
  bool operator==(const Culprit&) const = default;
};
struct BisectReply {
  bool ok = false;
  Maybe<Failure> failure{};  // of the model itself, in PyTorch
  Maybe<Culprit> culprit{};  // none: no part that was tried fails alone
  std::int64_t tried = 0;
  Texts notes{};
  bool operator==(const BisectReply&) const = default;
};

template <class Request>
struct ReplyOf;
template <>
struct ReplyOf<ProbeRequest> {
  using type = ProbeReply;
};
template <>
struct ReplyOf<ModelsRequest> {
  using type = ModelsReply;
};
template <>
struct ReplyOf<DescribeRequest> {
  using type = DescribeReply;
};
template <>
struct ReplyOf<ReferenceRequest> {
  using type = ReferenceReply;
};
template <>
struct ReplyOf<BuildRequest> {
  using type = BuildReply;
};
template <>
struct ReplyOf<ExecuteRequest> {
  using type = ExecuteReply;
};
template <>
struct ReplyOf<EagerRequest> {
  using type = EagerReply;
};
template <>
struct ReplyOf<PackageRequest> {
  using type = PackageReply;
};
template <>
struct ReplyOf<CheckRequest> {
  using type = CheckReply;
};
template <>
struct ReplyOf<FactsRequest> {
  using type = FactsReply;
};
template <>
struct ReplyOf<StubsRequest> {
  using type = StubsReply;
};
template <>
struct ReplyOf<BisectRequest> {
  using type = BisectReply;
};

// For every struct above. An error of kind `parse` names the path: "reply.failure.line is not an integer".
template <class T>
Result<T> decode(const Json& value, std::string_view where = "reply");
template <class T>
Json encode(const T& value);

}  // namespace adapt::client
