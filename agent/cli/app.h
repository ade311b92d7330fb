// The command line: `main` hands its arguments here and returns what comes back.
#pragma once

namespace adapt::cli {

int run(int argc, char** argv);

}  // namespace adapt::cli
