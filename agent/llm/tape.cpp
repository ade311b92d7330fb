#include "agent/llm/tape.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "tools/base/file.h"
#include "tools/base/hash.h"
#include "tools/base/text.h"
#include "tools/base/unique_fd.h"

namespace adapt::llm {
namespace {

// Members of a body that say who asks or when, not what.
constexpr std::array<std::string_view, 7> kVolatile = {
    "metadata",    "user",           "prompt_cache_key",    "safety_identifier",
    "diagnostics", "stream_options", "prompt_cache_options"};

constexpr std::array<std::string_view, 4> kKeptRequestHeaders = {"content-type", "accept", "anthropic-version",
                                                                 "openai-beta"};

bool is_kept_answer_header(std::string_view name) {
  return name == "content-type" || name == "retry-after" || name == "retry-after-ms" || name == "x-should-retry" ||
         name == "request-id" || name == "x-request-id" || name.starts_with("x-ratelimit-") ||
         name.starts_with("anthropic-ratelimit-");
}

Json without_volatile(Json body) {
  if (!body.is_object()) return body;
  for (const std::string_view name : kVolatile) body.erase(std::string(name));
  return body;
}

// A body that is no JSON stands for itself.
Json body_of(std::string_view text) {
  Json body = Json::parse(text.begin(), text.end(), nullptr, false);
  return body.is_discarded() ? Json(std::string(text)) : body;
}

std::string shortened(const Json& value) {
  std::string text = dump(value);
  constexpr std::size_t kLongest = 120;
  if (text.size() <= kLongest) return text;
  text.resize(kLongest);
  while (!is_utf8(text)) text.pop_back();
  return text + "...";
}

// Deep enough for any request of ours, and bounded: what reads and compares JSON calls itself.
constexpr int kMaxTapeDepth = 256;

std::optional<Json> parse_line(std::string_view line) {
  bool too_deep = false;
  const Json::parser_callback_t watch_depth = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kMaxTapeDepth;
    return !too_deep;
  };
  Json json = Json::parse(line.begin(), line.end(), watch_depth, /*allow_exceptions=*/false);
  return too_deep || json.is_discarded() ? std::nullopt : std::optional(std::move(json));
}

Result<void> check_header(const std::optional<Json>& header, const std::string& name) {
  if (!header) return fail(ErrorKind::parse, "{}:1: not JSON", name);
  const std::int64_t version = int_or(*header, "tape", 0);
  if (version == kTapeVersion) return {};
  return fail(ErrorKind::parse, "{} is a recording of version {}; this program plays version {}", name, version,
              kTapeVersion);
}

// The mark around quoted text holds a hash of the text, so that it differs before the text does.
bool is_mark(std::string_view line) { return line.starts_with("<data ") || line.starts_with("</data "); }

// The first byte at which two texts part; what parts them within marks tells a reader nothing.
std::size_t parting(std::string_view recorded, std::string_view asked) {
  const auto first_of = [](std::string_view a, std::string_view b) {
    return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
  };
  const std::vector<std::string_view> lines = split_lines(recorded), others = split_lines(asked);
  for (std::size_t i = 0; i < std::min(lines.size(), others.size()); ++i) {
    if (lines[i] == others[i] || (is_mark(lines[i]) && is_mark(others[i]) && lines[i].size() == others[i].size()))
      continue;
    return static_cast<std::size_t>(lines[i].data() - recorded.data()) + first_of(lines[i], others[i]);
  }
  return first_of(recorded, asked);
}

// Around the place where two texts part.
std::string text_difference(const std::string& recorded, const std::string& asked) {
  const std::size_t at = parting(recorded, asked);
  const std::size_t from = at > 40 ? at - 40 : 0;
  return fmt::format("from byte {}: recorded {}, asked {}", at, shortened(recorded.substr(from, 100)),
                     shortened(asked.substr(from, 100)));
}

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string encode_base64(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k)
      group = (group << 8U) | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      out += k <= count ? kBase64[(group >> (18U - 6U * static_cast<unsigned>(k))) & 63U] : '=';
  }
  return out;
}

std::string decode_base64(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const std::size_t digit = kBase64.find(c);
    if (digit == std::string_view::npos) break;
    bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
    if ((held += 6) < 8) continue;
    held -= 8;
    out += static_cast<char>((bits >> held) & 255U);
  }
  return out;
}

