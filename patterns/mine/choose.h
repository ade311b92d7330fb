// Of many rules that say the same in part the few that are kept, and their order.
#pragma once

#include <memory>

#include "patterns/mine/belief.h"

namespace adapt::patterns::mine {

// Of the rules that are believed: those with most places first; of equal ones those that need the least code around.
std::vector<const Learned*> choose(std::span<const std::unique_ptr<Learned>> pool, const Belief& belief);

// Rules that others excuse come behind those, which are taken from `first` for their sake.
Mined arrange(std::vector<const Learned*> chosen, const std::vector<const Learned*>& first);

}  // namespace adapt::patterns::mine
