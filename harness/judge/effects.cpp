#include "harness/judge/effects.h"

#include <algorithm>
#include <iterator>

namespace adapt::judge {

std::vector<std::string> effect_concessions(std::span<const std::string> reference,
                                            std::span<const std::string> candidate) {
  std::vector<std::string> was(reference.begin(), reference.end());
  std::vector<std::string> is(candidate.begin(), candidate.end());
  std::sort(was.begin(), was.end());
  std::sort(is.begin(), is.end());
  std::vector<std::string> gone;
  std::vector<std::string> added;
  std::set_difference(was.begin(), was.end(), is.begin(), is.end(), std::back_inserter(gone));
  std::set_difference(is.begin(), is.end(), was.begin(), was.end(), std::back_inserter(added));
  std::vector<std::string> concessions;
  for (const std::string& effect : gone) concessions.push_back("no longer: " + effect);
  for (const std::string& effect : added) concessions.push_back("new: " + effect);
  return concessions;
}

}  // namespace adapt::judge
