// The deny list as data. A rule names what is looked at, how heavy it weighs, and why.
#pragma once

#include <span>
#include <string_view>

#include "harness/judge/patch_policy.h"

namespace adapt::judge {

struct Rule {
  std::string_view id;
  Severity severity;
  std::string_view reason;
};

// A row of words that share a rule; words are separated by blanks.
struct WordRule {
  Rule rule;
  std::string_view words;
};

// Resolved absolute names and everything below them: "os" covers os.environ. The first row that fits decides, so an
// exception stands before what it is excepted from; a row without an id allows.
std::span<const WordRule> name_rules();
// Attributes of objects whose type nobody knows: x.data_ptr().
std::span<const WordRule> attribute_rules();
// Built-in functions, where the name is not bound to something else.
std::span<const WordRule> builtin_rules();
// Methods whose definition changes what others see.
std::span<const WordRule> definition_rules();

// Constructs with a check of their own in patch_finder.cpp.
namespace rules {
extern const Rule kSyntax, kCoding, kUnicodeName, kShadowFile, kNewFile, kWildcardImport, kSelfImport, kNewImport,
    kModuleAsValue, kHandler, kFinallyLeaves, kDynamicName, kForeignSetattr, kMonkeyPatch, kPackagePatch, kDunder,
    kBigLiteral, kLongString, kHostDevice, kGlobalState;
}

bool holds_word(std::string_view words, std::string_view word);

// Packages that the verdict stands on: nothing may be assigned into them, no file may be called like them.
bool is_protected_package(std::string_view root);
// Imports that say nothing about what a patch is up to.
bool is_plain_import(std::string_view dotted);
// Modules whose attributes are reached by dotted names only; as a value they escape this check.
bool is_known_module(std::string_view dotted);
// __init__ and the like.
bool is_plain_dunder(std::string_view name);

}  // namespace adapt::judge
