// The data that comes with the module: each loaded once, when it is first asked for. From any thread, with or without
// the interpreter's lock.
#pragma once

#include <filesystem>
#include <memory>

#include "patterns/library.h"
#include "patterns/mine/background.h"

namespace adapt::python {

// Called once, by the package, before anything else.
void use_data_folder(std::filesystem::path folder);

Result<std::shared_ptr<const patterns::Isomorphisms>> shipped_isomorphisms();
Result<const patterns::Library*> shipped_library();
Result<const patterns::mine::Background*> shipped_background();

}  // namespace adapt::python
