// Document and Node.
#include <algorithm>

#include "python/adaptkit/src/bindings.h"
#include "tools/base/text.h"
#include "tools/pyast/vocabulary.h"

namespace adapt::python {
namespace {

using pyast::Document;
using pyast::Node;
using pyast::Position;
using pyast::Span;
using Tree = std::shared_ptr<const Document>;

std::vector<NodeObject> objects(const Tree& tree, const std::vector<Node>& nodes) {
  std::vector<NodeObject> out;
  out.reserve(nodes.size());
  for (const Node node : nodes) out.push_back({tree, node});
  return out;
}

std::optional<NodeObject> object_or_none(const Tree& tree, Node node) {
  return node ? std::optional(NodeObject{tree, node}) : std::nullopt;
}

void check_word(std::string_view what, const std::string& word, const std::vector<std::string>& known) {
  if (!std::binary_search(known.begin(), known.end(), word))
    throw Failure({ErrorKind::usage, fmt::format("there is no {} '{}'{}", what, word, did_you_mean(word, known))});
}

std::vector<NodeObject> nodes_below(const Tree& tree, Node from, const std::optional<std::string>& kind) {
  if (kind) {
    check_word("kind of node", *kind, pyast::node_kinds());
    return objects(tree, without_gil([&] { return tree->nodes_of_kind(*kind, from); }));
  }
  std::vector<NodeObject> out;
  for (std::uint32_t i = from.index(); i < from.subtree_end(); ++i)
    if (tree->at(i).is_named()) out.push_back({tree, tree->at(i)});
  return out;
}

Span checked(const Document& document, Span span) {
  if (span.begin > span.end || span.end > document.source().size())
    throw Failure({ErrorKind::usage, fmt::format("bytes {} to {} are no span of a source of {} bytes", span.begin,
                                                 span.end, document.source().size())});
  return span;
}

Py_ssize_t characters(std::string_view bytes) { return PyUnicode_GET_LENGTH(to_str(bytes).ptr()); }

// The characters before and behind a place inside of one do not add up to those of the whole.
Py_ssize_t characters_before(const Document& document, std::uint32_t offset) {
  const std::string_view source = document.source();
  const std::size_t end = std::min(source.size(), offset + std::size_t{4});  // no character is longer
  const Py_ssize_t before = characters(source.substr(0, offset));
  if (before + characters(source.substr(offset, end - offset)) != characters(source.substr(0, end)) &&
      before + characters(source.substr(offset)) != characters(source))
    throw Failure({ErrorKind::usage, fmt::format("byte {} lies inside a character", offset)});
  return before;
}

py::slice char_slice(const DocumentObject& self, Span span) {
  checked(*self.tree, span);
  return py::slice(characters_before(*self.tree, span.begin), characters_before(*self.tree, span.end), 1);
}

// Of characters begin to end of the text.
Span byte_span(const DocumentObject& self, Py_ssize_t begin, Py_ssize_t end) {
  const py::str text = to_str(self.tree->source());
  const Py_ssize_t length = PyUnicode_GET_LENGTH(text.ptr());
  if (begin < 0 || begin > end || end > length)
    throw Failure({ErrorKind::usage,
                   fmt::format("characters {} to {} are no range of a text of {} characters", begin, end, length)});
  const auto bytes_before = [&](Py_ssize_t count) {
    Text out;
    load_text(py::reinterpret_steal<py::str>(PyUnicode_Substring(text.ptr(), 0, count)), out);
    return static_cast<std::uint32_t>(out.bytes.size());
  };
  return {bytes_before(begin), bytes_before(end)};
}

std::uint32_t offset_of(const DocumentObject& self, std::int64_t line, std::int64_t column) {
  const Document& document = *self.tree;
  const std::uint32_t lines = document.position(static_cast<std::uint32_t>(document.source().size())).line;
  if (line < 1 || line > lines)
    throw Failure({ErrorKind::usage, fmt::format("there is no line {}; the source has {}", line, lines)});
  const std::uint32_t begin = document.line_start(static_cast<std::uint32_t>(line));
  const std::uint32_t end = document.line_start(static_cast<std::uint32_t>(line) + 1);
  if (column < 0 || column > end - begin)
    throw Failure({ErrorKind::usage, fmt::format("line {} has {} bytes, so no column {}", line, end - begin, column)});
  return begin + static_cast<std::uint32_t>(column);
}

py::str node_repr(const NodeObject& self) {
  constexpr std::size_t kShown = 40;
  const Position start = self.node.start();
  const std::string text(py::repr(to_str(self.node.text().substr(0, kShown))));
  return to_str(fmt::format("<Node {} {}{} at {}:{}>", self.node.kind(), text,
                            self.node.text().size() > kShown ? "..." : "", start.line, start.column));
}

void bind_node(py::module_& module) {
  py::class_<NodeObject>(module, "Node", py::is_final(), "A node of a Document's tree; keeps the Document alive.")
      .def_property_readonly(
          "kind", [](const NodeObject& self) { return self.node.kind(); },
          "tree-sitter's name for it: \"call\", \"identifier\", \"(\"; \"ERROR\".")
      .def_property_readonly("text", [](const NodeObject& self) { return to_str(self.node.text()); })
      .def_property_readonly(
          "span", [](const NodeObject& self) { return self.node.span(); }, "In bytes.")
      .def_property_readonly(
          "start", [](const NodeObject& self) { return self.node.start(); },
          "Line from 1, column from 0 in bytes: `lineno` and `col_offset` of `ast`.")
      .def_property_readonly(
          "end", [](const NodeObject& self) { return self.tree->position(self.node.span().end); },
          "`end_lineno` and `end_col_offset` of `ast`.")
      .def_property_readonly(
          "is_named", [](const NodeObject& self) { return self.node.is_named(); },
          "False for punctuation and keywords.")
      .def_property_readonly(
          "is_error", [](const NodeObject& self) { return self.node.is_error(); },
          "What is not Python, or an empty node for what is missing.")
      .def_property_readonly(
          "has_error", [](const NodeObject& self) { return self.node.has_error(); },
          "Whether it or a node below it is an error.")
      .def_property_readonly(
          "field_name",
          [](const NodeObject& self) {
            const std::string_view name = self.node.field_name();
            return name.empty() ? std::nullopt : std::optional(name);
          },
          "The field that it fills in its parent, or None.")
      .def_property_readonly(
          "parent", [](const NodeObject& self) { return object_or_none(self.tree, self.node.parent()); },
          "None at the root.")
      .def_property_readonly(
          "children", [](const NodeObject& self) { return objects(self.tree, self.node.children()); },
          "All of them, in source order, with punctuation and comments.")
      .def_property_readonly(
          "named_children", [](const NodeObject& self) { return objects(self.tree, self.node.named_children()); },
          "Without punctuation, keywords and comments.")
      .def(
          "field",
          [](const NodeObject& self, const std::string& name) {
            check_word("field", name, pyast::field_names());
            return object_or_none(self.tree, self.node.child_by_field(name));
          },
          py::arg("name"),
          "The first child in this field (`function` of a call, `name` of a def), or None. Raises Error for a name "
          "that "
          "no node has.")
      .def(
          "nodes",
          [](const NodeObject& self, const std::optional<std::string>& kind) {
            return nodes_below(self.tree, self.node, kind);
          },
          py::arg("kind") = py::none(),
          "This node and those below it of one kind, or all named ones, parents first. Raises Error for a kind that "
          "Python code does not have.")
      .def(
          "__eq__", [](const NodeObject& self, const NodeObject& other) { return self == other; }, py::is_operator())
      .def("__hash__",
           [](const NodeObject& self) {
             return std::hash<const void*>()(self.tree.get()) ^ (std::hash<std::uint32_t>()(self.node.index()) << 1U);
           })
      .def("__repr__", &node_repr);
}

}  // namespace

void bind_document(py::module_& module) {
  py::class_<DocumentObject> document(
      module, "Document", py::is_final(),
      "An immutable Python source with its syntax tree. Any text has a tree: what is not Python is in `errors`.");
  bind_node(module);
  document
      .def(py::init([](Text text, std::string name) {
             return DocumentObject{value_of(without_gil([&] { return Document::parse(std::move(text.bytes)); })),
                                   std::move(name)};
           }),
           py::arg("text"), py::arg("name") = kNoName,
           "`name` is how messages and diffs call it. Raises Error for more than 4 MiB.")
      .def_property_readonly("name", [](const DocumentObject& self) { return self.name; })
      .def_property_readonly(
          "source", [](const DocumentObject& self) { return py::bytes(self.tree->source()); },
          "The bytes that all spans are about.")
      .def_property_readonly("text", [](const DocumentObject& self) { return to_str(self.tree->source()); })
      .def_property_readonly("root",
                             [](const DocumentObject& self) {
                               return NodeObject{self.tree, self.tree->root()};
                             })
      .def_property_readonly(
          "has_errors", [](const DocumentObject& self) { return self.tree->root().has_error(); },
          "Whether something in it is not Python.")
      .def_property_readonly(
          "errors",
          [](const DocumentObject& self) {
            std::vector<NodeObject> out;
            for (std::uint32_t i = 0; i < self.tree->node_count(); ++i)
              if (self.tree->at(i).is_error()) out.push_back({self.tree, self.tree->at(i)});
            return out;
          },
          "The nodes that are not Python; empty ones where something is missing.")
      .def(
          "nodes",
          [](const DocumentObject& self, const std::optional<std::string>& kind) {
            return nodes_below(self.tree, self.tree->root(), kind);
          },
          py::arg("kind") = py::none(), "`root.nodes(kind)`.")
      .def(
          "node_at",
          [](const DocumentObject& self, Span span) {
            return NodeObject{self.tree, self.tree->smallest_enclosing(checked(*self.tree, span))};
          },
          py::arg("span"), "The smallest node around these bytes.")
      .def(
          "position",
          [](const DocumentObject& self, Py_ssize_t offset) {
            const std::size_t size = self.tree->source().size();
            if (offset < 0 || static_cast<std::size_t>(offset) > size)
              throw Failure({ErrorKind::usage, fmt::format("there is no byte {}; the source has {}", offset, size)});
            return self.tree->position(static_cast<std::uint32_t>(offset));
          },
          py::arg("offset"), "Line and column of a byte.")
      .def("offset", &offset_of, py::arg("line"), py::arg("column") = 0,
           "The byte at a line (from 1) and column (from 0, in bytes): takes what `ast` gives.")
      .def("char_slice", &char_slice, py::arg("span"),
           "The same piece in characters: `text[char_slice(span)]`. Raises Error when the span cuts a character.")
      .def("byte_span", &byte_span, py::arg("begin"), py::arg("end"), "The span of characters begin to end of `text`.")
      .def("__repr__", [](const DocumentObject& self) {
        return to_str(fmt::format("<Document {} of {} bytes>", std::string(py::repr(py::str(self.name))),
                                  self.tree->source().size()));
      });
}

}  // namespace adapt::python