Json headers_json(const Headers& headers, bool (*kept)(std::string_view)) {
  Json out = Json::object();
  for (const auto& [name, value] : headers)
    if (kept(name)) out[name] = value;
  return out;
}

bool is_kept_request_header(std::string_view name) {
  return std::ranges::find(kKeptRequestHeaders, name) != kKeptRequestHeaders.end();
}

struct EndName {
  EndKind kind;
  std::string_view name;
};
constexpr std::array kEndNames = {
    EndName{EndKind::complete, "complete"},
    EndName{EndKind::connect, "connect"},
    EndName{EndKind::cut, "cut"},
    EndName{EndKind::timed_out, "timed_out"},
    EndName{EndKind::cancelled, "cancelled"},
    EndName{EndKind::oversized, "oversized"},
    EndName{EndKind::missing, "missing"},
};

std::string_view end_name(EndKind kind) { return std::ranges::find(kEndNames, kind, &EndName::kind)->name; }

// An exchange whose pieces are known.
class Played final : public Exchange {
 public:
  explicit Played(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {}
  Piece next() override { return at_ + 1 < pieces_.size() ? pieces_[at_++] : pieces_.back(); }

 private:
  std::vector<Piece> pieces_;  // ends with an End
  std::size_t at_ = 0;
};

std::vector<Piece> pieces_of(const Json& answer) {
  std::vector<Piece> out;
  if (const auto status = int_or(answer, "status", 0); status != 0) {
    Head head{static_cast<int>(status), {}};
    for (const auto& [name, value] : member_or_null(answer, "headers").items())
      if (value.is_string()) head.headers.emplace_back(name, value.get<std::string>());
    out.emplace_back(std::move(head));
  }
  for (const Json& piece : member_or_null(answer, "pieces")) {
    if (!piece.is_array() || piece.size() != 2) continue;
    out.emplace_back(
        Bytes{piece[1].is_string() ? piece[1].get<std::string>() : decode_base64(string_or(piece[1], "base64", ""))});
  }
  const auto* const end = std::ranges::find(kEndNames, string_or(answer, "end", "cut"), &EndName::name);
  out.emplace_back(End{end == kEndNames.end() ? EndKind::cut : end->kind, string_or(answer, "detail", "")});
  return out;
}

}  // namespace

std::string tape_key(std::string_view path, std::string_view body) {
  return sha256_hex(fmt::format("{}\n{}", path, dump(without_volatile(body_of(body)))));
}

std::string first_difference(const Json& recorded, const Json& asked, const std::string& where) {
  if (recorded == asked) return "";
  const std::string name = where.empty() ? "body" : where;
  if (recorded.is_string() && asked.is_string())
    return fmt::format("{} {}", name, text_difference(recorded.get<std::string>(), asked.get<std::string>()));
  if (recorded.is_object() && asked.is_object()) {
    for (const auto& [key, value] : recorded.items()) {
      const std::string path = where.empty() ? key : where + "." + key;
      if (!asked.contains(key)) return fmt::format("{}: recorded {}, not asked", path, shortened(value));
      if (std::string found = first_difference(value, asked[key], path); !found.empty()) return found;
    }
    for (const auto& [key, value] : asked.items())
      if (!recorded.contains(key))
        return fmt::format("{}: asked {}, not recorded", where.empty() ? key : where + "." + key, shortened(value));
  }
  if (recorded.is_array() && asked.is_array()) {
    for (std::size_t i = 0; i < std::min(recorded.size(), asked.size()); ++i)
      if (std::string found = first_difference(recorded[i], asked[i], fmt::format("{}[{}]", name, i)); !found.empty())
        return found;
    return fmt::format("{}: recorded {} entries, asked {}", name, recorded.size(), asked.size());
  }
  return fmt::format("{}: recorded {}, asked {}", name, shortened(recorded), shortened(asked));
}

struct TapeRecorder::File {
  std::mutex mutex;
  UniqueFd file;

