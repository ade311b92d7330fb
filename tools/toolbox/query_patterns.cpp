#include "tools/base/text.h"
#include "tools/toolbox/quote.h"
#include "tools/toolbox/tools.h"

namespace adapt::toolbox {

Result<Reply> query_patterns(Session& session, const QueryPatterns& arguments) {
  ADAPT_TRY(const std::vector<NearMiss> found,
            session.bench().patterns(arguments.about, static_cast<std::size_t>(arguments.limit)));
  Answer answer;
  answer.say("{} pattern{} of the library {} near{}", found.size(), found.size() == 1 ? "" : "s",
             found.size() == 1 ? "is" : "are", found.empty() ? "." : ", the nearest first:");
  // Learned ones hold code of models, so their text is data as well.
  const std::size_t share = (kMaxReply - 1500) / std::max<std::size_t>(found.size(), 1);
  for (const NearMiss& near : found) {
    const std::string head = fmt::format("{}\nwhy it did not do: {}\n\n", near.title, near.missing);
    answer.data("pattern:" + near.id, head + near.text, share > 2 * kMaxMarks ? share - kMaxMarks - 10 : share);
  }
  return std::move(answer).reply();
}

}  // namespace adapt::toolbox
