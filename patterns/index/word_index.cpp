#include "patterns/index/word_index.h"

#include <algorithm>
#include <cstring>
#include <system_error>

#include "tools/base/file.h"
#include "tools/base/hash.h"

namespace adapt::index {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kMagic = "ADPTWORD";
constexpr std::string_view kSuffix = ".words";
constexpr std::uint32_t kByteOrder = 0x01020304;
constexpr std::size_t kHashText = 64;

// The file: Header, Rows, words, texts (the folder, then the paths). Numbers are as in memory: the mark refuses a file
// of another machine.
struct Header {
  char magic[8];
  std::uint32_t version;
  std::uint32_t byte_order;
  std::uint64_t rows;
  std::uint64_t words;
  std::uint64_t root_bytes;
  std::uint64_t path_bytes;
  char checksum[kHashText];  // of all that follows
};

struct Row {
  FileStamp stamp;
  std::int64_t read_ns;
  std::uint64_t words;
  std::uint64_t path_bytes;
  char content_hash[kHashText];
};
static_assert(std::is_trivially_copyable_v<Row> && sizeof(Row) == 64 + kHashText);
static_assert(std::is_trivially_copyable_v<Header> && sizeof(Header) == 48 + kHashText);

template <class T>
void append(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
T take(std::string_view& bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return value;
}

// The header, when the file is whole and meant for this program and folder.
bool is_whole(const std::string& bytes, std::string_view root, Header& header) {
  if (bytes.size() < sizeof(Header)) return false;
  std::string_view rest = bytes;
  header = take<Header>(rest);
  if (std::string_view(header.magic, sizeof header.magic) != kMagic || header.version != WordIndex::kVersion ||
      header.byte_order != kByteOrder)
    return false;
  const std::uint64_t most = rest.size();
  if (header.rows > most || header.words > most || header.root_bytes > most || header.path_bytes > most ||
      header.rows * sizeof(Row) + header.words * sizeof(WordHash) + header.root_bytes + header.path_bytes != most)
    return false;
  if (rest.substr(most - header.path_bytes - header.root_bytes, header.root_bytes) != root) return false;
  return sha256_hex(rest) == std::string_view(header.checksum, kHashText);
}

void remove_oldest(const fs::path& kept, std::uint64_t limit) {
  struct Other {
    fs::path path;
    fs::file_time_type written;
    std::uint64_t bytes;
  };
  std::vector<Other> others;
  std::uint64_t total = 0;
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator(kept.parent_path(), code)) {
    if (entry.path().extension() != kSuffix || entry.path() == kept || !entry.is_regular_file(code)) continue;
    others.push_back({entry.path(), entry.last_write_time(code), entry.file_size(code)});
    total += others.back().bytes;
  }
  std::sort(others.begin(), others.end(), [](const Other& a, const Other& b) { return a.written < b.written; });
  for (const Other& other : others) {
    if (total <= limit) return;
    fs::remove(other.path, code);
    total -= other.bytes;
  }
}

}  // namespace

WordIndex WordIndex::load(const fs::path& file, std::string_view root) {
  WordIndex out;
  // Read, not mapped: a mapped file that somebody shortens meanwhile ends the program, and reading is as quick.
  auto bytes = read_file(file, kMaxBytes);
  Header header{};
  if (!bytes || !is_whole(*bytes, root, header)) return out;
  const auto buffer = std::make_shared<const std::string>(std::move(*bytes));
  std::string_view rows = std::string_view(*buffer).substr(sizeof(Header));
  const auto* word = reinterpret_cast<const WordHash*>(rows.data() + header.rows * sizeof(Row));
  std::string_view paths = std::string_view(*buffer).substr(buffer->size() - header.path_bytes);
  std::uint64_t words_left = header.words;
  for (std::uint64_t i = 0; i < header.rows; ++i) {
    const Row row = take<Row>(rows);
    if (row.words > words_left || row.path_bytes > paths.size()) return {};
    IndexedFile& entry = out.files_.emplace_back();
    entry.path = paths.substr(0, row.path_bytes);
    entry.stamp = row.stamp;
    entry.read_ns = row.read_ns;
    entry.content_hash.assign(row.content_hash, kHashText);
    entry.loaded = {word, row.words};
    word += row.words;
    words_left -= row.words;
    paths.remove_prefix(row.path_bytes);
  }
  if (!std::is_sorted(out.files_.begin(), out.files_.end(),
                      [](const IndexedFile& a, const IndexedFile& b) { return a.path < b.path; }))
    return {};
  out.buffer_ = buffer;
  return out;
}

const IndexedFile* WordIndex::find(std::string_view path) const {
  const auto found =
      std::lower_bound(files_.begin(), files_.end(), path,
                       [](const IndexedFile& file, std::string_view wanted) { return file.path < wanted; });
  return found == files_.end() || found->path != path ? nullptr : &*found;
}

const IndexedFile* WordIndex::current(std::string_view path, const FileStamp& stamp) const {
  const IndexedFile* known = find(path);
  if (known == nullptr || known->stamp != stamp) return nullptr;
  const std::int64_t last_write = std::max(stamp.changed_ns, stamp.inode_ns);
  return last_write < known->read_ns - kStampGrainNs ? known : nullptr;
}

std::string serialise(std::span<const IndexedFile* const> files, std::string_view root) {
  Header header{};
  std::memcpy(header.magic, kMagic.data(), kMagic.size());
  header.version = WordIndex::kVersion;
  header.byte_order = kByteOrder;
  header.rows = files.size();
  header.root_bytes = root.size();
  std::string out(sizeof header, '\0');
  for (const IndexedFile* file : files) {
    Row row{};
    row.stamp = file->stamp;
    row.read_ns = file->read_ns;
    row.words = file->words().size();
    row.path_bytes = file->path.size();
    std::memcpy(row.content_hash, file->content_hash.data(), std::min(kHashText, file->content_hash.size()));
    header.words += row.words;
    header.path_bytes += row.path_bytes;
    append(out, row);
  }
  for (const IndexedFile* file : files)
    out.append(reinterpret_cast<const char*>(file->words().data()), file->words().size_bytes());
  out.append(root);
  for (const IndexedFile* file : files) out.append(file->path);
  const std::string checksum = sha256_hex(std::string_view(out).substr(sizeof header));
  std::memcpy(header.checksum, checksum.data(), kHashText);
  std::memcpy(out.data(), &header, sizeof header);
  return out;
}

Result<void> save(const fs::path& file, std::string_view bytes, std::uint64_t folder_limit) {
  if (bytes.size() > WordIndex::kMaxBytes)
    return fail(ErrorKind::io, "an index of {} bytes is not kept; at most {} are", bytes.size(), WordIndex::kMaxBytes);
  ADAPT_TRY_VOID(make_directories(file.parent_path()));
  remove_oldest(file, folder_limit - std::min<std::uint64_t>(folder_limit, bytes.size()));
  return write_file_atomic(file, bytes);
}

fs::path index_file(const fs::path& cache_folder, std::string_view root) {
  return cache_folder / "words" / (sha256_hex(root).substr(0, 24) + std::string(kSuffix));
}

}  // namespace adapt::index
