#include "agent/llm/http/transfer.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "agent/llm/http/curl_errors.h"
#include "tools/base/clock.h"

namespace adapt::llm {
namespace {

constexpr long kKeepAliveSeconds = 60;
constexpr long kReadBufferBytes = 64L * 1024;

// Visible characters of a name, so that nothing in it can end its line or begin another header.
bool is_token(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f' && c != ':'; });
}

bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return "";
  return CurlText(text).get();
}

// As libcurl would, but not for the programs that this one starts.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) {
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Remembers whether libcurl took every option: one that it did not take would make a weaker request without a word.
class Options {
 public:
  explicit Options(CURL* handle) : handle_(handle) {}
  template <class T>
  void set(CURLoption option, T value) {
    all_taken_ = curl_easy_setopt(handle_, option, value) == CURLE_OK && all_taken_;
  }
  bool all_taken() const { return all_taken_; }

 private:
  CURL* handle_;
  bool all_taken_ = true;
};

}  // namespace

std::int64_t now_ms() { return SystemClock().monotonic_ms(); }

Transfer::Transfer(HttpRequest request, std::shared_ptr<PieceQueue> queue, std::int64_t now)
    : request_(std::move(request)), queue_(std::move(queue)), easy_(curl_easy_init()), clock_(request_.clocks, now) {}

Transfer& Transfer::of(CURL* handle) {
  void* self = nullptr;
  curl_easy_getinfo(handle, CURLINFO_PRIVATE, &self);
  return *static_cast<Transfer*>(self);
}

bool Transfer::refuse(std::string_view why) {
  queue_->put_end({.kind = EndKind::connect, .detail = std::string(why)});
  return false;
}

bool Transfer::prepare(const NetworkEnvironment& environment) {
  if (!easy_) return refuse("no memory for a connection");
  if (!is_token(request_.method)) return refuse("the request's method is not a word");
  return locate(environment) && fill_headers() && set_options(environment);
}

bool Transfer::locate(const NetworkEnvironment& environment) {
  const UrlHandle url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, request_.url.c_str(), 0) != CURLUE_OK)
    return refuse("the request's URL cannot be read");
  const std::string scheme = part(url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return refuse("the request's URL is neither http nor https");
  const std::string host = part(url.get(), CURLUPART_HOST);
  place_ = host + ":" + part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  proxy_ = environment.proxy_for(scheme, host);
  return true;
}

bool Transfer::fill_headers() {
  bool typed = false;
  bool added = headers_.add("expect:");  // never wait for a "100 Continue" that many servers do not send
  for (const auto& [given, value] : request_.headers) {
    const std::string name = lower_case(given);
    if (name == "expect" || name == "accept-encoding") continue;
    if (!is_token(name) || !is_one_line(value)) return refuse("a header of the request is not one line of text");
    // A name without a value would take a header away; a semicolon sends it empty.
    added = headers_.add(value.empty() ? name + ";" : name + ": " + value) && added;
    typed = typed || name == "content-type";
  }
  if (!typed) added = headers_.add("content-type:") && added;  // else libcurl says that the body is a form
  // Packed pieces of a stream wait in the packer. An answer that is packed all the same is unpacked (set_options).
  if (request_.stream) added = headers_.add("accept-encoding: identity") && added;
  return added || refuse("no memory for the request's headers");
}

