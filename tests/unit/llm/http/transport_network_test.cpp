// Proxies and certificates.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <vector>

#include "exchange_text.h"
#include "tools/base/file.h"

namespace adapt::llm {
namespace {

using fakes::answer;
using fakes::answers;
using fakes::Connection;
using fakes::FaultServer;
using fakes::TestAuthority;

// A proxy never sees a name resolved: ".invalid" names resolve nowhere, so an answer came through the proxy.
HttpRequest to(std::string url) {
  return {.url = std::move(url), .headers = {{"authorization", "Bearer k"}}, .body = "{}"};
}

// A request that finds no server, soon even where the resolver is slow to say so.
HttpRequest nowhere(const std::string& host) {
  HttpRequest request = to("http://" + host + "/");
  request.clocks.connect = 1000;
  return request;
}

// The authority's certificate in a file, as a user would name it.
class AuthorityFile {
 public:
  explicit AuthorityFile(const TestAuthority& authority) : folder_(TempDir::create("authority").value()) {
    EXPECT_TRUE(write_file_atomic(path(), authority.certificate_pem()));
  }
  std::string path() const { return (folder_.path() / "ca.pem").string(); }

 private:
  TempDir folder_;
};

// The descriptors of this process that lead to `port`.
std::vector<int> sockets_to(int port) {
  std::vector<int> out;
  for (int fd = 3; fd < 1024; ++fd) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 && ntohs(peer.sin_port) == port)
      out.push_back(fd);
  }
  return out;
}

TEST(TransportNetwork, ConnectionsAreNotLeftToProgramsThatAreStarted) {
  FaultServer server(answers({answer(200, "ok")}));
  const auto transport = start_transport();
  ask(*transport, to(server.url()));
  const std::vector<int> kept = sockets_to(server.port());
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(::fcntl(kept[0], F_GETFD), FD_CLOEXEC);
}

// conformance 18
TEST(TransportNetwork, AProxyIsAskedForHostsElsewhere) {
  FaultServer proxy(answers({answer(200, "by proxy")}));
  const auto transport = start_transport({.http_proxy = proxy.url()});
  EXPECT_EQ(ask(*transport, to("http://model.invalid/v1/x")).heard, (Heard{200, "by proxy", EndKind::complete}));
  ASSERT_EQ(proxy.requests().size(), 1U);
  EXPECT_EQ(proxy.requests()[0].line(), "POST http://model.invalid/v1/x HTTP/1.1");
}

// conformance 18
TEST(TransportNetwork, AProxyIsNotAskedForThisMachineNorForHostsThatAreExcepted) {
  FaultServer proxy(answers({answer(200, "by proxy")}));
  FaultServer server(answers({answer(200, "direct")}));
  const auto transport = start_transport({.http_proxy = proxy.url(), .no_proxy = "model.invalid,.example.invalid"});
  const std::string port = std::to_string(server.port());
  for (const std::string& host : {std::string("127.0.0.1"), std::string("localhost"), std::string("127.1")})
    EXPECT_EQ(ask(*transport, to("http://" + host + ":" + port + "/")).heard, (Heard{200, "direct", EndKind::complete}))
        << host;
  for (const char* host : {"model.invalid", "a.example.invalid"})
    EXPECT_EQ(ask(*transport, nowhere(host)).heard.status, 0) << host;
  EXPECT_EQ(proxy.connections().size(), 0U);
}

// conformance 18
TEST(TransportNetwork, TheEnvironmentIsNotReadBehindTheCallersBack) {
  FaultServer proxy(answers({answer(200, "by proxy")}));
  ::setenv("http_proxy", proxy.url().c_str(), 1);
  const auto transport = start_transport();
  EXPECT_EQ(ask(*transport, nowhere("model.invalid")).heard.status, 0);
  const auto honouring = start_transport(NetworkEnvironment::of_process());
  EXPECT_EQ(ask(*honouring, to("http://model.invalid/")).heard, (Heard{200, "by proxy", EndKind::complete}));
  ::unsetenv("http_proxy");
}

// conformance 18
TEST(TransportNetwork, ATunnellingProxyDoesNotSeeTheKey) {
  const TestAuthority authority;
  const AuthorityFile file(authority);
  const auto context = authority.server_context("DNS:model.invalid");
  FaultServer proxy([&](Connection& c) {
    c.request();
    c.send("HTTP/1.1 200 Connected\r\n\r\n");
    if (c.start_tls(context.get())) answers({answer(200, "through the tunnel")})(c);
  });
  const auto transport = start_transport({.https_proxy = proxy.url(), .ca_file = file.path()});
  EXPECT_EQ(ask(*transport, to("https://model.invalid/v1/x")).heard,
            (Heard{200, "through the tunnel", EndKind::complete}));
  const auto seen = proxy.requests();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].line(), "CONNECT model.invalid:443 HTTP/1.1");
  EXPECT_EQ(seen[0].header("authorization"), "");
  EXPECT_EQ(seen[1].line(), "POST /v1/x HTTP/1.1");
  EXPECT_EQ(seen[1].header("authorization"), "Bearer k");
}

