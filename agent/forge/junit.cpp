#include "agent/forge/junit.h"

#include <expat.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace adapt::forge {
namespace {

struct ParserDeleter {
  void operator()(XML_Parser parser) const noexcept { XML_ParserFree(parser); }
};
using ParserPtr = std::unique_ptr<std::remove_pointer_t<XML_Parser>, ParserDeleter>;

// What expat's functions below work on. They are called from C and throw nothing but on lack of memory.
struct Reading {
  XML_Parser parser = nullptr;
  std::vector<JunitCase> cases;
  std::string stopped;  // why, when the parse was ended from here
  std::size_t property_bytes = 0;
  int depth = 0;
  bool in_case = false, in_detail = false;

  void stop(std::string why) {
    if (stopped.empty()) stopped = std::move(why);
    XML_StopParser(parser, XML_FALSE);
  }
};

std::string attribute(const XML_Char** attributes, std::string_view name) {
  for (; *attributes != nullptr; attributes += 2)
    if (name == *attributes) return attributes[1];
  return {};
}

void add_property(Reading& reading, const XML_Char** attributes) {
  std::string name = attribute(attributes, "name"), value = attribute(attributes, "value");
  reading.property_bytes += name.size() + value.size();
  if (reading.property_bytes > kMostJunitProperty) return reading.stop("a test case with too many properties");
  reading.cases.back().properties.insert_or_assign(std::move(name), std::move(value));
}

void begin(void* data, const XML_Char* name, const XML_Char** attributes) {
  Reading& reading = *static_cast<Reading*>(data);
  const std::string_view tag = name;
  if (++reading.depth > kMostJunitDepth) return reading.stop("elements too deep");
  if (tag == "testcase" && !reading.in_case) {
    if (reading.cases.size() >= kMostJunitCases) return reading.stop("too many test cases");
    reading.in_case = true;
    reading.property_bytes = 0;
    reading.cases.push_back({.name = attribute(attributes, "name")});
  } else if (reading.in_case && tag == "property") {
    add_property(reading, attributes);
  } else if (reading.in_case && (tag == "failure" || tag == "error" || tag == "skipped")) {
    JunitCase& one = reading.cases.back();
    // A failure counts whatever follows: the teardown of a crashed test may add an error.
    if (one.kind != JunitCase::Kind::failed) {
      one.kind = tag == "skipped" ? JunitCase::Kind::skipped : JunitCase::Kind::failed;
      one.type = attribute(attributes, "type");
      one.message = attribute(attributes, "message").substr(0, kMostJunitDetail);
    }
    reading.in_detail = true;
  }
}

void end(void* data, const XML_Char* name) {
  Reading& reading = *static_cast<Reading*>(data);
  const std::string_view tag = name;
  --reading.depth;
  if (tag == "testcase") reading.in_case = false;
  if (tag == "failure" || tag == "error" || tag == "skipped") reading.in_detail = false;
}

void text(void* data, const XML_Char* bytes, int length) {
  Reading& reading = *static_cast<Reading*>(data);
  if (!reading.in_detail || !reading.in_case) return;
  std::string& detail = reading.cases.back().detail;
  detail.append(bytes, std::min(static_cast<std::size_t>(length), kMostJunitDetail - detail.size()));
}

void refuse_entity(void* data, const XML_Char*, int, const XML_Char*, int, const XML_Char*, const XML_Char*,
                   const XML_Char*, const XML_Char*) {
  static_cast<Reading*>(data)->stop("it declares entities");
}

}  // namespace

Result<std::vector<JunitCase>> parse_junit(std::string_view xml) {
  if (xml.size() > kMostJunitBytes) return fail(ErrorKind::parse, "{} bytes are too many", xml.size());
  const ParserPtr parser(XML_ParserCreate(nullptr));
  if (!parser) return fail(ErrorKind::environment, "the XML parser could not be made");
  Reading reading{.parser = parser.get(), .cases = {}, .stopped = {}};
  XML_SetUserData(parser.get(), &reading);
  XML_SetElementHandler(parser.get(), begin, end);
  XML_SetCharacterDataHandler(parser.get(), text);
  XML_SetEntityDeclHandler(parser.get(), refuse_entity);
  if (XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), XML_TRUE) == XML_STATUS_OK)
    return std::move(reading.cases);
  const std::string why = reading.stopped.empty() ? XML_ErrorString(XML_GetErrorCode(parser.get())) : reading.stopped;
  return fail(ErrorKind::parse, "line {}: {}", XML_GetCurrentLineNumber(parser.get()), why);
}

}  // namespace adapt::forge
