// Files and arrays made of literal values, for the readers' tests.
#pragma once

#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "tools/base/file.h"
#include "tools/tensor/array.h"

namespace adapt::tensor {

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  std::vector<std::byte> out(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(out.data(), values.data(), out.size());
  return out;
}

inline bool operator==(const Array& a, const Array& b) {
  return a.dtype == b.dtype && a.shape == b.shape && a.bytes == b.bytes;
}

// Without the sync to disk that write_file_atomic() pays for; thousands of these are written.
inline void overwrite(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// A file that lives as long as this object.
class TestFile {
 public:
  explicit TestFile(std::string_view bytes) : folder_(TempDir::create("adapt-tensor-").value()) {
    overwrite(path(), bytes);
  }
  TestFile() : TestFile("") {}
  std::filesystem::path path() const { return folder_.path() / "file"; }

 private:
  TempDir folder_;
};

}  // namespace adapt::tensor