TEST(TransportNetwork, AProxyThatRefusesTheTunnelCannotBeConnectedThroughAndItsAnswerIsNotTheServers) {
  FaultServer proxy(answers({answer(502, "no")}));
  const auto transport = start_transport({.https_proxy = proxy.url()});
  EXPECT_EQ(ask(*transport, to("https://model.invalid/")).heard, (Heard{0, "", EndKind::connect}));
}

TEST(TransportNetwork, APasswordOfAProxyIsInNoError) {
  for (const char* proxy :
       {"http://user:canary@127.0.0.1:1", "bad://user:canary@127.0.0.1:1", "http://user:canary@["}) {
    const auto transport = start_transport({.http_proxy = proxy});
    const Listener got = ask(*transport, to("http://model.invalid/"));
    EXPECT_EQ(got.heard, (Heard{0, "", EndKind::connect})) << proxy;
    EXPECT_EQ(got.detail.find("canary"), std::string::npos) << got.detail;
  }
}

// conformance 18
TEST(TransportNetwork, AnAuthorityNamedByEnvironmentOrRequestIsTrusted) {
  const TestAuthority authority;
  const AuthorityFile file(authority);
  const auto context = authority.server_context("IP:127.0.0.1");
  FaultServer server(answers({answer(200, "safe")}), context.get());
  const auto by_environment = start_transport({.ca_file = file.path()});
  EXPECT_EQ(ask(*by_environment, to(server.url())).heard, (Heard{200, "safe", EndKind::complete}));
  const auto by_request = start_transport({.ca_file = "/nowhere.pem"});
  HttpRequest request = to(server.url());
  request.ca_file = file.path();
  EXPECT_EQ(ask(*by_request, request).heard, (Heard{200, "safe", EndKind::complete}));
}

// conformance 18
TEST(TransportNetwork, AnotherAuthorityIsRefusedAndNothingIsSent) {
  const TestAuthority authority;
  const TestAuthority stranger;
  const AuthorityFile file(stranger);
  const auto context = authority.server_context("IP:127.0.0.1");
  FaultServer server(answers({answer(200, "unsafe")}), context.get());
  for (const NetworkEnvironment& environment : {NetworkEnvironment{.ca_file = file.path()}, NetworkEnvironment{}}) {
    const auto transport = start_transport(environment);
    const Listener got = ask(*transport, to(server.url()));
    EXPECT_EQ(got.heard, (Heard{0, "", EndKind::connect}));
    EXPECT_EQ(got.detail, "127.0.0.1:" + std::to_string(server.port()) +
                              ": its certificate comes from an authority that is not trusted here");
  }
  EXPECT_EQ(server.requests().size(), 0U);
}

// conformance 18
TEST(TransportNetwork, ACertificateForAnotherHostIsRefused) {
  const TestAuthority authority;
  const AuthorityFile file(authority);
  for (const char* name : {"IP:127.0.0.2", "DNS:model.invalid"}) {
    const auto context = authority.server_context(name);
    FaultServer server(answers({answer(200, "unsafe")}), context.get());
    const auto transport = start_transport({.ca_file = file.path()});
    const Listener got = ask(*transport, to(server.url()));
    EXPECT_EQ(got.heard, (Heard{0, "", EndKind::connect})) << name;
    EXPECT_EQ(got.detail,
              "127.0.0.1:" + std::to_string(server.port()) + ": its certificate was issued to another host name");
    EXPECT_EQ(server.requests().size(), 0U);
  }
}

TEST(TransportNetwork, ACertificateFileThatIsNotThereIsRefused) {
  const TestAuthority authority;
  const auto context = authority.server_context("IP:127.0.0.1");
  FaultServer server(answers({answer(200, "unsafe")}), context.get());
  const auto transport = start_transport({.ca_file = "/nowhere.pem"});
  EXPECT_EQ(ask(*transport, to(server.url())).heard, (Heard{0, "", EndKind::connect}));
}

TEST(TransportNetwork, AStreamOverTlsThatIsCutWithoutGoodbyeIsACut) {
  const TestAuthority authority;
  const AuthorityFile file(authority);
  const auto context = authority.server_context("IP:127.0.0.1");
  std::atomic<bool> read = false;
  FaultServer server(
      [&](Connection& c) {
        c.request();
        c.send(fakes::head(200) + "data: 1\n\n");
        for (int i = 0; i < 4000 && !read; ++i) c.sleep(5);
        c.reset();
      },
      context.get());
  const auto transport = start_transport({.ca_file = file.path()});
  const auto exchange = transport->send(to(server.url()));
  Listener listener;
  ASSERT_TRUE(listen_for_bytes(*exchange, listener));
  read = true;
  while (listener.take(exchange->next())) {
  }
  EXPECT_EQ(listener.heard, (Heard{200, "data: 1\n\n", EndKind::cut}));
}

}  // namespace
}  // namespace adapt::llm
