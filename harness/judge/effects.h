// What a call leaves behind (buffers, attributes) or raises on invalid inputs. A difference does not refuse a repair:
// it is a concession, said in words.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace adapt::judge {

// One concession a difference: "no longer: <effect>", "new: <effect>". The order of effects does not matter, how often
// each occurs does.
std::vector<std::string> effect_concessions(std::span<const std::string> reference,
                                            std::span<const std::string> candidate);

}  // namespace adapt::judge
