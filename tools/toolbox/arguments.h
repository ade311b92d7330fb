// What each tool is given. The help texts are what the language model reads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/toolbox/schema.h"

namespace adapt::toolbox {

struct InspectFailure {
  std::string which = "latest";
  bool log = false;
};
template <class Visitor>
void describe(Visitor& visit, InspectFailure& arguments) {
  visit({.name = "which",
         .help = "latest: of the last draft that was run and failed. first: the one that is to be repaired. Default: "
                 "latest.",
         .choices = {"latest", "first"}},
        arguments.which);
  visit({.name = "log", .help = "Also the tail of the backend's own log. Default: false."}, arguments.log);
}

struct ReadSource {
  std::string symbol;
  std::optional<std::int64_t> from_line, to_line;
};
template <class Visitor>
void describe(Visitor& visit, ReadSource& arguments) {
  visit({.name = "symbol",
         .help = "'module:Class.method', 'Class.method', 'function' or 'module'. A long module or class is answered by "
                 "an outline.",
         .required = true},
        arguments.symbol);
  visit({.name = "from_line", .help = "First line to show, as the file counts them.", .least = 1}, arguments.from_line);
  visit({.name = "to_line", .help = "Last line to show.", .least = 1}, arguments.to_line);
}

struct FindNodes {
  std::optional<std::string> code, kind, symbol;
  std::int64_t limit = 20;
};
template <class Visitor>
void describe(Visitor& visit, FindNodes& arguments) {
  visit({.name = "code",
         .help = "Python code to look for, where $NAME stands for any expression: 'torch.cumsum($X, $DIM)'. The same "
                 "$NAME twice stands for equal code. Give either code or kind.",
         .max_bytes = 4096},
        arguments.code);
  visit({.name = "kind", .help = "A kind of node of tree-sitter-python: 'call', 'for_statement', 'assignment'."},
        arguments.kind);
  visit({.name = "symbol", .help = "Where to look: a module, class or function. Default: everywhere."},
        arguments.symbol);
  visit({.name = "limit", .help = "Most nodes to answer. Default: 20.", .least = 1, .most = 100}, arguments.limit);
}

struct Rewrite {
  std::string symbol;
  std::string operation = "replace";
  std::optional<std::string> kind, fingerprint, code, search, replace;
  std::optional<std::int64_t> occurrence;
  std::vector<std::string> imports;
};
template <class Visitor>
void describe(Visitor& visit, Rewrite& arguments) {
  visit(
      {.name = "symbol", .help = "The function, class or module to change, as read_source takes it.", .required = true},
      arguments.symbol);
  visit({.name = "kind", .help = "With fingerprint: kind of the node to change, from find_nodes."}, arguments.kind);
  visit({.name = "fingerprint", .help = "Of the node, from find_nodes.", .max_bytes = 64}, arguments.fingerprint);
  visit({.name = "occurrence",
         .help = "Of the node, from find_nodes. Only needed where several nodes have this fingerprint.",
         .least = 1},
        arguments.occurrence);
  visit({.name = "operation",
         .help = "What to do with the node. insert_before and insert_after put statements beside the statement it "
                 "stands in; delete takes a statement or decorator away. Default: replace.",
         .choices = {"replace", "insert_before", "insert_after", "delete"}},
        arguments.operation);
  visit({.name = "code",
         .help = "New Python code, written from the left margin; it is indented to its place. With kind and "
                 "fingerprint: for the node. With symbol alone: the whole function or class, whose decorators stay "
                 "unless the code has some.",
         .max_bytes = kMaxCode},
        arguments.code);
  visit({.name = "search",
         .help = "Text to replace, exactly as in the file. It must stand once in the symbol.",
         .max_bytes = kMaxCode},
        arguments.search);
  visit({.name = "replace", .help = "What comes in place of search.", .max_bytes = kMaxCode}, arguments.replace);
  visit(
      {.name = "imports",
       .help = "Import statements that the new code needs at the top of the module. Those that are there are skipped."},
      arguments.imports);
}

struct SetOption {
  std::string id;
  bool on = true;
};
template <class Visitor>
void describe(Visitor& visit, SetOption& arguments) {
  visit({.name = "id", .help = "Of an option of the backend; '' lists all of them.", .required = true}, arguments.id);
  visit({.name = "on", .help = "false takes it back. Default: true."}, arguments.on);
}

struct NoArguments {};
template <class Visitor>
void describe(Visitor& /*visit*/, NoArguments& /*arguments*/) {}

struct QueryPatterns {
  std::string about;
  std::int64_t limit = 3;
};
template <class Visitor>
void describe(Visitor& visit, QueryPatterns& arguments) {
  visit({.name = "about", .help = "Words to look for. Default: those of the failure."}, arguments.about);
  visit({.name = "limit", .help = "Most patterns to answer. Default: 3.", .least = 1, .most = 10}, arguments.limit);
}

struct GiveUp {
  std::string reason;
};
template <class Visitor>
void describe(Visitor& visit, GiveUp& arguments) {
  visit({.name = "reason",
         .help = "What stands in the way, and what the compiler or the model would need.",
         .required = true,
         .max_bytes = 8192},
        arguments.reason);
}

}  // namespace adapt::toolbox