bool Transfer::set_options(const NetworkEnvironment& environment) {
  Options options(easy_.get());
  options.set(CURLOPT_PRIVATE, static_cast<void*>(this));
  options.set(CURLOPT_URL, request_.url.c_str());
  options.set(CURLOPT_PROTOCOLS_STR, "http,https");
  options.set(CURLOPT_FOLLOWLOCATION, 0L);  // the key would follow
  options.set(CURLOPT_HTTPHEADER, headers_.get());
  options.set(CURLOPT_ACCEPT_ENCODING, "");  // all that libcurl can unpack

  if (request_.method == "GET" && request_.body.empty()) {
    options.set(CURLOPT_HTTPGET, 1L);
  } else {
    options.set(CURLOPT_POST, 1L);
    options.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    options.set(CURLOPT_POSTFIELDS, request_.body.c_str());  // not copied: the transfer keeps the body
    if (request_.method != "POST") options.set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }

  options.set(CURLOPT_HTTP_VERSION, request_.http1 ? long{CURL_HTTP_VERSION_1_1} : long{CURL_HTTP_VERSION_2TLS});
  options.set(CURLOPT_PIPEWAIT, 0L);
  options.set(CURLOPT_BUFFERSIZE, kReadBufferBytes);
  options.set(CURLOPT_NOSIGNAL, 1L);
  options.set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  options.set(CURLOPT_QUICK_EXIT, 1L);  // a name look-up that hangs is left behind instead of waited for
  options.set(CURLOPT_TCP_KEEPALIVE, 1L);
  options.set(CURLOPT_TCP_KEEPIDLE, kKeepAliveSeconds);
  options.set(CURLOPT_TCP_KEEPINTVL, kKeepAliveSeconds);
  // Our clock decides; libcurl is told so that it shares the time among a host's addresses, and has no limit of its
  // own.
  const std::int64_t connect = request_.clocks.connect > 0 ? request_.clocks.connect : 86'400'000;
  options.set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min<std::int64_t>(connect, 2'000'000'000)));

  options.set(CURLOPT_PROXY, proxy_.c_str());  // "" keeps libcurl from looking at the environment
  options.set(CURLOPT_NOPROXY, environment.no_proxy.c_str());
  options.set(CURLOPT_HEADEROPT, long{CURLHEADER_SEPARATE});  // a proxy that only tunnels does not see the key
  options.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);

  options.set(CURLOPT_SSL_VERIFYPEER, 1L);
  options.set(CURLOPT_SSL_VERIFYHOST, 2L);
  const std::string& ca_file = request_.ca_file.empty() ? environment.ca_file : request_.ca_file;
  if (!ca_file.empty()) {
    options.set(CURLOPT_CAINFO, ca_file.c_str());
    options.set(CURLOPT_CAPATH, static_cast<char*>(nullptr));  // else the system's authorities would count as well
  }

  options.set(CURLOPT_PREREQFUNCTION, &Transfer::before_send);
  options.set(CURLOPT_PREREQDATA, static_cast<void*>(this));
  options.set(CURLOPT_HEADERFUNCTION, &Transfer::take_head_line);
  options.set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  options.set(CURLOPT_WRITEFUNCTION, &Transfer::take_bytes);
  options.set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  return options.all_taken() || refuse("libcurl lacks an option that we need");
}

std::optional<std::int64_t> Transfer::deadline() const {
  const std::optional<std::int64_t> clock = clock_.deadline();
  const std::optional<std::int64_t> drained = queue_->drained_by();
  return clock && drained ? std::min(*clock, *drained) : clock ? clock : drained;
}

std::optional<End> Transfer::judge(std::int64_t now) {
  if (queue_->is_unwanted(now)) return End{.kind = EndKind::cancelled, .detail = "cancelled"};
  if (clock_.phase() == PhaseClock::Phase::upload) {
    curl_off_t sent = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_SIZE_UPLOAD_T, &sent);
    if (std::cmp_greater_equal(sent, request_.body.size())) clock_.enter(PhaseClock::Phase::first_byte, now);
  }
  const std::string_view clock = clock_.expired(now);
  if (clock.empty()) return std::nullopt;
  return End{.kind = EndKind::timed_out, .detail = fmt::format("{}: {} did not answer in time", clock, place_)};
}

void Transfer::resume(std::int64_t now) {
  if (!paused_ || !queue_->has_room()) return;
  paused_ = false;
  clock_.resume(now);
  curl_easy_pause(easy_.get(), CURLPAUSE_CONT);  // hands over what it kept at once, and may pause again
}

