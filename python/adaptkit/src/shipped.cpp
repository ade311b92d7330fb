#include "python/adaptkit/src/shipped.h"

#include <array>

namespace adapt::python {
namespace {

namespace fs = std::filesystem;

// Never destroyed: a thread of Python's may still be at work when the process ends.
template <class T>
const T& forever(T value) {
  return *new T(std::move(value));
}

fs::path& data_folder() {
  static fs::path& folder = *new fs::path();
  return folder;
}

template <class T>
Result<const T*> pointer_to(const Result<T>& loaded) {
  if (!loaded) return tl::unexpected<Error>(loaded.error());
  return &*loaded;
}

}  // namespace

void use_data_folder(fs::path folder) { data_folder() = std::move(folder); }

Result<std::shared_ptr<const patterns::Isomorphisms>> shipped_isomorphisms() {
  static const auto& loaded = forever(patterns::Isomorphisms::load(data_folder() / "isomorphisms.txt"));
  return loaded;
}

Result<const patterns::Library*> shipped_library() {
  static const auto& loaded =
      forever(patterns::Library::load(std::array<const fs::path, 1>{data_folder() / "library"}));
  return pointer_to(loaded);
}

Result<const patterns::mine::Background*> shipped_background() {
  static const auto& loaded = forever(patterns::mine::Background::load(data_folder() / "background.tsv"));
  return pointer_to(loaded);
}

}  // namespace adapt::python