  Result<void> append(const Json& line) {
    const std::string bytes = dump(line) + "\n";
    const std::scoped_lock lock(mutex);
    const off_t before = ::lseek(file.get(), 0, SEEK_END);
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const ssize_t wrote = ::write(file.get(), rest.data(), rest.size());
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) {
        const Error error{ErrorKind::io, fmt::format("cannot write the recording: {}", std::strerror(errno))};
        cut(before);  // the next line begins on a line of its own
        return tl::unexpected<Error>(error);
      }
      rest.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return {};
  }

  // Takes off what a killed recorder left of its last line, and returns the first one; "" when there is none.
  Result<std::string> mend() {
    constexpr off_t kStep = 4096;
    std::array<char, kStep> bytes{};
    off_t end = ::lseek(file.get(), 0, SEEK_END);
    for (bool found = false; end > 0 && !found;) {
      const off_t from = std::max<off_t>(0, end - kStep);
      const auto wanted = static_cast<std::size_t>(end - from);
      if (::pread(file.get(), bytes.data(), wanted, from) != static_cast<ssize_t>(wanted))
        return fail(ErrorKind::io, "{}", std::strerror(errno));
      const std::size_t last = std::string_view(bytes.data(), wanted).rfind('\n');
      found = last != std::string_view::npos;
      end = found ? from + static_cast<off_t>(last) + 1 : from;
    }
    cut(end);
    const ssize_t got = ::pread(file.get(), bytes.data(), bytes.size(), 0);
    const std::string_view begin(bytes.data(), got < 0 ? 0 : static_cast<std::size_t>(got));
    return std::string(begin.substr(0, begin.find('\n')));
  }

 private:
  void cut(off_t size) const {
    // Where this fails, too, the next line will be the one that cannot be read, and says so.
    while (size >= 0 && ::ftruncate(file.get(), size) != 0 && errno == EINTR) {
    }
  }
};

class TapeRecorder::Recording final : public Exchange {
 public:
  Recording(std::shared_ptr<File> file, std::unique_ptr<Exchange> inner, Json request, std::string key,
            const Redactor& redactor, const Clock& clock)
      : file_(std::move(file)),
        inner_(std::move(inner)),
        redactor_(redactor),
        clock_(clock),
        line_{{"key", std::move(key)}, {"request", std::move(request)}},
        last_ms_(clock.monotonic_ms()) {
    line_["answer"] = Json{{"status", 0}, {"headers", Json::object()}, {"pieces", Json::array()}};
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  ~Recording() override { static_cast<void>(write({EndKind::cut, "not read to its end"})); }

  // A reader that has all it wants does not wait for the end. What cannot be written now is missing when the tape is
  // played: there is nobody left to tell.
  void finish() override {
    static_cast<void>(write(End{}));
    inner_->finish();
  }

  Piece next() override {
    Piece piece = inner_->next();
    Json& answer = line_["answer"];
    if (const auto* head = std::get_if<Head>(&piece)) {
      answer["status"] = head->status;
      answer["headers"] = headers_json(head->headers, is_kept_answer_header);
    } else if (const auto* bytes = std::get_if<Bytes>(&piece)) {
      const std::int64_t now = clock_.monotonic_ms();
      answer["pieces"].push_back(Json::array({now - last_ms_, kept(bytes->data)}));
      last_ms_ = now;
    } else if (const auto* end = std::get_if<End>(&piece)) {
      if (const Result<void> done = write(*end); !done) return End{EndKind::cut, done.error().message};
    }
    return piece;
  }

 private:
  // Pieces of text stay readable; one that a character was cut in, or that is none, is kept as bytes.
  static Json kept(const std::string& data) {
    return is_utf8(data) ? Json(data) : Json{{"base64", encode_base64(data)}};
  }

  Result<void> write(const End& end) {
    if (written_) return {};
    written_ = true;
    line_["answer"]["end"] = end_name(end.kind);
    line_["answer"]["detail"] = redactor_.text(end.detail);
    return file_->append(redacted());
  }

  // A secret may be spread over two pieces: where the whole answer holds one, the answer is kept as one piece.
  Json redacted() {
    Json& pieces = line_["answer"]["pieces"];
    std::string whole;
    for (const Json& piece : pieces)
      whole += piece[1].is_string() ? piece[1].get<std::string>() : decode_base64(string_or(piece[1], "base64", ""));
    if (std::string clean = redactor_.text(whole); clean != whole)
      pieces = Json::array({Json::array({0, kept(clean)})});
    line_["request"] = redactor_.json(std::move(line_["request"]));
    line_["answer"]["headers"] = redactor_.json(std::move(line_["answer"]["headers"]));
    return line_;
  }

  std::shared_ptr<File> file_;
  std::unique_ptr<Exchange> inner_;
  const Redactor& redactor_;
  const Clock& clock_;
  Json line_;
  std::int64_t last_ms_;
  bool written_ = false;
};

TapeRecorder::TapeRecorder(std::shared_ptr<File> file, Transport& inner, const Redactor& redactor, const Clock& clock)
    : file_(std::move(file)), inner_(inner), redactor_(redactor), clock_(clock) {}
TapeRecorder::~TapeRecorder() = default;

Result<std::unique_ptr<TapeRecorder>> TapeRecorder::open(const std::filesystem::path& path, Transport& inner,
                                                         const Redactor& redactor, const Clock& clock) {
  auto file = std::make_shared<File>();
  file->file.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file->file || ::fchmod(file->file.get(), S_IRUSR | S_IWUSR) != 0)
    return fail(ErrorKind::io, "cannot record to {}: {}", path.string(), std::strerror(errno));
  const Result<std::string> header = file->mend();
  if (!header) return fail(header.error(), fmt::format("cannot record to {}", path.string()));
  if (header->empty()) {
    ADAPT_TRY_VOID(file->append(Json{{"tape", kTapeVersion}, {"created_ms", clock.utc_ms()}}));
  } else {
    ADAPT_TRY_VOID(check_header(parse_line(*header), path.string()));
    ADAPT_TRY_VOID(file->append(Json{{"resumed_ms", clock.utc_ms()}}));
  }
  return std::unique_ptr<TapeRecorder>(new TapeRecorder(std::move(file), inner, redactor, clock));
}

