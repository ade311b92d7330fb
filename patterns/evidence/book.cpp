#include "patterns/evidence/book.h"

#include <set>

#include "patterns/evidence/votes.h"

namespace adapt::evidence {
namespace fs = std::filesystem;

fs::path evidence_file(const fs::path& folder, std::string_view pattern) {
  return folder / (std::string(pattern) + ".evidence.tsv");
}

std::string_view family_of(std::string_view pattern) { return pattern.substr(0, pattern.find('/')); }

Book::Book(std::vector<Record> records) {
  for (Record& record : records) records_[record.pattern].push_back(std::move(record));
}

void Book::add(std::string_view pattern, std::vector<Record> records) {
  std::set<std::string> known;
  for (const Record& record : of(pattern)) known.insert(identity(record));
  for (Record& record : records)
    if (record.pattern == pattern && known.insert(identity(record)).second)
      records_[record.pattern].push_back(std::move(record));
}

Book Book::load(std::span<const std::string> patterns, std::span<const fs::path> folders) {
  Book book;
  for (const std::string& pattern : patterns)
    for (const fs::path& folder : folders) {
      Result<Evidence> evidence = read_evidence(evidence_file(folder, pattern));
      if (!evidence) {
        book.complaints_.push_back(evidence.error().message);
        continue;
      }
      if (!evidence->complaint.empty()) book.complaints_.push_back(evidence->complaint);
      book.add(pattern, std::move(evidence->records));
    }
  return book;
}

void Book::forget_run(std::string_view run) {
  for (auto& [id, records] : records_)
    std::erase_if(records, [&](const Record& record) { return run_of(record) == run; });
}

std::span<const Record> Book::of(std::string_view pattern) const {
  const auto found = records_.find(pattern);
  return found == records_.end() ? std::span<const Record>() : std::span<const Record>(found->second);
}

}  // namespace adapt::evidence
