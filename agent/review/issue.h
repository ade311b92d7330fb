// The text of an issue for a compiler's maintainers: the command, the log, a minimal reproduction, what the CPU says
// before and after a change of the model, and what fails next.
#pragma once

#include "agent/review/bundle.h"
#include "agent/review/document.h"

namespace adapt::review {

Document issue_page(const ReviewBundle& bundle);

}  // namespace adapt::review
