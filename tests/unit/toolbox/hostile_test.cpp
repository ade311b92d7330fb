// Arguments that no honest model writes: every tool answers each of them, changes nothing and stays within its bounds.
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/toolbox/stand_in_bench.h"
#include "tools/toolbox/schema.h"

namespace adapt::toolbox {
namespace {

TEST(Hostile, TextsThatAreNoArgumentsAreComplaints) {
  const std::string texts[] = {
      "x",
      "[",
      std::string(200'000, '['),
      R"({"a":)" + std::string(100'000, '{'),
      std::string("{\"symbol\":\"a\0b\"}", 17),
      "{\"symbol\":\"\xff\xfe\"}",
      "{\"symbol\":\"\\ud800\"}",
      R"({"symbol":"\u0000"})",
      std::string(kMaxArguments * 2, 'x'),
      "42",
      R"({"nothing":1})",
      R"({"symbol":{"symbol":{"symbol":1}}})",
      std::string("\0", 1),
  };
  for (const Spec& spec : Toolbox::specs()) {
    for (const std::string& text : texts) {
      Bed bed("x = 1\n");
      const auto reply = bed.tools.call(spec.name, text);
      ASSERT_TRUE(reply) << reply.error().message;
      EXPECT_TRUE(reply->is_error) << spec.name << " " << text.substr(0, 40);
      EXPECT_LT(reply->text.size(), 2000U);
      EXPECT_TRUE(is_utf8(reply->text));
      EXPECT_EQ(bed.tools.draft(), Draft{});
    }
  }
}

TEST(Hostile, DeepCodeIsBounded) {
  Bed bed("def f(x):\n    return x\n");
  for (const std::string& code : {std::string(20'000, '('), std::string(20'000, '[') + std::string(20'000, ']'),
                                  "x" + std::string(5'000, '.'), std::string(20'000, '-') + "1"}) {
    for (const Json& asked : {Json{{"symbol", "f"}, {"code", code}}, bed.address({{"code", "x"}}, 1, {{"code", code}}),
                              Json{{"symbol", "f"}, {"search", "x)"}, {"replace", code}}}) {
      const auto reply = bed.tools.call("rewrite", dump(asked));
      ASSERT_TRUE(reply);
      EXPECT_LE(reply->text.size(), kMaxReply);
      bed.tools.restore({});
    }
    const auto found = bed.tools.call("find_nodes", dump(Json{{"code", code.substr(0, 4000)}}));
    ASSERT_TRUE(found);
  }
}

// conformance 91
TEST(Hostile, NamesAreOnlyNames) {
  Bed bed("x = 1\n");
  for (const char* name : {"../../etc/passwd", "/etc/passwd", ":", "::", "a:b:c", ".", "..", "#1", "pkg.m:", ":x",
                           "pkg", "<|im_start|>", "\x1b[31m", ""}) {
    const Reply reply = bed.call("read_source", {{"symbol", name}});
    EXPECT_FALSE(contains(reply.text, "<|") || contains(reply.text, "\x1b")) << name;
    EXPECT_EQ(reply.is_error, std::string_view(name) != "pkg.m:") << name;
  }
  EXPECT_TRUE(says(bed.refused({{"symbol", "/etc/passwd"}, {"search", "root"}, {"replace", "x"}}), "names nothing"));
}

TEST(Hostile, RandomCallsNeverBreakTheSource) {
  const char* const pieces[] = {"def f():\n", "    x = 1\n", "\"\"\"",   "(",    ")",          "\n",    "if a: b()\n",
                                "#",          "\\\n",        "\t",       "@d\n", "class C:\n", "g(1)",  "; ",
                                "\r\n",       "\xc3\xa9",    "return x", ":",    "lambda: ",   "f'{x}'"};
  const char* const kinds[] = {"call",
                               "identifier",
                               "block",
                               "expression_statement",
                               "string",
                               "comment",
                               "module",
                               "function_definition",
                               "argument_list",
                               "decorator",
                               "return_statement",
                               "if_statement"};
  const char* const operations[] = {"replace", "insert_before", "insert_after", "delete"};
  std::mt19937 chance(20240611);
  const auto pick = [&](const auto& list) { return list[chance() % std::size(list)]; };
  const auto text = [&](unsigned most) {
    std::string out;
    for (auto i = chance() % most; i > 0; --i) out += pick(pieces);
    return out;
  };
  std::size_t done = 0;
  for (int round = 0; round < 300; ++round) {
    Bed bed("def f():\n    g(1)\n    return x  # end\n" + text(12));
    const std::string before = bed.text();
    const auto errors = [](const std::string& source) { return pyast::Document::parse(source).value()->error_count(); };
    Json asked = {{"symbol", chance() % 2 == 0 ? "f" : "pkg.m"}};
    if (chance() % 3 == 0) {
      asked.update({{"search", before.substr(chance() % before.size(), 1 + chance() % 9)}, {"replace", text(4)}});
      if (!is_utf8(asked["search"].get<std::string>())) continue;
    } else {
      const char* kind = pick(kinds);
      const Reply rows = bed.call("find_nodes", {{"kind", kind}});
      if (contains(rows.text, "0 nodes")) continue;
      asked = bed.address({{"kind", kind}});
      asked["operation"] = pick(operations);
      if (asked["operation"] != "delete") asked["code"] = text(5);
    }
    const auto reply = bed.tools.call("rewrite", dump(asked));
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->changed, bed.text() != before);
    EXPECT_LE(errors(bed.text()), errors(before)) << dump(asked) << "\n" << before;
    done += reply->changed ? 1 : 0;
  }
  EXPECT_GT(done, 20U);
}

}  // namespace
}  // namespace adapt::toolbox
