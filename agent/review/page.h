// The review of a run as a document: what a person reads in five minutes before accepting a change, or before going on.
#pragma once

#include "agent/review/bundle.h"
#include "agent/review/document.h"

namespace adapt::review {

Document review_page(const ReviewBundle& bundle);

// "BertModel on openvino: select instead of a branch; concedes 2 points".
std::string title_of(const ReviewBundle& bundle);
// The cause in one paragraph: what was observed, then the patterns' own words. Nothing is concluded beyond that.
Line cause_of(const ReviewBundle& bundle);
// What the claim rests on in one line: "relative L2 at most 1.2e-07 over 5 held-out draws".
std::string evidence_line(const ReviewBundle& bundle);
// Who made the change, in one sentence.
std::string disclosure(const ReviewBundle& bundle);
// The command that gives the verdict again.
std::string command_of(const ReviewBundle& bundle);
// What nobody looked at.
std::vector<Line> not_checked(const ReviewBundle& bundle);

// Concessions about the change itself; those about inputs that could not be varied are a matter of what was checked.
std::vector<std::string> conceded(const ReviewBundle& bundle);

}  // namespace adapt::review