void Transfer::finish(CURLcode code) { queue_->put_end(verdict_ ? *verdict_ : end_of(code)); }

End Transfer::end_of(CURLcode code) const {
  if (code == CURLE_OK && answered_) return {.kind = EndKind::complete};
  if (code == CURLE_OPERATION_TIMEDOUT && !sending_)
    return {.kind = EndKind::timed_out, .detail = fmt::format("connect: {} did not answer in time", place_)};
  // libcurl has a bound of its own for one line of a head.
  if (sending_ && !answered_ && code == CURLE_OUT_OF_MEMORY)
    return {.kind = EndKind::oversized, .detail = fmt::format("{}: the head of the answer is too long", place_)};
  if (code == CURLE_OK) return {.kind = EndKind::cut, .detail = fmt::format("{}: no answer came", place_)};
  return {.kind = sending_ ? EndKind::cut : EndKind::connect, .detail = describe_failure(easy_.get(), code, place_)};
}

// A connection that was kept can break under a request. libcurl then sends it again, even when all of it had gone out
// and the server may be at work on it: a model would be paid twice. Only what never left is sent on a new connection.
int Transfer::on_send() {
  long sent = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &sent);
  if (sending_ && sent > 0) {
    verdict_ = End{.kind = EndKind::cut,
                   .detail = fmt::format("{}: the kept connection was closed before an answer came", place_)};
    return CURL_PREREQFUNC_ABORT;
  }
  sending_ = true;
  clock_.enter(request_.body.empty() ? PhaseClock::Phase::first_byte : PhaseClock::Phase::upload, now_ms());
  return CURL_PREREQFUNC_OK;
}

bool Transfer::on_head_line(std::string_view line) {
  clock_.enter(PhaseClock::Phase::idle, now_ms());
  switch (head_.take(line)) {
    case HeadReader::State::complete:
      answered_ = true;
      queue_->put_head(head_.head());
      return true;
    case HeadReader::State::oversized:
      verdict_ = End{
          .kind = EndKind::oversized,
          .detail = fmt::format("{}: the head of the answer is longer than {} bytes", place_, HeadReader::kMaxBytes)};
      return false;
    case HeadReader::State::reading:
    case HeadReader::State::done: return true;
  }
  return true;
}

std::size_t Transfer::on_bytes(std::string_view bytes) {
  const std::int64_t now = now_ms();
  clock_.enter(PhaseClock::Phase::idle, now);
  if (received_ + bytes.size() > request_.max_bytes) {
    verdict_ = End{.kind = EndKind::oversized,
                   .detail = fmt::format("{}: the answer is longer than {} bytes", place_, request_.max_bytes)};
    return CURL_WRITEFUNC_ERROR;
  }
  if (!queue_->put_bytes(bytes)) {
    paused_ = true;
    clock_.pause(now);
    return CURL_WRITEFUNC_PAUSE;
  }
  received_ += bytes.size();
  return bytes.size();
}

// No exception may pass through libcurl's frames: short memory ends the transfer as an error of the callback does.
int Transfer::before_send(void* self, char*, char*, int, int) {
  try {
    return static_cast<Transfer*>(self)->on_send();
  } catch (...) {
    return CURL_PREREQFUNC_ABORT;
  }
}

std::size_t Transfer::take_head_line(char* data, std::size_t, std::size_t count, void* self) {
  try {
    return static_cast<Transfer*>(self)->on_head_line({data, count}) ? count : CURL_WRITEFUNC_ERROR;
  } catch (...) {
    return CURL_WRITEFUNC_ERROR;
  }
}

std::size_t Transfer::take_bytes(char* data, std::size_t, std::size_t count, void* self) {
  try {
    return static_cast<Transfer*>(self)->on_bytes({data, count});
  } catch (...) {
    return CURL_WRITEFUNC_ERROR;
  }
}

}  // namespace adapt::llm
