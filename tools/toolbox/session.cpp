#include "tools/toolbox/session.h"

#include <algorithm>

namespace adapt::toolbox {

std::string_view Module::line_end() const {
  const std::size_t end = text().find('\n');
  return end != std::string::npos && end > 0 && text()[end - 1] == '\r' ? "\r\n" : "\n";
}

Session::Session(Bench& bench, Draft draft)
    : bench_(bench), draft_(std::move(draft)), first_{bench.failure(), draft_.overlay}, latest_(first_) {}

Result<const std::vector<Source>*> Session::sources() {
  if (!sources_) {
    ADAPT_TRY(sources_, bench_.sources());
  }
  return &*sources_;
}

const std::string& Session::text_in(const edit::Sources& overlay, const Source& source) {
  const auto changed = overlay.find(source.module);
  return changed == overlay.end() ? source.text : changed->second;
}

Result<std::shared_ptr<const Module>> Session::module(const Source& source) {
  return module_with(source, text_of(source));
}

// An edit asks for the text before it and the one after it, and the next tool for the latter again.
Result<std::shared_ptr<const Module>> Session::module_with(const Source& source, const std::string& text) {
  constexpr std::size_t kKept = 2;
  std::deque<std::shared_ptr<const Module>>& kept = modules_[source.module];
  const auto known = std::ranges::find_if(kept, [&](const auto& module) { return module->text() == text; });
  if (known != kept.end()) {
    std::rotate(kept.begin(), known, known + 1);
    return kept.front();
  }
  auto out = std::make_shared<Module>();
  out->source = source;
  auto document = pyast::Document::parse(text);
  if (!document) return fail(document.error(), "while parsing " + source.module);
  out->document = std::move(*document);
  out->symbols = symbols_of(*out->document);
  kept.push_front(std::move(out));
  if (kept.size() > kKept) kept.pop_back();
  return kept.front();
}

void Session::put(const Source& source, std::string text) {
  constexpr std::size_t kKept = 16;
  std::vector<std::string>& earlier = earlier_texts_[source.module];
  earlier.push_back(text_of(source));
  if (earlier.size() > kKept) earlier.erase(earlier.begin());
  // A draft that says nothing has one form.
  if (text == source.text)
    draft_.overlay.erase(source.module);
  else
    draft_.overlay[source.module] = std::move(text);
}

std::vector<std::string> Session::earlier_texts(const Source& source) const {
  std::vector<std::string> out = {source.text};
  if (const auto found = earlier_texts_.find(source.module); found != earlier_texts_.end())
    out.insert(out.end(), found->second.begin(), found->second.end());
  return out;
}

}  // namespace adapt::toolbox
