#include "agent/cli/commands.h"
namespace adapt::cli {
int config_update_command(Session&, const ConfigUpdateArguments&) { return 70; }
}
