#include "agent/domain/result_file.h"

#include <gtest/gtest.h>

#include "tests/unit/review/a_bundle.h"
#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::review {
namespace {

class ResultFile : public testing::Test {
 protected:
  ResultFile() : folder(TempDir::create("adapt-result-")) { EXPECT_TRUE(folder); }
  Result<domain::RunResult> read(const std::string& text) const {
    EXPECT_TRUE(write_file_atomic(folder->path() / "result.json", text));
    return domain::read_result(folder->path() / "result.json");
  }
  Result<TempDir> folder;
};

TEST_F(ResultFile, ComesBackAsItWasWritten) {
  domain::RunResult written = a_bundle().result;
  written.blocker = written.failure;
  written.metrics["pcc"] = 0.5;
  written.llm = {.endpoint = "e",
                 .stopped = "repaired",
                 .detail = "",
                 .calls = 2,
                 .turns = 3,
                 .input_tokens = 4,
                 .output_tokens = 5,
                 .cached_tokens = 1,
                 .nano_usd = 1500000,
                 .unpriced_tokens = 0,
                 .estimated = true};
  const auto back = read(dump_pretty(domain::to_json(written)));
  ASSERT_TRUE(back) << back.error().message;
  written.out = folder->path().string();
  EXPECT_EQ(dump_pretty(domain::to_json(*back)), dump_pretty(domain::to_json(written)));
}

TEST_F(ResultFile, ThatIsDamagedIsAnErrorAndNeverACrash) {
  const OrderedJson good = domain::to_json(a_bundle().result);
  for (const char* key : {"run", "model", "backend", "outcome", "level", "failure", "repairs", "concessions", "metrics",
                          "attempts", "wall_s", "spend", "reason"})
    for (const OrderedJson& value : {OrderedJson(nullptr), OrderedJson(7), OrderedJson("x"),
                                     OrderedJson::array({1, "y"}), OrderedJson{{"stage", 3}}}) {
      OrderedJson changed = good;
      changed[key] = value;
      const auto back = read(changed.dump());
      EXPECT_TRUE(back || back.error().kind == ErrorKind::parse) << key << (back ? "" : back.error().message);
    }
  EXPECT_FALSE(read(""));
  EXPECT_FALSE(read("[]"));
  EXPECT_FALSE(read("{\"run\":"));
}

}  // namespace
}  // namespace adapt::review
