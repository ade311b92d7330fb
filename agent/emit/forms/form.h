// What every form of a hand-over is: files by the path they belong at, and what a reader must be told.
#pragma once

#include <string>
#include <vector>

namespace adapt::emit::forms {

struct EmittedFile {
  std::string path;  // relative to where the form is put
  std::string text;
  std::string instead_of{};  // what may stand there already; empty: nothing
  bool operator==(const EmittedFile&) const = default;
};

struct Emitted {
  std::vector<EmittedFile> files;
  std::vector<std::string> notes;
};

// The licence lines of Tenstorrent's repositories; `year` as four digits.
inline std::string spdx_header(const std::string& year) {
  return "# SPDX-FileCopyrightText: (c) " + year + " Tenstorrent AI ULC\n#\n# SPDX-License-Identifier: Apache-2.0\n";
}

}  // namespace adapt::emit::forms
