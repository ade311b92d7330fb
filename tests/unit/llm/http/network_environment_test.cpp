#include "agent/llm/http/network_environment.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace adapt::llm {
namespace {

TEST(NetworkEnvironment, KnowsThisMachineByItsNames) {
  for (const char* host :
       {"localhost", "LOCALHOST", "localhost.", "api.localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"})
    EXPECT_TRUE(is_loopback(host)) << host;
  for (const char* host : {"", "example.test", "localhost.example.test", "notlocalhost", "128.0.0.1", "127.0.0.1.test",
                           "127.0.0.256", "127.0.0", "::2", "1.0.0.127"})
    EXPECT_FALSE(is_loopback(host)) << host;
}

TEST(NetworkEnvironment, ChoosesTheProxyByScheme) {
  const NetworkEnvironment both{.http_proxy = "http://a", .https_proxy = "http://b", .all_proxy = "http://c"};
  EXPECT_EQ(both.proxy_for("http", "example.test"), "http://a");
  EXPECT_EQ(both.proxy_for("https", "example.test"), "http://b");
  EXPECT_EQ(both.proxy_for("https", "127.0.0.1"), "");
  const NetworkEnvironment fallback{.all_proxy = "http://c"};
  EXPECT_EQ(fallback.proxy_for("http", "example.test"), "http://c");
  EXPECT_EQ(NetworkEnvironment{}.proxy_for("https", "example.test"), "");
}

TEST(NetworkEnvironment, ReadsTheVariablesOfTheProcess) {
  const char* all[] = {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY",    "all_proxy",
                       "ALL_PROXY",  "no_proxy",   "NO_PROXY",    "CURL_CA_BUNDLE", "SSL_CERT_FILE"};
  for (const char* name : all) ::unsetenv(name);
  ::setenv("HTTP_PROXY", "http://set-by-a-client", 1);
  ::setenv("HTTPS_PROXY", "http://b", 1);
  ::setenv("ALL_PROXY", "", 1);
  ::setenv("no_proxy", "x.test", 1);
  ::setenv("SSL_CERT_FILE", "/ca.pem", 1);
  const NetworkEnvironment read = NetworkEnvironment::of_process();
  EXPECT_EQ(read.http_proxy, "");
  EXPECT_EQ(read.https_proxy, "http://b");
  EXPECT_EQ(read.all_proxy, "");
  EXPECT_EQ(read.no_proxy, "x.test");
  EXPECT_EQ(read.ca_file, "/ca.pem");
  ::setenv("CURL_CA_BUNDLE", "/first.pem", 1);
  EXPECT_EQ(NetworkEnvironment::of_process().ca_file, "/first.pem");
  for (const char* name : all) ::unsetenv(name);
}

}  // namespace
}  // namespace adapt::llm