std::unique_ptr<Exchange> TapeRecorder::send(HttpRequest request) {
  Json kept{{"method", request.method},
            {"path", request.path},
            {"headers", headers_json(request.headers, is_kept_request_header)},
            {"body", body_of(request.body)}};
  std::string key = tape_key(request.path, request.body);
  return std::make_unique<Recording>(file_, inner_.send(std::move(request)), std::move(kept), std::move(key), redactor_,
                                     clock_);
}

Result<std::unique_ptr<TapePlayer>> TapePlayer::open(const std::filesystem::path& path) {
  ADAPT_TRY(const std::string text, read_file(path, kMaxTapeBytes));
  return parse(text, path.string());
}

Result<std::unique_ptr<TapePlayer>> TapePlayer::parse(std::string_view text, const std::string& name) {
  auto player = std::make_unique<TapePlayer>();
  std::size_t number = 0;
  bool is_resumed = false;
  for (const std::string_view line : split_lines(text)) {
    const std::optional<Json> json = parse_line(line);
    ++number;
    if (number == 1) {
      ADAPT_TRY_VOID(check_header(json, name));
      continue;
    }
    const bool ends_here = line.data() + line.size() == text.data() + text.size();
    if (!json && ends_here) break;  // what a killed recorder left
    if (!json) return fail(ErrorKind::parse, "{}:{}: not JSON", name, number);
    const std::string where = fmt::format("{}:{}", name, number);
    if (json->contains("resumed_ms")) {
      is_resumed = true;
      continue;
    }
    ADAPT_TRY(std::string key, read_string(*json, "key", where));
    ADAPT_TRY(const Json* request, read_object(*json, "request", where));
    ADAPT_TRY(const Json* answer, read_object(*json, "answer", where));
    std::vector<Recorded>& before = player->exchanges_;
    while (is_resumed && !before.empty() && before.back().key == key) before.pop_back();
    is_resumed = false;
    before.push_back({std::move(key), *request, *answer});
  }
  if (number == 0) return fail(ErrorKind::parse, "{} is empty", name);
  return player;
}

std::unique_ptr<Exchange> TapePlayer::send(HttpRequest request) {
  const std::string key = tape_key(request.path, request.body);
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find_if(
      exchanges_, [&](const Recorded& exchange) { return !exchange.played && exchange.key == key; });
  if (found != exchanges_.end()) {
    found->played = true;
    return std::make_unique<Played>(pieces_of(found->answer));
  }
  const auto next = std::ranges::find(exchanges_, false, &Recorded::played);
  std::string why = "the recording has ended";
  if (next != exchanges_.end()) {
    why = first_difference(string_or(next->request, "path", ""), request.path, "path");
    if (why.empty())
      why = first_difference(without_volatile(member_or_null(next->request, "body")),
                             without_volatile(body_of(request.body)));
    why = fmt::format("exchange {}: {}", next - exchanges_.begin() + 1, why);
  }
  return std::make_unique<Played>(std::vector<Piece>{End{EndKind::missing, "not in the recording; " + why}});
}

std::size_t TapePlayer::played() const {
  const std::scoped_lock lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count(exchanges_, true, &Recorded::played));
}

}  // namespace adapt::llm
