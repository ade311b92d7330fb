#include "agent/cli/app.h"

int main(int argc, char** argv) { return adapt::cli::run(argc, argv); }
